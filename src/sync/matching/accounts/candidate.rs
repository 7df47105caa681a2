//! A member before its names are decided.

use super::matches::AccountMatches;
use crate::sync::context::PlanContext;
use crate::sync::form::{TextForm, Unfit};
use crate::sync::found::AccountRef;
use crate::sync::naming;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::snapshot::{AccountState, DirectoryUser, UserIndex};
use crate::sync::values::Values;
use crate::sync::wanted::state::{Standing, standing, state};

/// A member of a managed group.
pub(super) struct Candidate<'a> {
    pub(super) user: UserIndex,
    pub(super) source: &'a DirectoryUser,
    /// The state of its directory account now.
    pub(super) state: AccountState,
    /// The account that is linked to it, or that it adopts.
    pub(super) account: Option<AccountRef>,
    pub(super) adopted: bool,
    /// The account that was linked to it and may be another by now.
    pub(super) broken: Option<AccountRef>,
    pub(super) standing: Standing,
    /// The username that it needs and does not have to the letter.
    pub(super) username: Option<&'a str>,
    /// The e-mail that it needs and does not have to the letter.
    pub(super) email: Option<&'a str>,
}

impl<'a> Candidate<'a> {
    /// Rules `disabled-account` and `valid-names`: what a member needs; `None` if the user counts as no member.
    pub(super) fn new(user: UserIndex, context: &PlanContext<'a>, matches: &mut AccountMatches) -> Option<Self> {
        let source = context.snapshot.users.get(user as usize)?;
        let state = state(source, context.policy.disabled_accounts, context.now);
        let standing = standing(context.policy.disabled_accounts, state);
        if standing == Standing::Outside {
            return None;
        }
        let account = context.index.account(source.id);
        let broken = context.broken.accounts.by_id(source.id).map(|(account, _)| *account);
        let mut candidate =
            Candidate { user, source, state, account, adopted: false, broken, standing, username: None, email: None };
        let may_be_named = |account| {
            context.may_write_attributes(account, standing == Standing::Undecided)
                && !context.withheld.account_names(account)
        };
        if account.is_none_or(may_be_named) {
            let (wanted, form) = (&source.attributes, &context.policy.form);
            let held = account.and_then(|account| context.found.account(account)).map(|account| &account.attributes);
            let mut name = |what, wanted: &'a Values, held: Option<&Option<Box<str>>>, form| {
                let held = held.and_then(Option::as_deref);
                differing(wanted, held, form).unwrap_or_else(|unfit| {
                    matches.invalid.insert(user);
                    matches.problems.push(Problem {
                        group: String::new(),
                        kind: ProblemKind::Invalid,
                        message: format!("the store cannot keep the {what} of {}: {unfit}", naming::user(source)),
                    });
                    None
                })
            };
            let keeps_username = held.is_some() && !context.policy.abilities.rename_accounts;
            if !keeps_username {
                candidate.username =
                    name("username", &wanted.username, held.map(|held| &held.username), &form.username);
            }
            candidate.email = name("e-mail", &wanted.email, held.map(|held| &held.email), &form.email);
        }
        Some(candidate)
    }

    /// Whether its claim to a name counts. A user who gets no new account claims nothing, and the accounts that hold
    /// its names keep its memberships all the same.
    pub(super) fn may_claim(&self) -> bool {
        self.account.is_some() || self.may_be_created()
    }

    /// Whether an account may be created for it.
    pub(super) fn may_be_created(&self) -> bool {
        self.state == AccountState::Enabled && self.broken.is_none()
    }
}

/// The text that the directory shows, in the form in which the server keeps it; `None` if the account has it already.
fn differing<'a>(wanted: &'a Values, held: Option<&str>, form: &TextForm) -> Result<Option<&'a str>, Unfit> {
    let is_held = |wanted: &str| held.is_some_and(|held| form.is_same(held, wanted));
    if wanted.iter().any(is_held) {
        return Ok(None);
    }
    if *wanted == Values::Undecodable {
        return Err(Unfit::Undecodable);
    }
    Ok(wanted.kept(held, form)?.filter(|kept| !is_held(kept)))
}
