//! Users that are shown as members and not added, because it is unknown whether the directory account may be used: what
//! is wrong with which attribute.

use std::collections::BTreeMap;

use crate::sync::escape::visible;
use crate::sync::snapshot::{ShownState, Snapshot, UnclearState, UserIndex};

/// The longest part of a value that a message shows, in characters.
const LONGEST: usize = 60;

/// A sentence for each attribute because of which it is unknown.
pub(super) fn sentences(undecided: &[UserIndex], label: &str, snapshot: &Snapshot) -> Vec<String> {
    let mut causes: BTreeMap<(&str, bool), Vec<(String, &UnclearState)>> = BTreeMap::new();
    for user in undecided.iter().filter_map(|user| snapshot.users.get(*user as usize)) {
        if let ShownState::Unclear(cause) = &user.state {
            let key = match &**cause {
                UnclearState::Hidden { attribute } => (*attribute, true),
                UnclearState::Value { attribute, .. } => (*attribute, false),
            };
            causes.entry(key).or_default().push((shown(&user.label()), cause));
        }
    }
    causes.into_values().filter_map(|users| sentence(&users, label)).collect()
}

fn sentence(users: &[(String, &UnclearState)], label: &str) -> Option<String> {
    let (person, cause) = users.iter().min_by_key(|(name, _)| name)?;
    let (who, whose) = match users.len() {
        1 => (format!("1 member of {label}"), "the directory account is"),
        count => (format!("{count} members of {label}"), "their directory accounts are"),
    };
    let why = match cause {
        UnclearState::Hidden { attribute } => {
            format!("it cannot be read whether {whose} disabled: grant the bind account read access to {attribute}")
        }
        UnclearState::Value { attribute, value, form } => format!(
            "it is unknown whether {whose} disabled: {attribute} of {person} is `{}` and must be {form}",
            shown(value)
        ),
    };
    Some(format!("{who} cannot be added because {why}"))
}

fn shown(value: &str) -> String {
    let value = visible(value, false);
    let mut shown: String = value.chars().take(LONGEST).collect();
    if value.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
