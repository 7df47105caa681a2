//! A plan as steps of a server with an API: pure, in the order of the plan.

use std::collections::{BTreeMap, BTreeSet};

use super::server::MARK;
use crate::store::Subject;
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::plan::{AttributeEdits, Change, Edit, Plan};
use crate::sync::role::Role;
use crate::sync::snapshot::Attributes;

/// One call, or an entry of the book alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What it is about.
    pub(super) subject: Subject,
    /// What is done.
    pub(super) action: Action,
    /// The changes that are written with it, by their indexes in the plan.
    pub(super) places: Vec<usize>,
}

/// What a step does, by references: ids of what the plan creates are known only when it was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    CreateGroup {
        group: GroupRef,
        name: Box<str>,
        link: GroupLink,
    },
    EditGroup {
        group: GroupRef,
        name: Edit,
        description: Edit,
    },
    DeleteGroup(GroupRef),
    CreateAccount {
        account: AccountRef,
        attributes: Attributes,
        active: bool,
        link: AccountLink,
        /// The groups that the plan adds it to.
        groups: Vec<GroupRef>,
    },
    EditAccount {
        account: AccountRef,
        edits: AttributeEdits,
        active: Option<bool>,
    },
    DeleteAccount(AccountRef),
    SetMembers {
        group: GroupRef,
        add: Vec<AccountRef>,
        remove: Vec<AccountRef>,
        /// The description of a group that still shows its mark.
        description: Edit,
    },
    SetRoles {
        group: GroupRef,
        give: Vec<Role>,
        take: Vec<Role>,
    },
    EmptyGroup {
        group: GroupRef,
        accounts: Vec<AccountRef>,
    },
    /// Only the link is written.
    Link,
}

impl Action {
    /// Steps of one kind whose order does not matter: names come free in the order of a plan.
    pub(super) const fn is_independent(&self) -> bool {
        !matches!(self, Self::EditGroup { .. } | Self::EditAccount { .. } | Self::Link)
    }
}

/// How many steps share one write of the book, and so how many objects may have to be found by their marks.
const BATCH: usize = 50;

/// The steps of a plan. A batch has steps of one kind; the book is written before each.
pub(super) fn lower(found: &Found, plan: &Plan) -> Vec<Vec<Step>> {
    let mut lowering = Lowering::new(found, plan);
    for (place, change) in plan.changes.iter().enumerate() {
        if !matches!(change, Change::DeleteGroup { .. } | Change::ParkGroup { .. } | Change::SetGroup { .. })
            && !matches!(change, Change::CreateGroup { .. } | Change::LinkGroup { .. })
        {
            lowering.describe_new_groups();
        }
        lowering.lower(place, change);
    }
    lowering.describe_new_groups();
    in_batches(lowering.steps)
}

struct Lowering<'a> {
    plan: &'a Plan,
    steps: Vec<Step>,
    /// The descriptions of groups that show their marks.
    marked: BTreeMap<GroupRef, Edit>,
    /// Where the plan changes the members of each group; nowhere once the step for it was made.
    members: BTreeMap<GroupRef, Vec<usize>>,
    /// The groups that the plan adds each new account to.
    groups_of: BTreeMap<AccountRef, Vec<GroupRef>>,
}

impl<'a> Lowering<'a> {
    fn new(found: &Found, plan: &'a Plan) -> Self {
        let (mut members, mut groups_of) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (place, change) in plan.changes.iter().enumerate() {
            if let Change::AddMembers { group, .. } | Change::RemoveMembers { group, .. } = change {
                members.entry(*group).or_default().push(place);
            }
            if let Change::AddMembers { group, accounts } = change {
                for account in accounts.iter().filter(|account| found.account(**account).is_none()) {
                    groups_of.entry(*account).or_default().push(*group);
                }
            }
        }
        // A run that ended early has left its mark.
        let left = found.groups.iter().zip(0..).filter(|(group, _)| {
            group.link.is_some() && group.description.as_deref().is_some_and(|text| text.starts_with(MARK))
        });
        let marked = left.map(|(_, index)| (GroupRef(index), Edit::Clear)).collect();
        Self { plan, steps: Vec::with_capacity(plan.changes.len()), marked, members, groups_of }
    }

    fn push(&mut self, place: usize, action: Action) {
        self.steps.push(Step { subject: self.plan.changes[place].subject(), action, places: vec![place] });
    }

