//! Rule `duplicate-account`, `adoption.accounts`: which account of the store a user without one adopts.

use std::collections::{BTreeSet, HashMap};

use super::candidate::Candidate;
use super::name_space::{Name, NameSpace};
use crate::sync::context::PlanContext;
use crate::sync::fold::{fold, fold_into};
use crate::sync::found::AccountRef;
use crate::sync::identity::ExternalId;
use crate::sync::ownership;
use crate::sync::policy::AdoptAccounts;
use crate::sync::snapshot::AccountState;

/// How many users of the read have each name that a user without an account needs.
#[derive(Debug, Default)]
pub(super) struct UsersByName {
    usernames: HashMap<String, u32>,
    emails: HashMap<String, u32>,
}

/// Counts them, whether they are members of a managed group or not: an account that two users may mean is adopted by
/// neither.
pub(super) fn count_users(open: &[Candidate<'_>], context: &PlanContext<'_>) -> UsersByName {
    let mut users_by_name = UsersByName::default();
    if context.policy.adopt_accounts == AdoptAccounts::Never {
        return users_by_name;
    }
    let names = |candidate: &Candidate<'_>, name: Name| Some((fold(name.needed_by(candidate)?), 0));
    for candidate in open.iter().filter(|candidate| candidate.account.is_none()) {
        users_by_name.usernames.extend(names(candidate, Name::Username));
        users_by_name.emails.extend(names(candidate, Name::Email));
    }
    let mut key = String::new();
    for user in &context.snapshot.users {
        for (name, counts) in [(Name::Username, &mut users_by_name.usernames), (Name::Email, &mut users_by_name.emails)]
        {
            for text in name.shown(&user.attributes).iter() {
                key.clear();
                fold_into(text, &mut key);
                if let Some(count) = counts.get_mut(&key) {
                    *count += 1;
                }
            }
        }
    }
    users_by_name
}

/// Rule `duplicate-account`: users without an account adopt free ones. The account must be the only one that goes on
/// holding the name by which the user adopts, the user's other name must be free or its own, neither name may be another
/// account's by rule `crossed-names`, no other user of the read may have either name, and it must not be protected. Tells whether any account was adopted.
pub(super) fn adopt(
    open: &mut [Candidate<'_>],
    usernames: &NameSpace,
    emails: &NameSpace,
    users_by_name: &UsersByName,
    context: &PlanContext<'_>,
) -> bool {
    let (by, same, other) = match context.policy.adopt_accounts {
        AdoptAccounts::Never => return false,
        AdoptAccounts::ByUsername => (Name::Username, usernames, emails),
        AdoptAccounts::ByEmail => (Name::Email, emails, usernames),
    };
    let alone = |name: Option<&str>, counts: &HashMap<String, u32>| {
        name.is_none_or(|name| counts.get(&fold(name)).is_none_or(|count| *count <= 1))
    };
    let crossed = |name: Option<&str>, others: &NameSpace, own: AccountRef| {
        name.is_some_and(|name| others.staying_with(&fold(name)).any(|holder| holder != own))
    };
    let adopted = open.iter().filter(|candidate| candidate.adopted).map(|candidate| candidate.source.id).collect();
    let mut any = false;
    for candidate in open.iter_mut().filter(|candidate| candidate.account.is_none()) {
        let readable = candidate.state != AccountState::Unknown && by.needed_by(candidate).is_some();
        let [account] = same.staying(candidate)[..] else { continue };
        if readable
            && is_free(account, candidate.source.id, &adopted, context)
            && other.staying(candidate).iter().all(|holder| *holder == account)
            && !crossed(candidate.username, emails, account)
            && !crossed(candidate.email, usernames, account)
            && alone(candidate.username, &users_by_name.usernames)
            && alone(candidate.email, &users_by_name.emails)
        {
            (candidate.account, candidate.adopted) = (Some(account), true);
            if context.withheld.account_names(account) {
                (candidate.username, candidate.email) = (None, None);
            } else if !context.policy.abilities.rename_accounts {
                candidate.username = None;
            }
            any = true;
        }
    }
    any
}

/// An account that may still be another user's is not taken from that user, unless the user has another one by now.
fn is_free(account: AccountRef, user: ExternalId, adopted: &BTreeSet<ExternalId>, context: &PlanContext<'_>) -> bool {
    let broken = context.broken.accounts.link_of(account);
    ownership::is_free(context.found.account_link(account), context.snapshot.directory_id)
        && ownership::may_adopt_broken(broken, user, adopted, context.policy)
        && !context.protected.contains(&account)
}
