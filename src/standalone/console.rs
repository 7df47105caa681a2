//! What a terminal shows: progress on standard error, the summary on standard output.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::links::{Key, Links};
use super::refusals::{Credential, Refusals};
use crate::directory::Directory;
use crate::run::change_summary::ChangeSummary;
use crate::run::error::Error;
use crate::run::host::{Connected, Presence, RunHost, Step};
use crate::run::outcome::{Outcome, Pending};
use crate::run::report::approval::Location;
use crate::run::report::sentence::{changed, headline};
use crate::runtime::clock;
use crate::store::link_book::LinkBook;
use crate::store::{self, Interruption};
use crate::sync::escape::{quoted, visible};
use crate::sync::identity::Owner;
use crate::sync::wording::count;

/// How many groups, accounts and held changes the summary of a run lists one by one.
const MAX_LISTED: usize = 40;

/// The host of a run without a cluster.
pub(super) struct Console<'a> {
    bar: ProgressBar,
    refusals: &'a Refusals,
    credential: Option<Credential>,
    links: &'a Links,
    server: Key,
}

impl<'a> Console<'a> {
    /// Shows a progress bar if standard error is a terminal. The credential is tried unless it has been refused recently.
    /// The links of the DashboardServer are where the command line says, if it cannot keep them itself.
    pub(super) fn new(
        name: &str,
        (refusals, credential): (&'a Refusals, Option<Credential>),
        (links, server): (&'a Links, Key),
    ) -> Self {
        let bar = ProgressBar::new_spinner().with_prefix(name.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, refusals, credential, links, server }
    }

    /// Clears the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[async_trait]
impl RunHost for Console<'_> {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    async fn presence(&self, _: &Owner) -> Presence {
        // There is no API server to ask. An administrator lists such owners in `adoption.fromOwners`.
        Presence::Unknown
    }

    async fn may_go_on(&self) -> Result<(), Interruption> {
        Ok(())
    }

    async fn connect(&self, directory: Box<dyn Directory>) -> Result<Connected, Error> {
        self.refusals.connect(self.credential.as_ref(), directory).await
    }

    fn link_book(&self) -> Result<Arc<dyn LinkBook>, store::Error> {
        self.links.book(&self.server)
    }

    fn entered(&self, step: Step) {
        self.bar.set_message(match step {
            Step::Reading => "reading the directory and the store".to_owned(),
            Step::LookingUp => "checking missing entries".to_owned(),
            Step::Planning => "planning".to_owned(),
            Step::Applying(changes) => format!("writing {}", count(changes as u64, "change")),
        });
    }
}

/// The result of a run, as text.
pub(super) fn summary(name: &str, outcome: &Result<Outcome, Error>, location: Location<'_>) -> String {
    let (reason, message) = headline(outcome, location);
    let mut text = format!("{}\n", visible(&format!("{name}: {reason}: {message}"), false));
    let Ok(outcome) = outcome else { return text };
    print_changes(&mut text, &outcome.changes);
    print_pending(&mut text, &outcome.pending);
    if !outcome.pending_members.is_empty() {
        let names = outcome.pending_members.iter().take(MAX_LISTED).map(|name| quoted(name).to_string());
        let names = names.collect::<Vec<_>>().join(", ");
        let more = outcome.pending_members.len().saturating_sub(MAX_LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        line(&mut text, format_args!("members without an account: {names}{more}"));
    }
    for complaint in complaints(outcome) {
        line(&mut text, format_args!("{complaint}"));
    }
    for (name, message) in &outcome.refusals {
        line(&mut text, format_args!("refused {}: {message}", quoted(name)));
    }
    for (name, message) in &outcome.ambiguous {
        line(&mut text, format_args!("ambiguous {}: {message}", quoted(name)));
    }
    if !outcome.pending.is_preview() {
        line(&mut text, format_args!("{}", changed(&outcome.counts)));
    }
    text
}

/// The duplicates and problems that an administrator has to fix, a line each.
pub(super) fn complaints(outcome: &Outcome) -> impl Iterator<Item = String> {
    let duplicates = outcome.duplicates.iter().map(|duplicate| {
        let (reason, name) = (duplicate.reason.as_str(), quoted(&duplicate.name));
        format!("duplicate {reason} {name}: conflicts with {}", duplicate.sentence())
    });
    let problems = outcome.problems.iter().map(|problem| format!("{}: {}", problem.kind.as_str(), problem.message));
    duplicates.chain(problems)
}

/// The pending changes: in a preview all changes, otherwise the held ones.
fn print_pending(text: &mut String, pending: &Pending) {
    match pending {
        Pending::Nothing | Pending::WouldChangeNothing => {}
        Pending::WouldChange(pending) => {
            // A preview is asked what would happen, so it shows all of it.
            for summary in &pending.changes {
                line(text, format_args!("{summary}"));
            }
            for reason in &pending.reasons {
                line(text, format_args!("would be held: {reason}"));
            }
        }
        Pending::Held(held) => {
            for sentence in held.sentences.iter().take(MAX_LISTED) {
                line(text, format_args!("held: {sentence}"));
            }
            if held.sentences.len() > MAX_LISTED {
                line(text, format_args!("held: {}", count((held.sentences.len() - MAX_LISTED) as u64, "more change")));
            }
            for reason in &held.pending.reasons {
                line(text, format_args!("because: {reason}"));
            }
        }
    }
}

/// What a run did, by group and by account. The first of each are listed, and every account that was adopted or renamed.
fn print_changes(text: &mut String, summaries: &[ChangeSummary]) {
    let (mut groups, mut accounts) = (0_usize, 0_usize);
    for summary in summaries {
        let number = match summary {
            ChangeSummary::Group(_) => &mut groups,
            ChangeSummary::Account(_) => &mut accounts,
            ChangeSummary::Links(_) => &mut 0,
        };
        if summary.is_take_over() {
            line(text, format_args!("{summary}"));
            continue;
        }
        *number += 1;
        if *number <= MAX_LISTED {
            line(text, format_args!("{summary}"));
        }
    }
    for (number, noun) in [(groups, "group"), (accounts, "account")] {
        if number > MAX_LISTED {
            line(text, format_args!("and {}", count((number - MAX_LISTED) as u64, &format!("more {noun}"))));
        }
    }
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {}", visible(&words.to_string(), false));
}
