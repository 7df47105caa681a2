//! What is not known of the managed groups' members, and what a person should do about it.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::sync::found::AccountRef;
use crate::sync::index::users_by_place;
use crate::sync::matching::groups::GroupMatches;
use crate::sync::plan::memberships::Memberships;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::absence::Wait;
use crate::sync::proof::member::{Doubt, Emptiness, doubt};
use crate::sync::scene::Scene;

/// What each managed group's unread values say, and one problem of a kind for each group that has some.
pub(super) fn weigh(groups: &mut GroupMatches<'_>, scene: &Scene<'_>) -> Vec<Doubt> {
    let doubtful = groups.managed.iter().any(|managed| !managed.selected.source.unread.is_empty());
    let by_place =
        if doubtful { users_by_place(scene.snapshot, scene.found, scene.broken, scene.index) } else { HashMap::new() };
    let mut doubts = Vec::with_capacity(groups.managed.len());
    for managed in &groups.managed {
        let doubt = doubt(managed.selected.source, &by_place, scene);
        let mut list = |kind, message| groups.problems.push(Problem { group: managed.name.clone(), kind, message });
        if let Some(example) = &doubt.example {
            list(
                ProblemKind::Unresolved,
                format!(
                    "{} members cannot be read, so whoever is a member stays one (such as {example}): let the account that reads the directory read their entries{}{}",
                    doubt.unresolved,
                    ambiguous_words(&doubt),
                    missing_words(&doubt)
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

/// Of names that several entries bear; nothing to say where none is.
const fn ambiguous_words(doubt: &Doubt) -> &'static str {
    if doubt.ambiguous {
        ", and give every user a name of its own: some of the values name several entries, so nobody is removed"
    } else {
        ""
    }
}

/// What may come of those that are found nowhere; nothing to say where none is.
fn missing_words(doubt: &Doubt) -> String {
    let mut words = String::new();
    let waits = doubt.missing.values();
    let until = waits.clone().filter_map(|wait| if let Wait::Until(time) = wait { Some(*time) } else { None });
    if let Some(last) = until.clone().max() {
        let _ = write!(
            words,
            "; {} of them are found nowhere and are believed to be deleted by a run after {last:.0} that still misses them",
            until.count()
        );
    }
    let alone = waits.filter(|wait| **wait == Wait::Witness).count();
    if alone > 0 {
        let _ = write!(
            words,
            "; {alone} of them are found nowhere and nobody with an account is shown beside them: if they are deleted, remove their names from the group"
        );
    }
    words
}

/// The accounts whose users some managed group holds and names, and whom this read finds nowhere: their links remember
/// since when.
pub(super) fn missing(groups: &GroupMatches<'_>, doubts: &[Doubt], scene: &Scene<'_>) -> BTreeSet<AccountRef> {
    let mut missing = BTreeSet::new();
    for (managed, doubt) in groups.managed.iter().zip(doubts) {
        let Some(held) = scene.found.group(managed.group) else { continue };
        let accounts = doubt.missing.keys().filter_map(|id| scene.index.account(*id));
        missing.extend(accounts.filter(|account| held.members.binary_search(account).is_ok()));
    }
    missing
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
                "{label} hides its members, whose entries name it, so its {} stay: let the account that reads see its members",
                memberships.waiting
            )),
            Emptiness::Doubtful(until) => list(format!(
                "{label} lists no members, which may be an access rule, so its {} stay: they are removed by a run after {until:.0} that still sees none",
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
