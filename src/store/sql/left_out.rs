//! What cannot be written because something else was refused: a name that was to come free did not.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::subject;
use crate::store::Subject;
use crate::sync::fold::fold;
use crate::sync::found::Found;
use crate::sync::plan::{Change, Edit, Plan};

/// A name in the space that it must be free in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Group(String),
    Username(String),
    Email(String),
}

/// The refused objects and, round after round, those that were to take a name that a refused one still bears.
/// Otherwise a refused deletion or rename would make twins.
pub(super) fn left_out(found: &Found, plan: &Plan, refused: &BTreeMap<Subject, String>) -> BTreeMap<Subject, String> {
    let mut left_out = refused.clone();
    if refused.is_empty() {
        return left_out;
    }
    loop {
        let kept: BTreeSet<Key> = left_out.keys().flat_map(|subject| borne(found, *subject)).collect();
        let before = left_out.len();
        for change in &plan.changes {
            if let Some(key) = taken(change).into_iter().find(|key| kept.contains(key)) {
                let message = match key {
                    Key::Group(_) => "its name did not come free: another change was refused",
                    Key::Username(_) => "its username did not come free: another change was refused",
                    Key::Email(_) => "its e-mail address did not come free: another change was refused",
                };
                left_out.entry(subject(change)).or_insert_with(|| message.to_owned());
            }
        }
        if left_out.len() == before {
            return left_out;
        }
    }
}

/// The names that an object of the store bears.
fn borne(found: &Found, subject: Subject) -> Vec<Key> {
    match subject {
        Subject::Group(group) => {
            found.groups.get(group.0 as usize).map(|group| Key::Group(fold(&group.name))).into_iter().collect()
        }
        Subject::Account(account) => found.accounts.get(account.0 as usize).map_or_else(Vec::new, |account| {
            let username = account.attributes.username.as_deref().map(|text| Key::Username(fold(text)));
            let email = account.attributes.email.as_deref().map(|text| Key::Email(fold(text)));
            username.into_iter().chain(email).collect()
        }),
        Subject::Members(_) => Vec::new(),
    }
}

/// The names that a change takes.
fn taken(change: &Change) -> Vec<Key> {
    match change {
        Change::CreateGroup { name, .. } | Change::SetGroup { name: Edit::Set(name), .. } => {
            vec![Key::Group(fold(name))]
        }
        Change::CreateAccount { attributes, .. } => {
            let username = attributes.username.as_deref().map(|text| Key::Username(fold(text)));
            let email = attributes.email.as_deref().map(|text| Key::Email(fold(text)));
            username.into_iter().chain(email).collect()
        }
        Change::SetAccount { edits, .. } => {
            let username = if let Edit::Set(text) = &edits.username { Some(Key::Username(fold(text))) } else { None };
            let email = if let Edit::Set(text) = &edits.email { Some(Key::Email(fold(text))) } else { None };
            username.into_iter().chain(email).collect()
        }
        _ => Vec::new(),
    }
}
