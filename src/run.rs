//! The one run that the controller and `sync -f` both call, as five steps: **resolve** objects into settings (pure), **read**
//! both sides, **plan** (pure), **apply**, **report** (pure).

mod apply;
pub mod change_summary;
pub mod cleanup;
pub mod error;
mod read;
pub mod referenced_object;
pub mod rehearsal;
pub mod report;
pub mod schedule;
pub mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::directory::{self, Directory};
use crate::run::change_summary::ChangeSummary;
use crate::run::error::Error;
use crate::run::read::Read;
use crate::run::settings::Settings;
use crate::store::{self, Applied, Refusal, UserStore};
use crate::sync::found::Found;
use crate::sync::hold::Reason;
use crate::sync::identity::Owner;
use crate::sync::outcome::{Counts, Gauges, Planned};
use crate::sync::planning::plan;
use crate::sync::policy::Policy;
use crate::sync::problem::{Duplicate, Problem};

/// What a run needs of the process that it runs in.
#[async_trait]
pub trait RunHost: Sync {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Whether another owner of this installation is proven gone: the API server answers that its object does not
    /// exist. Owners of other installations are never gone.
    ///
    /// # Errors
    /// When the question got no answer, in words.
    async fn is_gone(&self, owner: &Owner) -> Result<bool, String>;

    /// Whether the run may go on: asked between steps and before the commit.
    ///
    /// # Errors
    /// When the object is being deleted, suspended or changed, or the lease is lost, in words.
    async fn may_go_on(&self) -> Result<(), String>;

    /// Resolves with the cause when the run should end, so that what only reads can be dropped.
    async fn stopped(&self) -> String {
        std::future::pending().await
    }

    /// Connects the directory and signs in, and gives it back with its answer. A shell with several runs has them bind one
    /// at a time. When the run is dropped meanwhile, what comes of a bind may not be lost with it.
    ///
    /// # Errors
    /// When the credentials may not be tried now.
    async fn connect(&self, mut directory: Box<dyn Directory>) -> Result<Connected, Error> {
        let connected = directory.connect().await;
        Ok((directory, connected))
    }

    /// Takes the store for this run, without waiting, among the runs of this process; it is given back with the value. The
    /// store's own lock is between processes.
    ///
    /// # Errors
    /// [`store::Error::Busy`] when another run has it.
    fn take_store(&self) -> Result<Box<dyn Send>, store::Error> {
        Ok(Box::new(()))
    }

    /// Told when a step begins.
    fn entered(&self, step: Step);
}

/// A directory, and what came of connecting it.
pub type Connected = (Box<dyn Directory>, Result<(), directory::Error>);

/// Where a run is, for progress bars and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading the directory and the store.
    Reading,
    /// Looking up what the read did not show.
    LookingUp,
    /// Making the plan.
    Planning,
    /// Writing this many changes.
    Applying(usize),
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whether the run was told not to write.
    pub preview: bool,
    /// What it wrote; in a preview what was selected, duplicated and invalid.
    pub counts: Counts,
    /// What it would write, in a preview; else the removals that wait for a person.
    pub pending: Option<Pending>,
    /// Whether something waited for the approval that was given, and was applied.
    pub approved: bool,
    /// Why nothing was removed but on positive evidence.
    pub adds_only: Option<String>,
    /// How things stand now.
    pub gauges: Gauges,
    /// Every clash.
    pub duplicates: Vec<Duplicate>,
    /// Everything else that a person must mend.
    pub problems: Vec<Problem>,
    /// What the store refused, by the name of the group or account.
    pub refusals: Vec<(String, String)>,
    /// What happened to each group and account that changed, and to links.
    pub changes: Vec<ChangeSummary>,
}

impl Outcome {
    /// Whether the read shows no group at all although some are linked, so that something is held.
    #[must_use]
    pub fn shows_nothing(&self) -> bool {
        self.pending.as_ref().and_then(|pending| pending.hold.as_ref()).is_some_and(|hold| hold.nothing_read)
    }
}

/// Changes that wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// Why they wait, beside the preview itself.
    pub reasons: Vec<String>,
    /// How much they are.
    pub counts: Counts,
    /// What they are, group by group, account by account.
    pub changes: Vec<ChangeSummary>,
    /// How a person approves them, where they are held; `None` in a preview.
    pub hold: Option<Held>,
}

/// Removals that wait for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What an approval must name.
    pub hash: String,
    /// Since when removals are held; `None` without a cluster.
    pub since: Option<Timestamp>,
    /// Every held removal in words, in the order of the plan: the plan at length.
    pub removals: Vec<String>,
    /// Whether the read shows no group at all: then nobody may take the store for being in step.
    pub nothing_read: bool,
}

