//! What is not known of the managed groups' members, and what a person should do about it.

use std::collections::HashMap;

use crate::sync::index::users_by_place;
use crate::sync::matching::groups::GroupMatches;
use crate::sync::plan::memberships::Memberships;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::member::{Doubt, Emptiness, doubt};
use crate::sync::scene::Scene;

/// What each managed group's unread values say, and one problem of a kind for each group that has some.
pub(super) fn weigh(groups: &mut GroupMatches<'_>, scene: &Scene<'_>) -> Vec<Doubt> {
    let doubtful = groups.managed.iter().any(|managed| !managed.selected.source.unread.is_empty());
    let by_place = if doubtful { users_by_place(scene.snapshot, scene.found, scene.index) } else { HashMap::new() };
    let mut doubts = Vec::with_capacity(groups.managed.len());
    for managed in &groups.managed {
        let doubt = doubt(managed.selected.source, scene.snapshot, scene.index, &by_place);
        let mut list = |kind, message| groups.problems.push(Problem { group: managed.name.clone(), kind, message });
        if let Some(example) = &doubt.example {
            list(
                ProblemKind::Unresolved,
                format!(
                    "{} members cannot be read, so whoever is a member stays one (such as {example}): let the account that reads the directory read their entries",
                    doubt.unresolved
                ),
            );
        }
        if doubt.out_of_scope > 0 {
            list(
                ProblemKind::NotFound,
                format!(
                    "{} members are outside the Directory's spec.users.baseDN or filter and are no members here",
                    doubt.out_of_scope
                ),
            );
        }
        doubts.push(doubt);
    }
    doubts
}

/// Lists the groups whose members, or whose members' states, the directory hides.
pub(super) fn list_silent(groups: &mut GroupMatches<'_>, memberships: &[Memberships]) {
    for (managed, memberships) in groups.managed.iter().zip(memberships) {
        let label = &managed.selected.source.label;
        let mut list = |message| {
            groups.problems.push(Problem { group: managed.name.clone(), kind: ProblemKind::Unreadable, message });
        };
        match memberships.emptiness {
            Emptiness::None | Emptiness::Proven => {}
            Emptiness::Denied => list(format!(
                "{label} hides its members, whose memberOf names it, so its {} stay: let the account that reads see its members",
                memberships.waiting
            )),
            Emptiness::Doubtful(until) => list(format!(
                "{label} shows no members, which may be an access rule, so its {} stay: they are removed by a run after {until:.0} that still sees none",
                memberships.waiting
            )),
        }
        if let Some(hidden) = &managed.selected.source.hidden_subgroup {
            list(format!(
                "the member group {hidden} of {label} cannot be read, so nobody is removed: let the account that reads see it and its members"
            ));
        }
        if memberships.undecided > 0 {
            list(format!(
                "{} members of {label} are not added because nothing shows whether their directory accounts are disabled: let the account that reads see userAccountControl",
                memberships.undecided
            ));
        }
    }
}
