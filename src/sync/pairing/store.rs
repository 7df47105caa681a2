//! Rule `same-store`: links that are kept outside the store must be of the store that was read, and what they link must
//! be there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::broken_links::{BrokenLinks, split_broken_links};
use super::stop::Stop;
use crate::sync::approval::ApprovalHash;
use crate::sync::found::{Found, Links, LostLink, LostLinks};
use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::link::Link;
use crate::sync::policy::Policy;
use crate::sync::snapshot::Snapshot;

/// A store with its intact links.
pub(crate) struct PairedStore<'a> {
    pub(crate) found: Cow<'a, Found>,
    /// Links whose objects may be others now.
    pub(crate) broken: BrokenLinks,
    /// Links without an object: objects that are still wanted are created again.
    pub(crate) lost: BTreeSet<ExternalId>,
    /// An administrator approved that the links of a former store are forgotten.
    pub(crate) forgets_former_store: bool,
}

/// Rule `same-store`: pairs the links with the objects of the store.
///
/// # Errors When this sync's links name another store, or none of them is intact, and no administrator approved that
/// they are forgotten.
pub(crate) fn pair_store<'a>(
    snapshot: &Snapshot,
    found: &'a Found,
    policy: &Policy,
    now: Timestamp,
) -> Result<PairedStore<'a>, Stop> {
    let (paired, broken) = split_broken_links(found, snapshot.directory_id);
    let Links::Outside(links) = &found.links else {
        return Ok(PairedStore { found: paired, broken, lost: BTreeSet::new(), forgets_former_store: false });
    };
    let lost = lost_links(links, snapshot.directory_id);
    let ours = || lost.iter().filter(|lost| lost.owner == Some(&policy.owner));
    let former: BTreeSet<&str> = ours().map(|lost| lost.store).filter(|store| *store != &*links.store).collect();
    let mut forgotten: BTreeSet<ExternalId> = ours().map(|lost| lost.id).collect();
    forgotten.extend(broken.owned_by(&policy.owner));
    if former.is_empty() && (forgotten.is_empty() || has_links(&paired)) {
        let lost = lost.iter().filter(|lost| lost.owner.is_none_or(|owner| *owner == policy.owner));
        let lost = lost.map(|lost| lost.id).collect();
        return Ok(PairedStore { found: paired, broken, lost, forgets_former_store: false });
    }
    let approval = ApprovalHash::of_other_store(&links.store, &forgotten, policy, now);
    if policy.preview || !approval.is_given(policy) {
        return Err(Stop::StoreChanged {
            named: former.first().map(|store| (*store).to_owned()),
            read: links.store.to_string(),
            linked: forgotten.len(),
            approval,
        });
    }
    let broken = broken.without_owner(&policy.owner);
    Ok(PairedStore { found: paired, broken, lost: forgotten, forgets_former_store: true })
}

/// Rule `same-store`: whether this is another store than that of the last run, and an administrator approved that. It is
/// known only where a host remembers the last one; a store without an identity is one that no run has written to.
///
/// # Errors
/// When it is another one, and no administrator approved that.
pub fn follow_store(last: Option<&str>, read: Option<&str>, policy: &Policy, now: Timestamp) -> Result<bool, Stop> {
    let Some(last) = last.filter(|last| Some(*last) != read) else { return Ok(false) };
    let approval = ApprovalHash::of_moved_store(last, read.unwrap_or_default(), policy, now);
    if policy.preview || !approval.is_given(policy) {
        return Err(Stop::StoreMoved { last: last.to_owned(), read: read.map(str::to_owned), approval });
    }
    Ok(true)
}

/// A link of no object.
struct Lost<'a> {
    id: ExternalId,
    owner: Option<&'a Owner>,
    store: &'a str,
}

fn lost_links(links: &LostLinks, directory_id: DirectoryId) -> Vec<Lost<'_>> {
    let mut lost = of_directory(&links.groups, directory_id);
    lost.extend(of_directory(&links.accounts, directory_id));
    lost
}

fn of_directory<L: Link>(links: &[LostLink<L>], directory_id: DirectoryId) -> Vec<Lost<'_>> {
    let links = links.iter().filter(|lost| lost.link.directory_id() == directory_id);
    links.map(|lost| Lost { id: lost.link.id(), owner: lost.link.owner(), store: &lost.store }).collect()
}

/// Whether the store shows any linked object at all, of whatever owner: then it is the same store.
fn has_links(paired: &Found) -> bool {
    paired.groups.iter().any(|group| group.link.is_some())
        || paired.accounts.iter().any(|account| account.link.is_some())
}
