//! A wanted user on its way to a decision: which names it wants and may have.

use super::{AccountMatches, writes_attributes};
use crate::sync::form::{TextForm, Unfit};
use crate::sync::found::AccountRef;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{AccountState, DirectoryUser, UserIndex};
use crate::sync::values::Values;
use crate::sync::wanted::state::{Standing, standing, state};
use crate::sync::wording;

/// A wanted user.
pub(super) struct Candidate<'a> {
    pub(super) user: UserIndex,
    pub(super) source: &'a DirectoryUser,
    /// The state of its directory account now.
    pub(super) state: AccountState,
    /// The account that is linked to it, or that it adopts.
    pub(super) account: Option<AccountRef>,
    pub(super) adopted: bool,
    /// The account that stood for it and may be another by now.
    pub(super) broken: Option<AccountRef>,
    pub(super) standing: Standing,
    /// The username that it wants and does not bear to the letter.
    pub(super) username: Option<&'a str>,
    /// The e-mail that it wants and does not bear to the letter.
    pub(super) email: Option<&'a str>,
}

impl Candidate<'_> {
    /// Whether its wish for a name counts: a user who gets no new account claims nothing, and the accounts that bear its
    /// names keep its memberships all the same.
    pub(super) fn claims(&self) -> bool {
        self.account.is_some() || self.may_be_created()
    }

    /// Whether an account may be made for it.
    pub(super) fn may_be_created(&self) -> bool {
        self.state == AccountState::Enabled && self.broken.is_none()
    }
}

/// What a user wants, `None` if it is no member.
pub(super) fn candidate<'a>(user: UserIndex, scene: &Scene<'a>, matches: &mut AccountMatches) -> Option<Candidate<'a>> {
    let source = scene.snapshot.users.get(user as usize)?;
    let state = state(source, scene.policy.disabled_accounts, scene.now);
    let standing = standing(scene.policy.disabled_accounts, state);
    if standing == Standing::Outside {
        return None;
    }
    let account = scene.index.account(source.id);
    let broken = scene.broken.accounts.of(source.id).map(|(account, _)| *account);
    let mut candidate =
        Candidate { user, source, state, account, adopted: false, broken, standing, username: None, email: None };
    let may_be_named = |account| writes_attributes(account, standing, scene) && !scene.withheld.account_names(account);
    if account.is_none_or(may_be_named) {
        let (wanted, form) = (&source.attributes, &scene.policy.form);
        let held = account.and_then(|account| scene.found.account(account)).map(|account| &account.attributes);
        let mut name = |what, wanted: &'a Values, held: Option<&Option<Box<str>>>, form| {
            let held = held.and_then(Option::as_deref);
            differing(wanted, held, form).unwrap_or_else(|unfit| {
                matches.invalid.insert(user);
                matches.problems.push(Problem {
                    group: String::new(),
                    kind: ProblemKind::Invalid,
                    message: format!("the store cannot hold the {what} of {}: {unfit}", wording::user(source)),
                });
                None
            })
        };
        candidate.username = name("username", &wanted.username, held.map(|held| &held.username), &form.username);
        candidate.email = name("e-mail", &wanted.email, held.map(|held| &held.email), &form.email);
    }
    Some(candidate)
}

/// A wanted text in the form in which the server keeps it, `None` if it is held already.
fn differing<'a>(wanted: &'a Values, held: Option<&str>, form: &TextForm) -> Result<Option<&'a str>, Unfit> {
    if held.is_some() && wanted.iter().any(|wanted| Some(wanted) == held) {
        return Ok(None);
    }
    if *wanted == Values::Undecodable {
        return Err(Unfit::Undecodable);
    }
    Ok(wanted.kept(held, form)?.filter(|kept| held != Some(*kept)))
}
