//! Rule 8, `adoption.accounts`: which local account a user without one takes over.

use std::collections::{BTreeSet, HashMap};

use super::candidate::Candidate;
use super::claims::{Claims, Name};
use crate::sync::fold::{fold, fold_into};
use crate::sync::found::AccountRef;
use crate::sync::identity::ExternalId;
use crate::sync::matching::ownership;
use crate::sync::policy::AdoptAccounts;
use crate::sync::scene::Scene;
use crate::sync::snapshot::AccountState;

/// How many users of the read bear each name that a user without an account bears.
#[derive(Debug, Default)]
pub(super) struct Claimants {
    usernames: HashMap<String, u32>,
    emails: HashMap<String, u32>,
}

/// Counts them, members of a managed group or not: an account that two people may mean is nobody's.
pub(super) fn claimants(open: &[Candidate<'_>], scene: &Scene<'_>) -> Claimants {
    let mut claimants = Claimants::default();
    if scene.policy.adopt_accounts == AdoptAccounts::Never {
        return claimants;
    }
    let names = |candidate: &Candidate<'_>, name: Name| Some((fold(name.of(candidate)?), 0));
    for candidate in open.iter().filter(|candidate| candidate.account.is_none()) {
        claimants.usernames.extend(names(candidate, Name::Username));
        claimants.emails.extend(names(candidate, Name::Email));
    }
    let mut key = String::new();
    for user in &scene.snapshot.users {
        for (name, counts) in [(Name::Username, &mut claimants.usernames), (Name::Email, &mut claimants.emails)] {
            for text in name.shown(&user.attributes).iter() {
                key.clear();
                fold_into(text, &mut key);
                if let Some(count) = counts.get_mut(&key) {
                    *count += 1;
                }
            }
        }
    }
    claimants
}

/// Gives free accounts to users without one: the account must be the one that goes on bearing the user's key, its
/// other key free or its own, no other user of the read may bear either key, and it must not be protected. Tells
/// whether any was given.
pub(super) fn adopt(
    open: &mut [Candidate<'_>],
    usernames: &Claims,
    emails: &Claims,
    claimants: &Claimants,
    scene: &Scene<'_>,
) -> bool {
    let (by, same, other) = match scene.policy.adopt_accounts {
        AdoptAccounts::Never => return false,
        AdoptAccounts::ByUsername => (Name::Username, usernames, emails),
        AdoptAccounts::ByEmail => (Name::Email, emails, usernames),
    };
    let alone = |name: Option<&str>, counts: &HashMap<String, u32>| {
        name.is_none_or(|name| counts.get(&fold(name)).is_none_or(|count| *count <= 1))
    };
    let elsewhere = open.iter().filter(|candidate| candidate.adopted).map(|candidate| candidate.source.id).collect();
    let mut any = false;
    for candidate in open.iter_mut().filter(|candidate| candidate.account.is_none()) {
        let readable = candidate.state != AccountState::Unknown && by.of(candidate).is_some();
        let [account] = same.staying(candidate)[..] else { continue };
        if readable
            && is_free(account, candidate.source.id, &elsewhere, scene)
            && other.staying(candidate).iter().all(|bearer| *bearer == account)
            && alone(candidate.username, &claimants.usernames)
            && alone(candidate.email, &claimants.emails)
        {
            (candidate.account, candidate.adopted) = (Some(account), true);
            if scene.withheld.account_names(account) {
                (candidate.username, candidate.email) = (None, None);
            }
            any = true;
        }
    }
    any
}

/// What may still be another user's is not taken from them, unless they have another by now.
fn is_free(account: AccountRef, user: ExternalId, elsewhere: &BTreeSet<ExternalId>, scene: &Scene<'_>) -> bool {
    let held = scene.found.account(account);
    let broken = scene.broken.accounts.link_of(account).map(|link| (link.id, link.owner.as_ref()));
    held.is_some_and(|held| ownership::account_is_free(held.link.as_ref(), scene.snapshot.directory_id))
        && ownership::may_pass(broken, user, elsewhere, scene.policy)
        && !scene.protected.contains(&account)
}
