//! Rules 6, 8, 11, 14 and 16 for accounts: which store account each member is, which are new, and what their names come to.

mod adoption;
mod candidate;
mod claims;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use self::candidate::Candidate;
use self::claims::{Claims, Name};
use crate::sync::escape::quoted;
use crate::sync::found::{AccountRef, Found};
use crate::sync::matching::ownership;
use crate::sync::policy::Policy;
use crate::sync::problem::{Duplicate, Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{DirectoryUser, UserIndex};
use crate::sync::store_id::StoreId;
use crate::sync::values::Values;
use crate::sync::wanted::state::Standing;
use crate::sync::wording;

/// A member of some managed group, and the account that stands for it when the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The directory user.
    pub(crate) user: UserIndex,
    /// The account; one beyond the store's is to be created.
    pub(crate) account: AccountRef,
    /// Linked to this account by this plan, not before.
    pub(crate) adopted: bool,
    /// What the user's state asks for.
    pub(crate) standing: Standing,
    /// The username that it is granted; `None`: the last one stays.
    pub(crate) username: Option<Box<str>>,
    /// The e-mail that it is granted; `None`: the last one stays.
    pub(crate) email: Option<Box<str>>,
}

/// What all members came to.
#[derive(Debug, Default)]
pub(crate) struct AccountMatches {
    /// Those that have or get an account, by account.
    pub(crate) members: Vec<Member>,
    /// How many of these accounts are created.
    pub(crate) created: usize,
    /// By a user without an account, the accounts that bear its names: unless they are known to be somebody else's, they
    /// keep the memberships that it would have.
    pub(crate) clashes: HashMap<UserIndex, Vec<AccountRef>>,
    /// Clashes.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What else a person must mend.
    pub(crate) problems: Vec<Problem>,
    /// Users that are not, or not wholly, synchronized because of a clash.
    pub(crate) duplicated: BTreeSet<UserIndex>,
    /// Users with a value that the store cannot hold or does without.
    pub(crate) invalid: BTreeSet<UserIndex>,
}

/// Matches the users that are members of a managed group, each once.
pub(crate) fn match_accounts(wanted: &[UserIndex], scene: &Scene<'_>) -> AccountMatches {
    let mut matches = AccountMatches::default();
    let mut open = Vec::new();
    for user in wanted {
        let Some(candidate) = candidate::candidate(*user, scene, &mut matches) else { continue };
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
        settle(open, scene, &mut matches);
    }
    matches.members.sort_unstable_by_key(|member| member.account);
    matches
}

/// Decides the names of all candidates that want one, and with them who gets an account.
fn settle(mut open: Vec<Candidate<'_>>, scene: &Scene<'_>, matches: &mut AccountMatches) {
    let mut usernames = Claims::new(Name::Username, scene.found);
    let mut emails = Claims::new(Name::Email, scene.found);
    let claimants = adoption::claimants(&open, scene);
    // An adopted account takes its user's names, and the names that it bore come free: ask until nothing changes.
    loop {
        usernames.decide(&open, scene);
        emails.decide(&open, scene);
        if !adoption::adopt(&mut open, &usernames, &emails, &claimants, scene) {
            break;
        }
    }
    for (index, candidate) in open.iter().enumerate() {
        let username = usernames.granted(index, &open, scene, matches);
        let email = emails.granted(index, &open, scene, matches);
        if let Some(account) = candidate.account {
            let kept = |granted: Result<_, _>| granted.unwrap_or_default();
            matches.members.push(member(candidate, account, kept(username), kept(email)));
        } else if let Some(broken) = candidate.broken {
            matches.clashes.entry(candidate.user).or_default().push(broken);
            matches.problems.push(broken_account(broken, candidate.source, scene));
        } else if candidate.may_be_created() {
            create(candidate, username, email, scene, matches);
        }
    }
}

/// The problem of a user whose account may be another's by now.
fn broken_account(account: AccountRef, user: &DirectoryUser, scene: &Scene<'_>) -> Problem {
    let (id, username) = scene.found.account(account).map_or((StoreId::from(0), ""), |account| {
        (account.id.clone(), account.attributes.username.as_deref().unwrap_or_default())
    });
    Problem {
        group: String::new(),
        kind: ProblemKind::Broken,
        message: format!(
            "the store's account {} (id {id}) has neither the username nor the e-mail address that were last written for {}, so it may be somebody else's and is not written: rename it back, or set spec.adoption.accounts, so that an account is adopted",
            quoted(username),
            wording::user(user)
        ),
    }
}

/// A new account needs a username, and every name that its user has in the directory.
fn create(
    candidate: &Candidate<'_>,
    username: Result<Option<&str>, claims::Refused>,
    email: Result<Option<&str>, claims::Refused>,
    scene: &Scene<'_>,
    matches: &mut AccountMatches,
) {
    if candidate.source.attributes.username == Values::Absent {
        matches.invalid.insert(candidate.user);
        matches.problems.push(Problem {
            group: String::new(),
            kind: ProblemKind::Invalid,
            message: format!("{} has no username, so no account is created: fill the attribute in the directory, or name another in the Directory's spec.users.attributes.username", wording::user(candidate.source)),
        });
    }
    if let (Ok(Some(username)), Ok(email)) = (username, email)
        && !matches.invalid.contains(&candidate.user)
    {
        let next = scene.found.accounts.len() + matches.created;
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

/// Rule 6: whether this sync may write the attributes of a linked account: its own, a released one, or one that no group
/// of its owner holds any more. A member whose state cannot be read may end in no group, so it wants nobody else's account.
pub(crate) fn writes_attributes(account: AccountRef, standing: Standing, scene: &Scene<'_>) -> bool {
    let owner = scene.found.account(account).and_then(|account| account.link.as_ref()?.owner.as_ref());
    if standing == Standing::Undecided {
        return owner.is_some_and(|owner| **owner == scene.policy.owner);
    }
    ownership::may_take(owner, scene.policy) || scene.held_by_owner.get(account.0 as usize) != Some(&true)
}

/// For every account whether a group of the account's own owner, another sync, holds it.
pub(crate) fn held_by_owner(found: &Found, policy: &Policy) -> Vec<bool> {
    let mut held = vec![false; found.accounts.len()];
    for group in &found.groups {
        let Some(owner) = group.link.as_ref().and_then(|link| link.owner.as_ref()) else { continue };
        if **owner == policy.owner {
            continue;
        }
        for member in &group.members {
            let theirs = found.account(*member).and_then(|account| account.link.as_ref()?.owner.as_ref());
            if theirs.is_some_and(|theirs| Arc::ptr_eq(theirs, owner) || theirs == owner) {
                held[member.0 as usize] = true;
            }
        }
    }
    held
}
