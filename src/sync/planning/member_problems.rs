//! What is not known of the managed groups' members, and what an administrator should do about it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::undecided_members;
use crate::sync::changes::group_work::GroupWork;
use crate::sync::changes::memberships::Memberships;
use crate::sync::context::PlanContext;
use crate::sync::escape::{quoted, shown};
use crate::sync::found::AccountRef;
use crate::sync::link_names::LinkNames;
use crate::sync::matching::groups::matches::Managed;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::absence::Wait;
use crate::sync::proof::emptiness::Emptiness;
use crate::sync::proof::member::UnresolvedMembers;
use crate::sync::snapshot::{Absence, Concealed, Defect, DirectoryGroup, Snapshot};
use crate::sync::wanted::selection::Selection;

/// Rule `member-value`: what each managed group's unresolved values say.
pub(super) fn unresolved_members(managed: &[Managed<'_>], context: &PlanContext<'_>) -> Vec<UnresolvedMembers> {
    let values = managed.iter().flat_map(|managed| &managed.selected.source.unresolved);
    let by_name = LinkNames::new(values, context.snapshot, context.found, context.broken, &context.index);
    managed.iter().map(|managed| UnresolvedMembers::new(managed.selected.source, &by_name, context)).collect()
}

/// Rule `member-value`: the accounts whose users an unresolved value may name, and whom only time tells from that.
/// Their links remember since when.
pub(super) fn missing_accounts(groups: &[GroupWork<'_>]) -> BTreeSet<AccountRef> {
    let unproven = groups.iter().flat_map(|work| &work.memberships.unproven);
    unproven.filter(|(_, wait)| !matches!(wait, Wait::LookUp | Wait::Reading)).map(|(account, _)| *account).collect()
}

/// Rule `selection`: the selectors that select nothing.
pub(super) fn not_found(selection: &Selection<'_>) -> impl Iterator<Item = Problem> {
    selection.not_found.iter().map(|selector| Problem {
        group: selector.key.to_string(),
        kind: ProblemKind::NotFound,
        message: format!("the selector {} matches no directory group: check its spelling, and that the bind account may read the group", shown(&selector.key)),
    })
}

/// Lists what each group does not show of its members.
pub(super) fn list_member_problems(groups: &[GroupWork<'_>], context: &PlanContext<'_>, problems: &mut Vec<Problem>) {
    for work in groups {
        let GroupWork { managed, unresolved, memberships } = work;
        let group = quoted(&managed.name).to_string();
        let mut list = |kind, message: String| {
            let message = format!("group {group}: {message}");
            problems.push(Problem { group: managed.name.clone(), kind, message });
        };
        if let Some(example) = &unresolved.example {
            list(ProblemKind::Unresolved, unmatched(unresolved, example, memberships, context));
        }
        if let Some((uid, user)) = &unresolved.other_uid {
            let values = count(unresolved.other_uids, "memberUid value");
            let message = format!(
                "{values} would add nobody, for example {uid}, which is another uid of {user}: put the username into the group"
            );
            list(ProblemKind::Unresolved, message);
        }
        for message in hidden(managed.selected.source, memberships, context.snapshot) {
            list(ProblemKind::Unreadable, message);
        }
    }
}

/// Rule `one-broken-object`: the entries of which nothing changes.
pub(super) fn broken_entries(snapshot: &Snapshot) -> impl Iterator<Item = Problem> {
    snapshot.broken.iter().map(|entry| {
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
        Problem { group: String::new(), kind, message }
    })
}

/// The values of a group that cannot be matched with a user that can be read, and what follows.
fn unmatched(
    unresolved: &UnresolvedMembers,
    example: &str,
    memberships: &Memberships,
    context: &PlanContext<'_>,
) -> String {
    let values = count(unresolved.count, "member value");
    let is_number = !example.is_empty() && example.bytes().all(|byte| byte.is_ascii_digit());
    let remedy = if is_number {
        "a memberUid must be the uid of a user, not the uidNumber: correct the group"
    } else if context.snapshot.absence == Absence::Proven {
        "the file has no entry for it: export the users with the groups, or remove the value from the group"
    } else if context.snapshot.is_of_a_file() {
        "the file shows no entry for it: export the users with the groups, or remove the value from the group"
    } else {
        "grant the bind account read access to its entry, or remove the value from the group if its entry was deleted"
    };
    let mut message = format!("{values} cannot be matched with a user, for example {}: {remedy}", shown(example));
    if unresolved.ambiguous {
        message.push_str(
            "; some values are the names of several entries, so nobody is removed: give every user a name of its own",
        );
    }
    message + &waiting(memberships)
}

/// What the members wait for that such a value may name; empty if there are none.
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
fn hidden(source: &DirectoryGroup, memberships: &Memberships, snapshot: &Snapshot) -> Vec<String> {
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
    messages.extend(undecided_members::sentences(&memberships.undecided, label, snapshot));
    messages
}

fn count(number: u32, noun: &str) -> String {
    count_of(number as usize, noun)
}

fn count_of(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
