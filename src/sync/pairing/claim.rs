//! Rule `claimed-directory-id`: a directory id is what a directory says of itself, so another namespace must lead to the
//! same directory, or an administrator must approve it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::stop::Stop;
use crate::sync::approval::ApprovalHash;
use crate::sync::claim::{Claimant, ClaimedDirectory, DirectoryClaim, Endpoints};
use crate::sync::found::Found;
use crate::sync::identity::{DirectoryId, Owner};
use crate::sync::link::Link;
use crate::sync::policy::Policy;

/// Why a run may go on with the links of a directory id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Its namespace, or the cluster for a ClusterDirectory, has a claim.
    Claimant,
    /// It reads a ClusterDirectory, which goes first whoever came before.
    First,
    /// Nobody else has links there.
    Alone,
    /// It reads where a claimant reads, or trusts whom a claimant trusts.
    Shared,
    /// An administrator approved it.
    Approved,
}

/// Rule `claimed-directory-id`: whether this namespace may lead the links of the directory that it reads.
///
/// # Errors
/// When they are led by another namespace, whose Directories share neither an authority nor all addresses with this one,
/// and no administrator approved it.
pub fn check_claim(read: DirectoryId, found: &Found, policy: &Policy, now: Timestamp) -> Result<(), Stop> {
    if standing(read, found, policy).is_some() {
        return Ok(());
    }
    let claims = claims(read, found);
    let led_by = claims.first().map(|claim| claim.claimant.clone());
    let led_by = led_by.or_else(|| other_owners(read, found, policy).flatten().next().map(Claimant::of));
    let known = addresses(claims);
    Err(Stop::DirectoryIdClaimed {
        read,
        led_by: led_by.map(Box::new),
        addresses: policy.endpoints.addresses.difference(&known).cloned().collect(),
        approval: ApprovalHash::of_claim(read, policy, now),
    })
}

/// Rules `claimed-directory-id` and `no-change-no-write`: the claims that the store is to remember in place of those
/// that it has. They are worth a write of their own where links would else belong to nobody's claim, where an
/// administrator approved one, and where an address is new, because others are compared with it. What makes another
/// address or claim go waits for other writes: two Directories could take turns.
pub(crate) fn claim(
    read: DirectoryId,
    found: &Found,
    policy: &Policy,
    writes: bool,
    now: Timestamp,
) -> Option<ClaimedDirectory> {
    if !writes && links(read, found).next().is_none() {
        return None;
    }
    let claimant = claimant(policy);
    let new = || DirectoryClaim::new(claimant.clone(), &policy.endpoints, now);
    let before = claims(read, found);
    let mut after = before.to_vec();
    match standing(read, found, policy)? {
        Standing::Claimant => {
            let own = after.iter_mut().find(|claim| claim.claimant == claimant)?;
            if own.learn(&policy.endpoints) && !writes {
                return None;
            }
        }
        // Whoever leads to the same directory goes on without a claim, and everybody else has to be approved again.
        Standing::First => {
            after.retain(|claim| claim.claimant.is_cluster());
            after.push(new());
        }
        Standing::Alone if before.iter().any(|claim| claim.claimant.is_cluster()) => {}
        Standing::Alone if before.is_empty() || writes => after = vec![new()],
        Standing::Alone | Standing::Shared => {}
        Standing::Approved => after.push(new()),
    }
    (after != before).then(|| ClaimedDirectory::new(read, after))
}

fn standing(read: DirectoryId, found: &Found, policy: &Policy) -> Option<Standing> {
    let claims = claims(read, found);
    let claimant = claimant(policy);
    if claims.iter().any(|claim| claim.claimant == claimant) {
        Some(Standing::Claimant)
    } else if policy.endpoints.of_cluster {
        Some(Standing::First)
    } else if other_owners(read, found, policy).next().is_none() {
        Some(Standing::Alone)
    } else if is_shared(&policy.endpoints, claims) {
        Some(Standing::Shared)
    } else {
        let hash = ApprovalHash::digest_of_claim(read, policy);
        (policy.approved_claim.as_deref() == Some(&*hash)).then_some(Standing::Approved)
    }
}

/// Who claims for this run.
fn claimant(policy: &Policy) -> Claimant {
    if policy.endpoints.of_cluster {
        Claimant::cluster(&policy.owner.installation)
    } else {
        Claimant::of(&policy.owner)
    }
}

/// All addresses must be known, because a list with one that is known leads to the others as well.
fn is_shared(endpoints: &Endpoints, claims: &[DirectoryClaim]) -> bool {
    let is_trusted = |authority| claims.iter().any(|claim| claim.authorities.contains(authority));
    let Endpoints { addresses: own, authority, .. } = endpoints;
    authority.as_ref().is_some_and(is_trusted) || (!own.is_empty() && own.is_subset(&addresses(claims)))
}

/// Where claimants read.
fn addresses(claims: &[DirectoryClaim]) -> BTreeSet<Box<str>> {
    claims.iter().flat_map(|claim| &claim.addresses).cloned().collect()
}

fn claims(read: DirectoryId, found: &Found) -> &[DirectoryClaim] {
    found.claims.iter().find(|claimed| claimed.directory_id == read).map_or(&[], |claimed| &claimed.claims)
}

/// The owners of all links of this directory that do not belong to this namespace. Released ones belong to none.
fn other_owners<'a>(
    read: DirectoryId,
    found: &'a Found,
    policy: &'a Policy,
) -> impl Iterator<Item = Option<&'a Owner>> {
    let claimant = Claimant::of(&policy.owner);
    links(read, found).filter(move |owner| owner.is_none_or(|owner| !claimant.has(owner)))
}

/// The owners of all links of this directory.
fn links(read: DirectoryId, found: &Found) -> impl Iterator<Item = Option<&Owner>> {
    let groups = found.groups.iter().filter_map(|group| group.link.as_ref());
    let accounts = found.accounts.iter().filter_map(|account| account.link.as_ref());
    let groups = groups.filter(move |link| link.directory_id == read).map(Link::owner);
    groups.chain(accounts.filter(move |link| link.directory_id == read).map(Link::owner))
}
