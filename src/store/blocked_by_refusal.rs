//! What cannot be written because something else was refused: a name did not come free. The same in every store.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::Subject;
use crate::sync::fold::fold;
use crate::sync::found::Found;
use crate::sync::plan::{Change, Edit, Plan};

/// A name in the space that it must be free in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Group(String),
    Username(String),
    Email(String),
}

/// The refused objects and, round after round, those that need a name which a refused one still uses. Each has a reason.
#[must_use]
pub fn blocked_by_refusal(
    found: &Found,
    plan: &Plan,
    refused: &BTreeMap<Subject, String>,
) -> BTreeMap<Subject, String> {
    let mut blocked = refused.clone();
    if refused.is_empty() {
        return blocked;
    }
    loop {
        let in_use: BTreeSet<Name> = blocked.keys().flat_map(|subject| used(found, *subject)).collect();
        let before = blocked.len();
        for change in &plan.changes {
            if let Some(name) = needed(change).into_iter().find(|name| in_use.contains(name)) {
                let message = match name {
                    Name::Group(_) => "its name is still in use, because the store refused another change",
                    Name::Username(_) => "its username is still in use, because the store refused another change",
                    Name::Email(_) => "its e-mail address is still in use, because the store refused another change",
                };
                blocked.entry(change.subject()).or_insert_with(|| message.to_owned());
            }
        }
        if blocked.len() == before {
            return blocked;
        }
    }
}

/// The names that an object of the store uses.
fn used(found: &Found, subject: Subject) -> Vec<Name> {
    match subject {
        Subject::Group(group) => {
            found.groups.get(group.0 as usize).map(|group| Name::Group(fold(&group.name))).into_iter().collect()
        }
        Subject::Account(account) => found.accounts.get(account.0 as usize).map_or_else(Vec::new, |account| {
            let username = account.attributes.username.as_deref().map(|text| Name::Username(fold(text)));
            let email = account.attributes.email.as_deref().map(|text| Name::Email(fold(text)));
            username.into_iter().chain(email).collect()
        }),
        Subject::Members(_) => Vec::new(),
    }
}

/// The names that a change needs.
fn needed(change: &Change) -> Vec<Name> {
    match change {
        Change::CreateGroup { name, .. } | Change::SetGroup { name: Edit::Set(name), .. } => {
            vec![Name::Group(fold(name))]
        }
        Change::CreateAccount { attributes, .. } => {
            let username = attributes.username.as_deref().map(|text| Name::Username(fold(text)));
            let email = attributes.email.as_deref().map(|text| Name::Email(fold(text)));
            username.into_iter().chain(email).collect()
        }
        Change::SetAccount { edits, .. } => {
            let username = if let Edit::Set(text) = &edits.username { Some(Name::Username(fold(text))) } else { None };
            let email = if let Edit::Set(text) = &edits.email { Some(Name::Email(fold(text))) } else { None };
            username.into_iter().chain(email).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::found::{Account, AccountRef, Group, GroupRef};
    use crate::sync::plan::AttributeEdits;
    use crate::sync::snapshot::Attributes;

    fn found(groups: &[&str], accounts: &[(&str, &str)]) -> Found {
        let group = |name: &&str| Group {
            id: 0.into(),
            name: (*name).into(),
            description: None,
            members: Vec::new(),
            roles: Vec::new(),
            link: None,
        };
        let account = |(username, email): &(&str, &str)| Account {
            id: 0.into(),
            attributes: Attributes {
                username: Some((*username).into()),
                email: Some((*email).into()),
                ..Attributes::default()
            },
            active: true,
            link: None,
        };
        Found {
            accounts: accounts.iter().map(account).collect(),
            groups: groups.iter().map(group).collect(),
            ..Found::default()
        }
    }

    fn rename(group: u32, name: &str) -> Change {
        Change::SetGroup { group: GroupRef(group), name: Edit::Set(name.into()), description: Edit::Keep }
    }

    fn check(found: &Found, changes: Vec<Change>, refused: Subject, expected: &[Subject]) {
        let refused = BTreeMap::from([(refused, "why".to_owned())]);
        let blocked = blocked_by_refusal(found, &Plan::from(changes), &refused);
        assert_eq!(blocked.into_keys().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_chain_of_renames_ends_where_its_last_name_stays_taken() {
        let [a, b, c, d] = [0, 1, 2, 3].map(|group| Subject::Group(GroupRef(group)));
        let found = found(&["A", "B", "C", "D"], &[]);
        let changes = vec![Change::DeleteGroup { group: GroupRef(2) }, rename(1, "c"), rename(0, "b"), rename(3, "e")];
        check(&found, changes.clone(), c, &[a, b, c]);
        check(&found, changes.clone(), b, &[a, b]);
        check(&found, changes, d, &[d]);
    }

    #[test]
    fn both_names_of_an_account_stay_taken() {
        let found = found(&["ada"], &[("ada", "a@x"), ("bob", "b@x"), ("cy", "c@x")]);
        let set = |account, username: Edit, email: Edit| {
            let edits = AttributeEdits { username, email, ..AttributeEdits::default() };
            Change::SetAccount { account: AccountRef(account), edits }
        };
        let changes = vec![
            Change::DeleteAccount { account: AccountRef(0) },
            set(1, Edit::Set("ADA".into()), Edit::Keep),
            set(2, Edit::Keep, Edit::Set("A@X".into())),
            rename(0, "bob"),
        ];
        let accounts = [0, 1, 2].map(|account| Subject::Account(AccountRef(account)));
        check(&found, changes, accounts[0], &accounts);
    }
}
