//! Rule `plan-order`: temporary names, with which names can be swapped.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::context::PlanContext;
use crate::sync::digest::digest;
use crate::sync::fold::fold;
use crate::sync::found::AccountRef;
use crate::sync::plan::{AttributeEdits, Change, Edit};
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// A name that no object has or gets, made from the store's id so that it is the same every time.
pub(crate) fn temporary_name(id: &StoreId, in_use: impl Fn(&str) -> bool) -> Box<str> {
    // A text may hold what no name can.
    let mut name = match id {
        StoreId::Number(number) => format!("renaming-{number}"),
        StoreId::Text(text) => format!("renaming-{}", digest(text.as_bytes())),
    };
    while in_use(&name) {
        name.push('-');
    }
    name.into()
}

/// Rule `plan-order`: the edits of accounts, behind the parking of every account that gives up a username or e-mail
/// which another account gets. An account has two names, so an order that serves one name space may contradict the
/// other. A parked account has a temporary username and no e-mail, so its edit writes back what stays.
pub(crate) fn park_and_set(mut edits: BTreeMap<AccountRef, AttributeEdits>, context: &PlanContext<'_>) -> Vec<Change> {
    let usernames = given(&edits, |edits| &edits.username);
    let emails = given(&edits, |edits| &edits.email);
    let handed_on = |held: Option<&str>, edit: &Edit, given: &BTreeSet<String>| match (held, edit) {
        (Some(held), Edit::Set(wanted)) => {
            let held = fold(held);
            held != fold(wanted) && given.contains(&held)
        }
        _ => false,
    };
    let may_rename = context.policy.abilities.rename_accounts;
    let mut parked = Vec::new();
    for (account, edit) in &mut edits {
        let Some(held) = context.found.account(*account) else { continue };
        let Attributes { username, email, .. } = &held.attributes;
        if handed_on(username.as_deref(), &edit.username, &usernames)
            || handed_on(email.as_deref(), &edit.email, &emails)
        {
            parked.push((*account, &held.id));
            if may_rename {
                write_back(&mut edit.username, username.as_deref());
            }
            write_back(&mut edit.email, email.as_deref());
        }
    }
    let mut changes = Vec::with_capacity(parked.len() + edits.len());
    if !parked.is_empty() {
        let held: BTreeSet<String> = context
            .found
            .accounts
            .iter()
            .filter_map(|account| account.attributes.username.as_deref())
            .map(fold)
            .collect();
        let in_use = |name: &str| held.contains(name) || usernames.contains(name);
        changes.extend(parked.into_iter().map(|(account, id)| Change::ParkAccount {
            account,
            username: may_rename.then(|| temporary_name(id, in_use)),
        }));
    }
    changes.extend(edits.into_iter().map(|(account, edits)| Change::SetAccount { account, edits }));
    changes
}

/// The folded names that these edits give.
fn given(edits: &BTreeMap<AccountRef, AttributeEdits>, name: impl Fn(&AttributeEdits) -> &Edit) -> BTreeSet<String> {
    let key = |edits| match name(edits) {
        Edit::Set(text) => Some(fold(text)),
        Edit::Keep | Edit::Clear => None,
    };
    edits.values().filter_map(key).collect()
}

fn write_back(edit: &mut Edit, held: Option<&str>) {
    if let (Edit::Keep, Some(held)) = (&edit, held) {
        *edit = Edit::Set(held.into());
    }
}
