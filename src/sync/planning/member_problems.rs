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
use crate::sync::wording::{count, count_are, utc};

/// Rule `member-value`: what each managed group's unresolved values say.
pub(super) fn unresolved_members(managed: &[Managed<'_>], context: &PlanContext<'_>) -> Vec<UnresolvedMembers> {
    let values = managed.iter().flat_map(|managed| &managed.selected.source.unresolved);
    let by_name = LinkNames::new(values, context.snapshot, context.found, context.broken, &context.index);
    managed.iter().map(|managed| UnresolvedMembers::new(managed.selected.source, &by_name, context)).collect()
}

/// Rule `member-value`: the accounts whose users an unresolved value may name until `prune.confirmAfter` has passed.
/// Their links remember since when.
pub(super) fn missing_accounts(groups: &[GroupWork<'_>]) -> BTreeSet<AccountRef> {
    let unproven = groups.iter().flat_map(|work| &work.memberships.unproven);
    unproven.filter(|(_, wait)| !matches!(wait, Wait::LookUp | Wait::Reading)).map(|(account, _)| *account).collect()
}

/// Rules `selection` and `boundaries`: the selectors that select nothing.
pub(super) fn not_found(selection: &Selection<'_>) -> impl Iterator<Item = Problem> {
    selection.not_found.iter().map(|selector| {
        let cause = if selection.outside.contains(&*selector.key) {
            "is outside spec.groups.baseDN of the Directory, so it selects nothing: correct the selector, or widen that base"
        } else {
            "matches no directory group: check its spelling, and whether the bind account may read the group"
        };
        let message = format!("the selector {} {cause}", shown(&selector.key));
        Problem { group: selector.key.to_string(), kind: ProblemKind::NotFound, message }
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
            let values = count(u64::from(unresolved.other_uids), "memberUid value");
            let message = format!(
                "{values} match no username, for example {uid}, which is another uid of {user}: put the username into the group"
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
                    "the entry {} cannot be decoded, so it is left as it is: {problem}; fix it in the directory",
                    shown(&entry.label)
                ),
            ),
            Defect::Conflict => (
                ProblemKind::Invalid,
                format!(
                    "the entry {} lost a replication conflict, in which two servers gave one name to two objects. It is left as it is: keep one of the two in the directory, and delete or rename the other",
                    shown(&entry.label)
                ),
            ),
            Defect::CutOff => (
                ProblemKind::Unreadable,
                format!(
                    "the file ends with the entry {}, which may be cut off, so it is left as it is: export the file again, or end it with an empty line",
                    shown(&entry.label)
                ),
            ),
            Defect::LacksId => (
                ProblemKind::Unreadable,
                format!(
                    "the entry {} does not show the kind of id that the links of its directory use, so it is left as it is: grant the bind account read access to that attribute",
                    shown(&entry.label)
                ),
            ),
        };
        Problem { group: String::new(), kind, message }
    })
}

/// The values of a group that cannot be matched with a readable user, and what follows.
fn unmatched(
    unresolved: &UnresolvedMembers,
    example: &str,
    memberships: &Memberships,
    context: &PlanContext<'_>,
) -> String {
    let values = count(u64::from(unresolved.count), "member value");
    let is_number = !example.is_empty() && example.bytes().all(|byte| byte.is_ascii_digit());
    let remedy = if is_number {
        "a memberUid must be the uid of a user, not the uidNumber: fix the group"
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
            "; some values are the names of several entries, so no member is removed: give every user a unique name",
        );
    }
    message + &waiting(memberships)
}

/// What the members wait for that such a value may name; empty if there are none.
fn waiting(memberships: &Memberships) -> String {
    let waits = || memberships.unproven.iter().map(|(_, wait)| *wait);
    let until = || waits().filter_map(|wait| if let Wait::Until(time) = wait { Some(time) } else { None });
    let mut words = String::new();
    let mut say = |number: usize, text: &dyn Fn(Timestamp) -> String, time: Timestamp| {
        if number > 0 {
            words.push_str("; ");
            words.push_str(&count(number as u64, "member"));
            words.push(' ');
            words.push_str(&text(time));
        }
    };
    let alone = waits().filter(|wait| *wait == Wait::Witness).count();
    let unreadable = waits().filter(|wait| *wait == Wait::Reading).count();
    say(
        until().count(),
        &|time| {
            let time = utc(time);
            format!("may be meant and cannot be found: a run after {time} that still does not find them removes them")
        },
        until().max().unwrap_or_default(),
    );
    say(
        alone,
        &|_| {
            "cannot be found, and no user with an account is visible in the same place: if they were deleted, remove the value from the group".to_owned()
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
    let members = count_are(u64::from(memberships.waiting), "member");
    match memberships.emptiness {
        Emptiness::None | Emptiness::Proven => {}
        Emptiness::Denied => messages.push(format!(
            "{label} shows no members, but users name it in their memberOf, so {members} kept: grant the bind account read access to the members of the group"
        )),
        Emptiness::Doubtful(until) => messages.push(format!(
            "{label} shows no members, perhaps because of an access rule, so {members} kept: a run after {} that still finds none removes them",
            utc(until)
        )),
    }
    if let Some(hidden) = &source.hidden_subgroup {
        messages.push(format!(
            "the member group {} of {label} cannot be read, so no member is removed: grant the bind account read access to it and its members",
            shown(hidden)
        ));
    }
    match source.concealed {
        Some(Concealed::Dynamic) => messages.push(format!(
            "{label} is a dynamic group, whose members this server does not show, so no member is added or removed: have the server show them as member values (on OpenLDAP with the overlay dynlist), or leave such groups out with the selector `filter: (memberURL=*)` in spec.exclude"
        )),
        Some(Concealed::Primary) => messages.push(format!(
            "it cannot be read which users have {label} as primary group, so no member is removed: grant the bind account read access to gidNumber of groups and users"
        )),
        None => {}
    }
    messages.extend(undecided_members::sentences(&memberships.undecided, label, snapshot));
    messages
}
