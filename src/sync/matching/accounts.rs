//! Which store account each member is, which accounts are created, and which names they get.

mod adoption;
mod broken;
mod candidate;
mod existing;
pub(crate) mod matches;
mod name_space;
mod rival;
mod rivalry;

use self::broken::broken_account;
use self::candidate::Candidate;
use self::existing::match_existing;
use self::matches::{AccountMatches, Member};
use self::name_space::{Name, NameSpace};
use self::rivalry::Looks;
use crate::sync::context::PlanContext;
use crate::sync::found::AccountRef;
use crate::sync::naming;
use crate::sync::policy::Accounts;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::snapshot::UserIndex;
use crate::sync::values::Values;

/// Rules `duplicate-account`, `identity` and `existing-accounts`: matches the users that are members of a managed group,
/// each once.
pub(crate) fn match_accounts(wanted: &[UserIndex], context: &PlanContext<'_>) -> AccountMatches {
    if let Accounts::Existing(by) = context.policy.accounts {
        return match_existing(wanted, by, context);
    }
    let mut matches = AccountMatches::default();
    let mut open = Vec::new();
    for user in wanted {
        let Some(candidate) = Candidate::new(*user, context, &mut matches) else { continue };
        match candidate.account {
            Some(account) if candidate.username.is_none() && candidate.email.is_none() => {
                matches.members.push(member(&candidate, account, None, None));
            }
            _ => open.push(candidate),
        }
    }
    if !open.is_empty() {
        // By identity, so that the order in which a directory answers decides nothing.
        open.sort_unstable_by_key(|candidate| candidate.source.id);
        settle(open, context, &mut matches);
    }
    matches.members.sort_unstable_by_key(|member| member.account);
    matches
}

/// Decides the names of all candidates that need one, and so which of them get an account.
fn settle(mut open: Vec<Candidate<'_>>, context: &PlanContext<'_>, matches: &mut AccountMatches) {
    let mut usernames = NameSpace::new(Name::Username, context.found);
    let mut emails = NameSpace::new(Name::Email, context.found);
    let looks = Looks::new(&open, context.found);
    let users_by_name = adoption::count_users(&open, context);
    // An adopted account gets its user's names, and the names that it held come free. Either changes the claims, so
    // they are decided again until nothing changes.
    loop {
        rivalry::decide(&mut usernames, &mut emails, &looks, &open, context);
        if !adoption::adopt(&mut open, &usernames, &emails, &users_by_name, context) {
            break;
        }
    }
    for (index, candidate) in open.iter().enumerate() {
        let username = usernames.granted(index, &open, context, matches);
        let email = emails.granted(index, &open, context, matches);
        if let Some(account) = candidate.account {
            let kept = |granted: Result<_, _>| granted.unwrap_or_default();
            matches.members.push(member(candidate, account, kept(username), kept(email)));
        } else if let Some(broken) = candidate.broken {
            matches.conflicting.entry(candidate.user).or_default().push(broken);
            matches.problems.push(broken_account(broken, candidate.source, context));
        } else if candidate.may_be_created() {
            create(candidate, username, email, context, matches);
        }
    }
}

/// Rule `account-attributes`: a new account needs a username, and every name that its user has in the directory.
fn create(
    candidate: &Candidate<'_>,
    username: Result<Option<&str>, name_space::Refused>,
    email: Result<Option<&str>, name_space::Refused>,
    context: &PlanContext<'_>,
    matches: &mut AccountMatches,
) {
    if candidate.source.attributes.username == Values::Absent {
        matches.invalid.insert(candidate.user);
        matches.problems.push(Problem {
            group: String::new(),
            kind: ProblemKind::Invalid,
            message: format!("{} has no username, so no account is created: set the attribute in the directory, or specify another one in the Directory's spec.users.attributes.username", naming::user(candidate.source)),
        });
    }
    if context.policy.form.requires_email && candidate.source.attributes.email == Values::Absent {
        matches.invalid.insert(candidate.user);
        matches.problems.push(Problem {
            group: String::new(),
            kind: ProblemKind::Invalid,
            message: format!("{} has no e-mail address, and the dashboard server takes no account without one: set the attribute in the directory, or specify another one in the Directory's spec.users.attributes.email", naming::user(candidate.source)),
        });
    }
    if let (Ok(Some(username)), Ok(email)) = (username, email)
        && !matches.invalid.contains(&candidate.user)
    {
        let next = context.found.accounts.len() + matches.created;
        let account = AccountRef(u32::try_from(next).unwrap_or(u32::MAX));
        matches.created += 1;
        matches.members.push(member(candidate, account, Some(username), email));
    }
}

fn member(candidate: &Candidate<'_>, account: AccountRef, username: Option<&str>, email: Option<&str>) -> Member {
    Member {
        user: candidate.user,
        account,
        adopted: candidate.adopted,
        standing: candidate.standing,
        username: username.map(Into::into),
        email: email.map(Into::into),
    }
}