    fn lower(&mut self, place: usize, change: &Change) {
        let active = |account: &AccountRef, active| Action::EditAccount {
            account: *account,
            edits: AttributeEdits::default(),
            active: Some(active),
        };
        match change {
            Change::DeleteGroup { group } => {
                self.marked.remove(group);
                self.push(place, Action::DeleteGroup(*group));
            }
            Change::ParkGroup { group, name } => {
                let name = Edit::Set(name.clone());
                self.push(place, Action::EditGroup { group: *group, name, description: Edit::Keep });
            }
            Change::SetGroup { group, name, description } => {
                if *description != Edit::Keep {
                    self.marked.remove(group);
                }
                let (name, description) = (name.clone(), description.clone());
                self.push(place, Action::EditGroup { group: *group, name, description });
            }
            Change::CreateGroup { group, name, description, link } => {
                self.marked.insert(*group, description.clone().map_or(Edit::Clear, Edit::Set));
                self.push(place, Action::CreateGroup { group: *group, name: name.clone(), link: link.clone() });
            }
            Change::LinkGroup { .. } | Change::LinkAccount { .. } => self.push(place, Action::Link),
            Change::ParkAccount { account, username } => {
                let username = username.clone().map_or(Edit::Keep, Edit::Set);
                let edits = AttributeEdits { username, email: Edit::Clear, ..AttributeEdits::default() };
                self.push(place, Action::EditAccount { account: *account, edits, active: None });
            }
            Change::SetAccount { account, edits } => {
                self.push(place, Action::EditAccount { account: *account, edits: edits.clone(), active: None });
            }
            Change::CreateAccount { account, attributes, active, link } => {
                let groups = self.groups_of.remove(account).unwrap_or_default();
                let (attributes, link) = (attributes.clone(), link.clone());
                self.push(
                    place,
                    Action::CreateAccount { account: *account, attributes, active: *active, link, groups },
                );
            }
            Change::ActivateAccount { account } => self.push(place, active(account, true)),
            Change::DeactivateAccount { account } => self.push(place, active(account, false)),
            Change::DeleteAccount { account } => self.push(place, Action::DeleteAccount(*account)),
            Change::RemoveMembers { group, .. } | Change::AddMembers { group, .. } => self.set_members(*group),
            Change::SetRoles { group, give, take, .. } => {
                self.push(place, Action::SetRoles { group: *group, give: give.clone(), take: take.clone() });
            }
            Change::EmptyGroup { group, accounts, .. } => {
                self.push(place, Action::EmptyGroup { group: *group, accounts: accounts.clone() });
            }
        }
    }

    /// Both directions in one call, where the first of them stands.
    fn set_members(&mut self, of: GroupRef) {
        let places = self.members.get_mut(&of).map(std::mem::take).unwrap_or_default();
        if places.is_empty() {
            return;
        }
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for change in places.iter().filter_map(|place| self.plan.changes.get(*place)) {
            match change {
                Change::AddMembers { accounts, .. } => add.extend(accounts),
                Change::RemoveMembers { accounts, .. } => remove.extend(accounts),
                _ => {}
            }
        }
        let description = self.marked.remove(&of).unwrap_or_default();
        let action = Action::SetMembers { group: of, add, remove, description };
        self.steps.push(Step { subject: Subject::Members(of), action, places });
    }

    /// Groups that get no members in this plan lose their marks by a call of their own.
    fn describe_new_groups(&mut self) {
        let members = &self.members;
        let waiting: BTreeSet<GroupRef> =
            self.marked.keys().filter(|group| !members.contains_key(group)).copied().collect();
        for group in waiting {
            let description = self.marked.remove(&group).unwrap_or_default();
            let action = Action::EditGroup { group, name: Edit::Keep, description };
            self.steps.push(Step { subject: Subject::Group(group), action, places: Vec::new() });
        }
    }
}

fn in_batches(steps: Vec<Step>) -> Vec<Vec<Step>> {
    let mut batches: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && is_of_kind(batch, &step) => batch.push(step),
            _ => batches.push(vec![step]),
        }
    }
    batches
}

