//! From two complete reads and a policy to a plan: what the rules ask for, and what of it is held.

mod former_links;
mod look_up;
mod member_problems;
mod rules;
mod summary;
mod undecided_members;
mod unseen_groups;

use jiff::Timestamp;

use self::former_links::{forget, write_releases};
pub use self::look_up::{LookUp, look_up};
use self::rules::{ProposedPlan, apply_rules};
use super::context::PlanContext;
use super::found::Found;
use super::hold::Hold;
use super::outcome::Planned;
pub use super::pairing::claim::check_claim;
use super::pairing::claim::claim;
use super::pairing::directory::release_former_directory;
use super::pairing::server::{AddsOnly, adds_only, remember};
pub use super::pairing::stop::Stop;
pub use super::pairing::store::follow_store;
use super::pairing::store::pair_store;
use super::policy::Policy;
use super::snapshot::Snapshot;
use super::withheld::Withheld;

/// Makes the plan of a flat snapshot (see [`super::wanted::nesting::flatten`]).
///
/// # Errors
/// When the two sides do not belong together, so that nothing may be written.
pub fn plan(snapshot: &Snapshot, found: &Found, policy: &Policy, now: Timestamp) -> Result<Planned, Stop> {
    // Rule `claimed-directory-id`: the links must be those of a directory that this namespace may lead.
    check_claim(snapshot.directory_id, found, policy, now)?;
    // Rule `same-store`: the links must be of the store that was read.
    let paired = pair_store(snapshot, found, policy, now)?;
    // Rule `same-directory`: the links must be of the directory that was read.
    let released = release_former_directory(snapshot, &paired.found, policy, now)?;
    // Rule `known-server`: a new or restored server removes nothing.
    let adds_only = match released {
        Some(_) => Some(AddsOnly::DirectoryChanged),
        None if paired.forgets_former_store => Some(AddsOnly::StoreChanged),
        None => adds_only(snapshot, found, policy, now),
    };
    // The rules of `apply_rules`; rule `hold`: some of what they ask for waits for an approval.
    let held = released.as_ref().unwrap_or(&paired.found);
    let context = PlanContext::new(snapshot, held, &paired.broken, policy, adds_only.as_ref(), now);
    let mut planned = hold_back(context);
    if let Some(released) = &released {
        write_releases(&mut planned.plan, released, &paired.found);
    }
    forget(&mut planned.plan, paired.lost, snapshot.directory_id);
    // Rule `no-change-no-write`: what is remembered goes along with other writes.
    let writes = !planned.plan.is_empty();
    planned.plan.remember = remember(snapshot, found, policy, writes, now);
    planned.plan.claim = claim(snapshot.directory_id, found, policy, writes, now);
    planned.adds_only = adds_only;
    planned.approved |= released.is_some() || paired.forgets_former_store;
    Ok(planned)
}

/// Rule `hold`: the plan of all that the rules ask for, or, where some of it needs an approval, a plan without that. In
/// a preview nothing is held; it says what would be.
fn hold_back(mut context: PlanContext<'_>) -> Planned {
    let ProposedPlan { mut planned, exceeded, unproven, unasked, reasons } = apply_rules(&context);
    let withheld = Withheld::new(&planned.plan, &exceeded, &unproven, &unasked, context.found);
    if withheld.is_empty() {
        return planned;
    }
    if !context.policy.preview {
        let hold = Hold::new(withheld.changes(), context.found, context.policy, context.now);
        if hold.approval.is_given(context.policy) {
            planned.approved = true;
            return planned;
        }
        let whole = std::mem::take(&mut planned.plan);
        context.withheld = withheld;
        planned = without_held(&mut context, &whole);
        planned.hold = Some(hold);
    }
    planned.reasons = reasons;
    planned
}

/// Rule `hold`: a plan without what is held. It removes nothing that the whole plan does not remove, because no limit
/// was asked about that and no preview shows it.
fn without_held(context: &mut PlanContext<'_>, whole: &super::plan::Plan) -> Planned {
    loop {
        let rest = apply_rules(context);
        let beyond = context.withheld.beyond(whole, &rest.planned.plan, &rest.exceeded, context.found);
        if !context.withheld.leave_out(beyond) {
            return rest.planned;
        }
    }
}
