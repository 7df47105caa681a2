//! A managed group with all that the rules say of it.

use super::memberships::{AccountByUser, Memberships, compare};
use crate::sync::context::PlanContext;
use crate::sync::matching::groups::matches::Managed;
use crate::sync::proof::member::UnresolvedMembers;

/// What a plan does to one managed group, and why.
pub(crate) struct GroupWork<'a> {
    pub(crate) managed: Managed<'a>,
    pub(crate) unresolved: UnresolvedMembers,
    pub(crate) memberships: Memberships,
}

impl<'a> GroupWork<'a> {
    /// Compares the members of a group on both sides.
    pub(crate) fn new(
        managed: Managed<'a>,
        unresolved: UnresolvedMembers,
        accounts: &AccountByUser<'_>,
        context: &PlanContext<'_>,
    ) -> Self {
        let memberships = compare(&managed, &unresolved, accounts, context);
        Self { managed, unresolved, memberships }
    }
}
