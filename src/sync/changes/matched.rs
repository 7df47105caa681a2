//! Rule `existing-accounts`: what is remembered of accounts that somebody else makes. It is evidence of whose account each
//! is, and gives no right to change it.

use crate::sync::context::PlanContext;
use crate::sync::found::Account;
use crate::sync::link::{AccountLink, Origin};
use crate::sync::matching::accounts::matches::Member;
use crate::sync::plan::Change;
use crate::sync::proof::absence::noted_since;
use crate::sync::snapshot::DirectoryUser;

/// Rule `existing-accounts`: remembers the user that an account was matched with, and the names that it has now.
/// `is_missing`: a group names the user as the evidence does, and no look-up finds it.
pub(super) fn remember_match(
    member: &Member,
    source: &DirectoryUser,
    account: &Account,
    is_missing: bool,
    context: &PlanContext<'_>,
) -> Option<Change> {
    let mut evidence = AccountLink {
        directory_id: context.snapshot.directory_id,
        id: source.id,
        owner: None,
        origin: Origin::Adopted,
        username: account.attributes.username.clone().unwrap_or_default(),
        email: account.attributes.email.clone(),
        place: source.place,
        deactivated_by_us: false,
        unused_since: None,
        missing_since: None,
    };
    if let Some(before) = account.link.as_ref().filter(|_| is_missing && !member.adopted) {
        (evidence.place, evidence.missing_since) = (before.place, noted_since(before.missing_since, context));
    }
    (account.link.as_ref() != Some(&evidence))
        .then_some(Change::LinkAccount { account: member.account, link: evidence })
}
