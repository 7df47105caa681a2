//! What is not known of the managed groups' members, and what a person should do about it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::undecided;
use crate::sync::escape::{quoted, shown};
use crate::sync::found::AccountRef;
use crate::sync::index::LinkNames;
use crate::sync::matching::groups::GroupMatches;
use crate::sync::plan::memberships::Memberships;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::absence::Wait;
use crate::sync::proof::emptiness::Emptiness;
use crate::sync::proof::member::{Doubt, doubt};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{Absence, Concealed, Defect, Snapshot};

/// What each managed group's unresolved values say.
pub(super) fn weigh(groups: &GroupMatches<'_>, scene: &Scene<'_>) -> Vec<Doubt> {
    let values = groups.managed.iter().flat_map(|managed| &managed.selected.source.unresolved);
    let by_name = LinkNames::new(values, scene.snapshot, scene.found, scene.broken, scene.index);
    groups.managed.iter().map(|managed| doubt(managed.selected.source, &by_name, scene)).collect()
}

/// The accounts whose users may hide behind a value that names nobody known, and whom only time tells from that: their
/// links remember since when.
pub(super) fn missing(memberships: &[Memberships]) -> BTreeSet<AccountRef> {
    let unproven = memberships.iter().flat_map(|memberships| &memberships.unproven);
    unproven.filter(|(_, wait)| !matches!(wait, Wait::LookUp | Wait::Reading)).map(|(account, _)| *account).collect()
}

/// Lists what each group does not tell of its members, and the entries that tell nothing at all.
pub(super) fn list(groups: &mut GroupMatches<'_>, doubts: &[Doubt], memberships: &[Memberships], scene: &Scene<'_>) {
    for ((managed, memberships), doubt) in groups.managed.iter().zip(memberships).zip(doubts) {
        let group = quoted(&managed.name).to_string();
        let mut list = |kind, message: String| {
            let message = format!("group {group}: {message}");
            groups.problems.push(Problem { group: managed.name.clone(), kind, message });
        };
        if let Some(example) = &doubt.example {
            list(ProblemKind::Unresolved, unresolved(doubt, example, memberships, scene));
        }
        if let Some((uid, user)) = &doubt.other_uid {
            let values = count(doubt.other_uids, "memberUid value");
            let message = format!(
                "{values} would add nobody, for example {uid}, which is another uid of {user}: put the username into the group"
            );
            list(ProblemKind::Unresolved, message);
        }
        for message in hidden(managed.selected.source, memberships, scene.snapshot) {
            list(ProblemKind::Unreadable, message);
        }
    }
    for entry in &scene.snapshot.broken {
        let (kind, message) = match &entry.defect {
            Defect::Undecodable(problem) => (
                ProblemKind::Invalid,
                format!(
                    "the entry {} cannot be decoded, so nothing of it changes: {problem}; correct it in the directory",
                    shown(&entry.label)
                ),
            ),
            Defect::Conflict => (
                ProblemKind::Invalid,
                format!(
                    "the entry {} is what a replication conflict left of an object, so nothing of it changes: two servers gave one name to two objects; keep one of them, and delete or rename the other in the directory",
                    shown(&entry.label)
                ),
            ),
            Defect::CutOff => (
                ProblemKind::Unreadable,
                format!(
                    "the file ends with the entry {}, which may be cut, so nothing of it changes: export the file again, or end it with an empty line",
                    shown(&entry.label)
                ),
            ),
            Defect::LacksId => (
                ProblemKind::Unreadable,
                format!(
                    "the entry {} does not show the kind of id that the links of its directory have, so nothing of it changes: grant the bind account read access to that attribute",
                    shown(&entry.label)
                ),
            ),
        };
        groups.problems.push(Problem { group: String::new(), kind, message });
    }
}

