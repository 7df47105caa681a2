//! Rules `missing-group` and `member-value`: an object that is found nowhere. That is not proof by itself, because an
//! access rule looks the same.

use jiff::Timestamp;

use crate::sync::context::PlanContext;
use crate::sync::witnesses::Witnesses;

/// What an object that is found nowhere waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For a read at this time or later that still misses it.
    Until(Timestamp),
    /// For a server that is not new or restored.
    Server,
    /// For a read that looks for it: its link is newer than this one.
    LookUp,
    /// For a read that shows more than that it exists.
    Reading,
    /// For an administrator: nothing else of its parent is shown, so an access rule may hide them all.
    Witness,
    /// For an administrator: the read shows no group at all.
    AnyGroup,
}

/// Rule `missing-group`: whether an object that this read finds nowhere is gone. `since`: when reads began to miss it,
/// which the answer gives back; `is_witnessed`: whether the place where it stood can be read.
pub(crate) fn confirmed(
    since: Option<Timestamp>,
    context: &PlanContext<'_>,
    is_witnessed: impl FnOnce(&Witnesses) -> bool,
) -> Result<Timestamp, Wait> {
    let since = since.unwrap_or(context.now);
    let confirmed = context.policy.confirmed_at(since);
    if context.adds_only.is_some() {
        Err(Wait::Server)
    } else if context.now < confirmed {
        Err(Wait::Until(confirmed))
    } else if is_witnessed(context.witnesses()) {
        Ok(since)
    } else {
        Err(Wait::Witness)
    }
}

/// Since when it is missing, to be remembered. A server that may be behind the others starts no time.
pub(crate) fn noted_since(since: Option<Timestamp>, context: &PlanContext<'_>) -> Option<Timestamp> {
    since.or_else(|| context.adds_only.is_none().then_some(context.now))
}