/// Runs once.
///
/// # Errors
/// When nothing was written, with what follows from it.
pub async fn run(settings: &Settings, host: &dyn RunHost) -> Result<Outcome, Error> {
    match tokio::time::timeout(settings.timeout, run_steps(settings, host)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::TimedOut { seconds: settings.timeout.as_secs() }),
    }
}

async fn run_steps(settings: &Settings, host: &dyn RunHost) -> Result<Outcome, Error> {
    let store: Arc<dyn UserStore> = store::open(settings.store.clone())?;
    let directory = directory::open(settings.directory.clone())?;
    let read = read::read(settings, directory, &store, host);
    let Read { mut snapshot, found, policy, missing_rights } = unless_stopped(host, read).await?;

    host.entered(Step::Planning);
    let planned = plan(&snapshot, &found, &policy, host.now())?;
    if policy.preview {
        // A store without a group and without an account refuses nothing that the form of its values does not tell.
        if planned.plan.changes.is_empty() || (found.groups.is_empty() && found.accounts.is_empty()) {
            return Ok(preview(planned, &found, Applied::default()));
        }
        drop((planned, found));
        return apply::rehearse(&mut snapshot, &policy, &*store, host).await;
    }
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Applied::default(), &policy));
    }
    // The store is read and the plan made again under the lock; two of each would double the memory of a run. A plan for
    // an empty store is kept, because it stands if the store is empty then.
    let kept = (found == Found::default()).then_some(planned);
    drop(found);
    host.may_go_on().await.map_err(Error::Interrupted)?;
    apply::apply(&mut snapshot, &policy, kept, &*store, host).await.map_err(|error| error.naming(&missing_rights))
}

/// Drops what only reads when the run should end.
async fn unless_stopped<T>(host: &dyn RunHost, reading: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::select! {
        read = reading => read,
        cause = host.stopped() => Err(Error::Interrupted(cause)),
    }
}

/// What a preview says of all that would change, and of what the store would refuse of it.
fn preview(mut planned: Planned, found: &Found, rehearsed: Applied) -> Outcome {
    let changes = !planned.plan.is_empty() || !planned.reasons.is_empty();
    let refusals = leave_out(&mut planned, found, rehearsed);
    let all = planned.counts(found);
    let pending = changes.then(|| Pending {
        reasons: planned.reasons.iter().map(Reason::to_string).collect(),
        counts: all,
        changes: change_summary::summarize(&planned, found),
        hold: None,
    });
    let mut counts = Counts::default();
    (counts.groups.selected, counts.groups.duplicated) = (all.groups.selected, all.groups.duplicated);
    (counts.groups.invalid, counts.accounts.invalid) = (all.groups.invalid, all.accounts.invalid);
    (counts.accounts.duplicated, counts.members.unresolved) = (all.accounts.duplicated, all.members.unresolved);
    Outcome {
        preview: true,
        counts,
        pending,
        approved: false,
        gauges: planned.before,
        adds_only: planned.adds_only.as_ref().map(ToString::to_string),
        refusals,
        duplicates: planned.duplicates,
        problems: planned.problems,
        changes: Vec::new(),
    }
}

/// What waits for a person.
fn held(planned: &Planned, found: &Found) -> Option<Pending> {
    let hold = planned.hold.as_ref()?;
    let removals = Planned::of_changes(hold.changes.clone());
    Some(Pending {
        reasons: planned.reasons.iter().map(Reason::to_string).collect(),
        counts: removals.counts(found),
        changes: change_summary::summarize(&removals, found),
        hold: Some(Held {
            hash: hold.hash.clone(),
            since: hold.since,
            removals: change_summary::lines(&hold.changes, found),
            nothing_read: planned.reasons.iter().any(|reason| matches!(reason, Reason::NothingRead { .. })),
        }),
    })
}

/// What a run says: all of it is made from what was written.
fn applied(mut planned: Planned, found: &Found, written: Applied, policy: &Policy) -> Outcome {
    let refusals = leave_out(&mut planned, found, written);
    tracing::debug!(owner = %policy.owner, changes = planned.plan.changes.len(), refused = refusals.len(), "applied");
    Outcome {
        preview: false,
        counts: planned.counts(found),
        pending: held(&planned, found),
        approved: planned.approved,
        gauges: planned.after,
        adds_only: planned.adds_only.as_ref().map(ToString::to_string),
        refusals,
        changes: change_summary::summarize(&planned, found),
        duplicates: planned.duplicates,
        problems: planned.problems,
    }
}

/// Takes out of a plan what the store did not write; answers what it refused, by name.
fn leave_out(planned: &mut Planned, found: &Found, written: Applied) -> Vec<(String, String)> {
    let subjects: Vec<_> = written.refused.iter().map(|refusal| refusal.subject).collect();
    let name = |refusal: Refusal| (change_summary::name_of(refusal.subject, &planned.plan, found), refusal.message);
    let refusals = written.refused.into_iter().map(name).collect();
    planned.leave_out(&written.gaps, subjects, found);
    refusals
}