fn is_of_kind(batch: &[Step], step: &Step) -> bool {
    batch.first().is_some_and(|first| std::mem::discriminant(&first.action) == std::mem::discriminant(&step.action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::found::Group;
    use crate::sync::identity::{DirectoryId, ExternalId, IdKind};
    use crate::sync::link::Origin;
    use crate::sync::snapshot::{DnHash, Place};

    fn link(name: &str) -> GroupLink {
        let hash = DnHash([0; 16]);
        GroupLink {
            directory_id: DirectoryId(ExternalId::new(IdKind::EntryUuid, [0; 16])),
            id: ExternalId::new(IdKind::EntryUuid, [1; 16]),
            owner: None,
            selector: Box::default(),
            exclusions: Box::default(),
            origin: Origin::Created,
            name: name.into(),
            place: Place { dn: hash, parent: hash },
            roles: Vec::new(),
            missing_since: None,
            empty_since: None,
        }
    }

    fn create(group: u32, description: Option<&str>) -> Change {
        let name = format!("new {group}");
        let link = link(&name);
        let description = description.map(Into::into);
        Change::CreateGroup { group: GroupRef(group), name: name.into(), description, link }
    }

    fn add(group: u32, accounts: &[u32]) -> Change {
        Change::AddMembers { group: GroupRef(group), accounts: accounts.iter().copied().map(AccountRef).collect() }
    }

    fn remove(group: u32, accounts: &[u32]) -> Change {
        Change::RemoveMembers { group: GroupRef(group), accounts: accounts.iter().copied().map(AccountRef).collect() }
    }

    fn found(descriptions: &[Option<&str>]) -> Found {
        let group = |description: Option<&str>| Group {
            id: 0.into(),
            name: "held".into(),
            description: description.map(Into::into),
            members: Vec::new(),
            roles: Vec::new(),
            link: Some(link("held")),
        };
        Found { groups: descriptions.iter().copied().map(group).collect(), ..Found::default() }
    }

    /// One line a step, with the changes that it writes; a blank line between batches.
    fn lowered(found: &Found, changes: Vec<Change>) -> Vec<String> {
        let words = |step: &Step| {
            let what = match &step.action {
                Action::CreateGroup { group, .. } => format!("create {}", group.0),
                Action::EditGroup { group, description, .. } => format!("edit {} {description:?}", group.0),
                Action::DeleteGroup(group) => format!("delete {}", group.0),
                Action::SetMembers { group, add, remove, description } => {
                    format!("members {} +{} -{} {description:?}", group.0, add.len(), remove.len())
                }
                other => format!("{other:?}"),
            };
            format!("{what} {:?}", step.places)
        };
        let batches = lower(found, &Plan::from(changes));
        batches.iter().map(|batch| batch.iter().map(words).collect::<Vec<_>>().join("; ")).collect()
    }

    #[test]
    fn both_directions_of_a_group_are_one_call_where_the_first_stands() {
        let changes = vec![remove(0, &[1]), remove(1, &[1]), add(0, &[2, 3]), add(1, &[4])];
        let expected = ["members 0 +2 -1 Keep [0, 2]; members 1 +1 -1 Keep [1, 3]"];
        assert_eq!(lowered(&found(&[None, None]), changes), expected);
    }

    #[test]
    fn a_new_group_loses_its_mark_with_its_members_or_alone() {
        let changes = vec![create(0, Some("x")), create(1, None), add(0, &[1])];
        let expected = ["create 0 [0]; create 1 [1]", "edit 1 Clear []", "members 0 +1 -0 Set(\"x\") [2]"];
        assert_eq!(lowered(&found(&[]), changes), expected, "after the book knows the ids");
    }

    #[test]
    fn a_mark_that_a_run_has_left_goes_with_the_next_one() {
        let left = format!("{MARK}objectGUID:1");
        let held = found(&[Some(&left), Some("a text of somebody")]);
        assert_eq!(lowered(&held, vec![add(1, &[1])]), ["edit 0 Clear []", "members 1 +1 -0 Keep [0]"]);
        assert_eq!(lowered(&held, vec![add(0, &[1])]), ["members 0 +1 -0 Clear [0]"]);
        assert_eq!(lowered(&held, vec![Change::DeleteGroup { group: GroupRef(0) }]), ["delete 0 [0]"]);
    }

    #[test]
    fn the_book_is_written_every_fifty_steps() {
        let changes: Vec<Change> = (0..120).map(|group| create(group, None)).collect();
        let batches = lower(&found(&[]), &Plan::from(changes));
        let creations: Vec<usize> = batches.iter().map(Vec::len).take(3).collect();
        assert_eq!(creations, [50, 50, 20]);
    }
}
