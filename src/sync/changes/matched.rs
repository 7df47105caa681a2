//! Rule `existing-accounts`: what is remembered of accounts that somebody else makes. It is evidence of whose account each
//! is, and gives no right to change it.

use super::uses::Uses;
use crate::sync::context::PlanContext;
use crate::sync::found::Account;
use crate::sync::link::{AccountLink, Origin};
use crate::sync::matching::accounts::matches::{AccountMatches, Member};
use crate::sync::plan::Change;
use crate::sync::proof::absence::noted_since;
use crate::sync::snapshot::DirectoryUser;

/// Rule `existing-accounts`: remembers the user that an account was matched with, and the names that it has now.
/// `is_missing`: a group names the user as the evidence does, and no look-up finds it.
pub(super) fn remember_match(
    member: &Member,
    source: &DirectoryUser,
    account: &Account,
    matches: &AccountMatches,
    uses: &Uses,
    is_missing: bool,
    context: &PlanContext<'_>,
) -> Option<Change> {
    // The account that a user had before is not forgotten until it has left all groups, in whatever sync: without evidence it
    // would look as if a person had added it. If it is somebody else's by now, it has evidence all the same.
    let before = context.index.account(source.id).filter(|before| *before != member.account);
    if before.is_some_and(|before| uses.is_synchronized(before) && !matches.has(before)) {
        return None;
    }
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
