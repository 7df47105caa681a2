//! Rule `existing-accounts`: which account each member has, where somebody else makes the accounts.

mod claims;

use self::claims::{Claims, Conflict};
use super::broken::broken_account;
use super::matches::{AccountMatches, Member};
use crate::sync::context::PlanContext;
use crate::sync::found::AccountRef;
use crate::sync::naming;
use crate::sync::policy::MatchBy;
use crate::sync::problem::{Duplicate, Problem, ProblemKind};
use crate::sync::snapshot::{DirectoryUser, UserIndex};
use crate::sync::wanted::state::{Standing, standing, state};

/// Matches the users that are members of a managed group, each once.
pub(super) fn match_existing(wanted: &[UserIndex], by: MatchBy, context: &PlanContext<'_>) -> AccountMatches {
    let claims = Claims::new(by, context);
    let mut matches = AccountMatches::default();
    for user in wanted.iter().copied() {
        let Some(source) = context.snapshot.users.get(user as usize) else { continue };
        let state = state(source, context.policy.disabled_accounts, context.now);
        let standing = standing(context.policy.disabled_accounts, state);
        if standing == Standing::Outside {
            continue;
        }
        match claims.account_of(user, source) {
            Ok(Some(account)) => {
                let adopted = !is_known(account, source, context);
                matches.members.push(Member { user, account, adopted, standing, username: None, email: None });
            }
            Ok(None) => without_account(user, source, context, &mut matches),
            Err(conflict) => list(conflict, user, source, context, &mut matches),
        }
    }
    matches.members.sort_unstable_by_key(|member| member.account);
    matches
}

/// Whether an account was matched with this user before.
fn is_known(account: AccountRef, user: &DirectoryUser, context: &PlanContext<'_>) -> bool {
    let evidence = context.found.account_link(account);
    evidence.is_some_and(|link| (link.directory_id, link.id) == (context.snapshot.directory_id, user.id))
}

/// A member without an account is pending, unless an account was theirs that has other names now.
fn without_account(user: UserIndex, source: &DirectoryUser, context: &PlanContext<'_>, matches: &mut AccountMatches) {
    match context.broken.accounts.by_id(source.id) {
        Some((account, _)) => {
            matches.conflicting.entry(user).or_default().push(*account);
            matches.problems.push(broken_account(*account, source, context));
        }
        None => drop(matches.pending.insert(user)),
    }
}

/// Lists why it is unknown which account a member has. The accounts that it may have keep the memberships that it would
/// have.
fn list(
    Conflict { accounts, name, cause }: Conflict,
    user: UserIndex,
    source: &DirectoryUser,
    context: &PlanContext<'_>,
    matches: &mut AccountMatches,
) {
    let known = context.index.account(source.id);
    matches.conflicting.entry(user).or_default().extend(accounts.into_iter().chain(known));
    let who = naming::user(source);
    let Some((conflicts_with, remedy)) = cause.explain(name, context) else {
        matches.invalid.insert(user);
        let what = name.what();
        matches.problems.push(Problem {
            group: String::new(),
            kind: ProblemKind::Invalid,
            message: format!(
                "the {what} of {who} is not text, so no account can be found by it: correct the attribute in the directory"
            ),
        });
        return;
    };
    matches.duplicated.insert(user);
    matches.duplicates.push(Duplicate {
        reason: name.reason(),
        name: name.shown(&source.attributes).first().unwrap_or_default().to_owned(),
        external_id: source.id.to_string(),
        conflicts_with,
        needed_by: who,
        remedy,
        former_user: false,
    });
}
