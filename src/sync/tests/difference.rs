//! What changed from one read of the store to the next, in the numbers of a run.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::found::{Account, Found, Group};
use crate::sync::outcome::Counts;
use crate::sync::store_id::StoreId;

/// The numbers, counted from the store alone. A group or account that went takes its memberships along, uncounted.
pub(crate) fn difference(before: &Found, after: &Found) -> Counts {
    let mut counts = Counts::default();
    let groups = |found: &'_ Found| found.groups.iter().map(|group| (group.id.clone(), group.clone())).collect();
    let (old, new): (BTreeMap<StoreId, Group>, BTreeMap<StoreId, Group>) = (groups(before), groups(after));
    counts.groups.created = only(&new, &old);
    counts.groups.deleted = only(&old, &new);

    let accounts =
        |found: &'_ Found| found.accounts.iter().map(|account| (account.id.clone(), account.clone())).collect();
    let (were, are): (BTreeMap<StoreId, Account>, BTreeMap<StoreId, Account>) = (accounts(before), accounts(after));
    counts.accounts.created = only(&are, &were);
    counts.accounts.deleted = only(&were, &are);

    for (id, group) in &new {
        let there_still = |id: &StoreId| are.contains_key(id);
        let held: BTreeSet<StoreId> =
            old.get(id).map(|group| ids(group, before)).unwrap_or_default().into_iter().filter(there_still).collect();
        let holds = ids(group, after);
        let (joined, left) = (holds.difference(&held).count() as u64, held.difference(&holds).count() as u64);
        counts.members.added += joined;
        counts.members.removed += left;
        let Some(old) = old.get(id) else { continue };
        let rewritten = (&old.name, &old.description, &old.roles) != (&group.name, &group.description, &group.roles);
        // A link that moved on to another group left this one without any.
        let owned = |group: &Group| group.link.as_ref().map(|link| link.owner.is_some());
        let released = (owned(old), owned(group)) == (Some(true), Some(false));
        counts.groups.released += u64::from(released);
        counts.groups.modified += u64::from(!released && (rewritten || joined + left > 0));
    }
    for (id, account) in &are {
        let Some(was) = were.get(id) else { continue };
        let activated = !was.active && account.active;
        counts.accounts.updated += u64::from(was.attributes != account.attributes || activated);
        let renamed = |was: &Option<Box<str>>, is: &Option<Box<str>>| was.is_some() && is.is_some() && was != is;
        let (old, new) = (&was.attributes, &account.attributes);
        let is_renamed = renamed(&old.username, &new.username) || renamed(&old.email, &new.email);
        counts.accounts.renamed += u64::from(is_renamed);
        counts.accounts.deactivated += u64::from(was.active && !account.active);
    }
    counts
}

/// How many keys only the first map has.
fn only<T>(these: &BTreeMap<StoreId, T>, others: &BTreeMap<StoreId, T>) -> u64 {
    these.keys().filter(|key| !others.contains_key(key)).count() as u64
}

fn ids(group: &Group, found: &Found) -> BTreeSet<StoreId> {
    group.members.iter().map(|member| found.accounts[member.0 as usize].id.clone()).collect()
}
