//! From two complete reads and a policy to a plan: what everything proven comes to, and what of it waits for a person.

mod absent;
mod changed_directory;
mod changed_store;
mod doubts;
mod draft;
mod look_up;
mod summary;
mod undecided;
mod uses;

use jiff::Timestamp;

use self::changed_directory::{released, write_releases};
use self::changed_store::{fit, forget};
use self::draft::{Sides, draft};
pub use self::look_up::{LookUp, look_up};
use super::escape::shown;
use super::found::Found;
use super::hold::{Withheld, hold, is_approved};
use super::identity::DirectoryId;
use super::outcome::Planned;
use super::policy::Policy;
use super::proof::server::{AddsOnly, adds_only, remember};
use super::snapshot::Snapshot;

/// Why no plan can be made at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Section 5, rule 2: the links belong to another directory.
    #[error(
        "the directory that was read is {read}, and {linked} linked groups belong to {pinned}: point the Directory back, or approve {hash} (in mode Enforce), which releases those groups and removes nothing"
    )]
    DirectoryChanged {
        /// The directory of the links.
        pinned: DirectoryId,
        /// The directory that was read.
        read: DirectoryId,
        /// How many groups are linked to another directory.
        linked: usize,
        /// What an approval must name.
        hash: String,
        /// Since when it waits; `None` without a cluster.
        since: Option<Timestamp>,
    },
    /// Section 5, rule 7: the links belong to another store.
    #[error(
        "{}: point the DashboardServer back, or approve {hash} (in mode Enforce), which forgets {linked} links and removes nothing",
        lost(named.as_deref(), read)
    )]
    StoreChanged {
        /// The store that the links name, where it is another one.
        named: Option<String>,
        /// The store that was read.
        read: String,
        /// How many links fit nothing in it.
        linked: usize,
        /// What an approval must name.
        hash: String,
        /// Since when it waits; `None` without a cluster.
        since: Option<Timestamp>,
    },
}

fn lost(named: Option<&str>, read: &str) -> String {
    match named {
        Some(named) => format!("the links were made for the store {}, and {} was read", shown(named), shown(read)),
        None => format!("the store {} shows none of the linked groups and accounts", shown(read)),
    }
}

/// Makes the plan of a flat snapshot (see [`super::wanted::nesting::flatten`]).
///
/// # Errors
/// When the two sides do not belong together, so that nothing may be written.
pub fn plan(snapshot: &Snapshot, found: &Found, policy: &Policy, now: Timestamp) -> Result<Planned, Stop> {
    let fitted = fit(snapshot, found, policy, now)?;
    let released = released(snapshot, &fitted.found, policy, now)?;
    let adds_only = match released {
        Some(_) => Some(AddsOnly::DirectoryChanged),
        None if fitted.forgotten => Some(AddsOnly::StoreChanged),
        None => adds_only(snapshot, found, policy, now),
    };
    let held = released.as_ref().unwrap_or(&fitted.found);
    let sides = Sides { snapshot, found: held, broken: &fitted.broken, policy, adds_only: adds_only.as_ref(), now };
    let mut planned = hold_back(&sides);
    if let Some(released) = &released {
        write_releases(&mut planned.plan, released, &fitted.found);
    }
    forget(&mut planned.plan, fitted.lost, snapshot.directory_id);
    let writes = !planned.plan.is_empty();
    planned.plan.remember = remember(snapshot, found, policy, writes, now);
    planned.adds_only = adds_only;
    planned.approved |= released.is_some() || fitted.forgotten;
    Ok(planned)
}

/// Section 5, rules 8 and 9: the plan of everything that is proven, or, where some of it waits for a person, a plan without
/// that. In a preview nothing is held; it tells what would be.
fn hold_back(sides: &Sides<'_>) -> Planned {
    let whole = draft(sides, &Withheld::default());
    let mut withheld = Withheld::of(&whole.planned.plan, &whole.exceeded, &whole.unproven, &whole.unasked, sides.found);
    if withheld.is_empty() {
        return whole.planned;
    }
    let mut planned = whole.planned;
    if !sides.policy.preview {
        let hold = hold(withheld.changes(), sides.found, sides.policy, sides.now);
        if is_approved(&hold, sides.policy) {
            planned.approved = true;
            return planned;
        }
        let whole = std::mem::take(&mut planned.plan);
        planned = loop {
            let rest = draft(sides, &withheld);
            // Nothing is removed that no limit was asked about and no preview shows.
            if !withheld.leave_out(withheld.beyond(&whole, &rest.planned.plan, &rest.exceeded)) {
                break rest.planned;
            }
        };
        planned.hold = Some(hold);
    }
    planned.reasons = whole.reasons;
    planned
}