/// The values of a group that name nobody who can be read, and what follows.
fn unresolved(doubt: &Doubt, example: &str, memberships: &Memberships, scene: &Scene<'_>) -> String {
    let values = count(doubt.unresolved, "member value");
    let is_number = !example.is_empty() && example.bytes().all(|byte| byte.is_ascii_digit());
    let remedy = if is_number {
        "a memberUid must be the uid of a user, not the uidNumber: correct the group"
    } else if scene.snapshot.absence == Absence::Proven {
        "the file has no entry for it: export the users with the groups, or remove the value from the group"
    } else if scene.snapshot.is_of_a_file() {
        "the file shows no entry for it: export the users with the groups, or remove the value from the group"
    } else {
        "grant the bind account read access to its entry, or remove the value from the group if its entry was deleted"
    };
    let mut message = format!("{values} cannot be matched with a user, for example {}: {remedy}", shown(example));
    if doubt.ambiguous {
        message.push_str(
            "; some values are the names of several entries, so nobody is removed: give every user a name of its own",
        );
    }
    message + &waiting(memberships)
}

/// Of those who may be meant by such a value; nothing to say where nobody is.
fn waiting(memberships: &Memberships) -> String {
    let waits = || memberships.unproven.iter().map(|(_, wait)| *wait);
    let until = || waits().filter_map(|wait| if let Wait::Until(time) = wait { Some(time) } else { None });
    let number = |count: usize| count_of(count, "member");
    let mut words = String::new();
    let mut say = |count: usize, text: &dyn Fn(Timestamp) -> String, time: Timestamp| {
        if count > 0 {
            words.push_str("; ");
            words.push_str(&number(count));
            words.push(' ');
            words.push_str(&text(time));
        }
    };
    let alone = waits().filter(|wait| *wait == Wait::Witness).count();
    let unreadable = waits().filter(|wait| *wait == Wait::Reading).count();
    say(
        until().count(),
        &|time| {
            format!(
                "may be meant and cannot be found, and will be removed by a run after {time:.0} that still does not find them"
            )
        },
        until().max().unwrap_or_default(),
    );
    say(
        alone,
        &|_| {
            "cannot be found, and nobody with an account is shown in the same place: if they are deleted, remove the value from the group".to_owned()
        },
        Timestamp::default(),
    );
    say(
        unreadable,
        &|_| {
            "may be meant, because their own entries cannot be read: grant the bind account read access to them"
                .to_owned()
        },
        Timestamp::default(),
    );
    words
}

/// What the directory hides of a group's members, or of their states.
fn hidden(
    source: &crate::sync::snapshot::DirectoryGroup,
    memberships: &Memberships,
    snapshot: &Snapshot,
) -> Vec<String> {
    let label = &shown(&source.label).to_string();
    let mut messages = Vec::new();
    let members = count(memberships.waiting, "member");
    match memberships.emptiness {
        Emptiness::None | Emptiness::Proven => {}
        Emptiness::Denied => messages.push(format!(
            "{label} shows no members, but users name it in their memberOf, so {members} stay: grant the bind account read access to the members of the group"
        )),
        Emptiness::Doubtful(until) => messages.push(format!(
            "{label} shows no members, which may be an access rule, so {members} stay: they are removed by a run after {until:.0} that still sees none"
        )),
    }
    if let Some(hidden) = &source.hidden_subgroup {
        messages.push(format!(
            "the member group {} of {label} cannot be read, so nobody is removed: grant the bind account read access to it and its members",
            shown(hidden)
        ));
    }
    match source.concealed {
        Some(Concealed::Dynamic) => messages.push(format!(
            "{label} is a dynamic group, whose members this server does not show, so nobody is added and nobody is removed: let the server show them as member values (on OpenLDAP with the overlay dynlist), or leave such groups out with the selector `filter: (memberURL=*)` in spec.exclude"
        )),
        Some(Concealed::Primary) => messages.push(format!(
            "nothing shows who has {label} as primary group, so nobody is removed: grant the bind account read access to gidNumber of groups and of users"
        )),
        None => {}
    }
    messages.extend(undecided::sentences(&memberships.undecided, label, snapshot));
    messages
}

fn count(number: u32, noun: &str) -> String {
    count_of(number as usize, noun)
}

fn count_of(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
