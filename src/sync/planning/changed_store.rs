//! Section 5, rule 7: links that are kept outside the store must be of the store that was read, and what they link must
//! be there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Stop;
use crate::sync::found::{Found, Links, LostLinks};
use crate::sync::hold::{is_approved, other_store};
use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::plan::{Change, Plan};
use crate::sync::policy::Policy;
use crate::sync::proof::store::{Broken, part};
use crate::sync::snapshot::Snapshot;

/// A store with the links that hold.
pub(super) struct Fitted<'a> {
    pub(super) found: Cow<'a, Found>,
    /// Links whose objects may be others now.
    pub(super) broken: Broken,
    /// Links that stand for nothing: what is wanted is created anew.
    pub(super) lost: BTreeSet<ExternalId>,
    /// A person let the links of a former store go.
    pub(super) forgotten: bool,
}

/// Fits the links to the objects of the store.
///
/// # Errors
/// When this sync's links name another store, or none of them holds, and nobody approved that they are forgotten.
pub(super) fn fit<'a>(
    snapshot: &Snapshot,
    found: &'a Found,
    policy: &Policy,
    now: Timestamp,
) -> Result<Fitted<'a>, Stop> {
    let (fitting, broken) = part(found, snapshot.directory_id);
    let Links::Outside(links) = &found.links else {
        return Ok(Fitted { found: fitting, broken, lost: BTreeSet::new(), forgotten: false });
    };
    let ours: Vec<Lost<'_>> =
        lost(links, snapshot.directory_id).filter(|lost| lost.owner == Some(&policy.owner)).collect();
    let former: BTreeSet<&str> = ours.iter().map(|lost| lost.store).filter(|store| *store != &*links.store).collect();
    let mut forgotten: BTreeSet<ExternalId> = ours.iter().map(|lost| lost.id).collect();
    forgotten.extend(broken.owned_by(&policy.owner));
    if former.is_empty() && (forgotten.is_empty() || any_holds(&fitting)) {
        let lost =
            lost(links, snapshot.directory_id).filter(|lost| lost.owner.is_none_or(|owner| *owner == policy.owner));
        return Ok(Fitted { found: fitting, broken, lost: lost.map(|lost| lost.id).collect(), forgotten: false });
    }
    let hold = other_store(&links.store, &forgotten, policy, now);
    if policy.preview || !is_approved(&hold, policy) {
        return Err(Stop::StoreChanged {
            named: former.first().map(|store| (*store).to_owned()),
            read: links.store.to_string(),
            linked: forgotten.len(),
            hash: hold.hash,
            since: hold.since,
        });
    }
    Ok(Fitted { found: fitting, broken: broken.of_others(&policy.owner), lost: forgotten, forgotten: true })
}

/// Lets a plan forget the lost links, but for those that it writes anew.
pub(super) fn forget(plan: &mut Plan, mut lost: BTreeSet<ExternalId>, directory_id: DirectoryId) {
    if lost.is_empty() {
        return;
    }
    for change in &plan.changes {
        match change {
            Change::CreateGroup { link, .. } | Change::LinkGroup { link, .. } => drop(lost.remove(&link.id)),
            Change::CreateAccount { link, .. } | Change::LinkAccount { link, .. } => drop(lost.remove(&link.id)),
            _ => {}
        }
    }
    plan.forget = lost.into_iter().map(|id| (directory_id, id)).collect();
}

/// A link of no object.
struct Lost<'a> {
    id: ExternalId,
    owner: Option<&'a Owner>,
    store: &'a str,
}

fn lost(links: &LostLinks, directory_id: DirectoryId) -> impl Iterator<Item = Lost<'_>> {
    let groups = links.groups.iter().filter(move |lost| lost.link.directory_id == directory_id);
    let groups = groups.map(|lost| Lost { id: lost.link.id, owner: lost.link.owner.as_deref(), store: &lost.store });
    let accounts = links.accounts.iter().filter(move |lost| lost.link.directory_id == directory_id);
    groups.chain(accounts.map(|lost| Lost { id: lost.link.id, owner: lost.link.owner.as_deref(), store: &lost.store }))
}

/// Whether the store shows any linked object at all, whosever it is: then it is the one that it was.
fn any_holds(held: &Found) -> bool {
    held.groups.iter().any(|group| group.link.is_some()) || held.accounts.iter().any(|account| account.link.is_some())
}
