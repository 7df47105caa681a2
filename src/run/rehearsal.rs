//! Rehearsal: everything that a run does, undone, and findings about the settings that a run ignores.

use super::apply::{self, Replanning};
use super::error::Error;
use super::guard::RunGuard;
use super::host::{RunHost, Step};
use super::outcome::{Outcome, previewed};
use super::read::{self, Read};
use super::settings::Settings;
use crate::directory::settings::DirectorySettings;
use crate::directory::{self, Query, Selector};
use crate::store::{Applied, Existence, unless_stopped};
use crate::sync::planning::plan;
use crate::sync::snapshot::{Snapshot, UserValues};
use crate::sync::values::Values;

/// The result of a rehearsal.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// The outcome, as of a preview.
    pub outcome: Outcome,
    /// The attributes that no entry of the read has.
    pub unseen: Vec<UnseenAttribute>,
}

/// An attribute of the settings that no entry has, because of a typing error or a missing read right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenAttribute {
    /// The field of the Directory.
    pub field: &'static str,
    /// Its name. `None`: the default of the schema.
    pub name: Option<String>,
    /// The kind of the entries: `user` or `group`.
    pub noun: &'static str,
    /// How many entries were read. 0: the attribute itself was searched for.
    pub entries: usize,
    /// Whether entries without it cannot be used.
    pub is_needed: bool,
}

/// Does what a run does, from the connection on, and undoes it. Unlike a preview, it fails if the store account may not
/// write.
///
/// # Errors
/// Those of the run.
pub async fn rehearse(settings: &Settings, host: &dyn RunHost) -> Result<Rehearsal, Error> {
    let guard = RunGuard::new(host, settings.timeout);
    let mut settings = settings.clone();
    settings.sync.preview();
    let store = host.open_store(&settings.store)?;
    let existence = unless_stopped(&guard, store.probe_writing()).await?;
    let read = read::read(&settings, &store, host, &guard).await?;
    let Read { mut snapshot, found, policy, capabilities, .. } = read;
    let mut unseen = unseen(&snapshot, &settings.directory);
    if snapshot.groups.is_empty() {
        unseen.extend(unless_stopped(&guard, name_of_no_group(&settings, host)).await?);
    }

    host.entered(Step::Planning);
    let planned = plan(&snapshot, &found, &policy, host.now())?;
    // Even empty tables may refuse something, but tables that do not exist yet refuse nothing.
    if planned.plan.changes.is_empty() || existence == Existence::NotYet {
        return Ok(Rehearsal { outcome: previewed(planned, &found, Some(Applied::default())), unseen });
    }
    drop((planned, found));
    let plan_again = Replanning { snapshot: &mut snapshot, policy: &policy, capabilities: &capabilities };
    let outcome = apply::rehearse(plan_again, &*store, host, &guard).await;
    Ok(Rehearsal { outcome: outcome.map_err(|error| error.naming(&capabilities.missing_rights))?, unseen })
}

/// If selectors by name select nothing, no group was read that could show the attribute. So groups with the attribute are
/// searched for.
async fn name_of_no_group(settings: &Settings, host: &dyn RunHost) -> Result<Option<UnseenAttribute>, Error> {
    let Some(name) = &settings.directory.groups.name else { return Ok(None) };
    let (mut directory, connected) = host.connect(directory::open(settings.directory.clone())?).await?;
    connected?;
    let selectors = vec![Selector::Filter { filter: format!("({name}=*)"), base: None }];
    let with_a_name = directory.snapshot(&Query { selectors, exclude: Vec::new(), nested: false }).await?;
    let field = "spec.groups.attributes.name";
    let unseen = UnseenAttribute { field, name: Some(name.clone()), noun: "group", entries: 0, is_needed: true };
    Ok(with_a_name.groups.is_empty().then_some(unseen))
}

/// One attribute of a user.
type Attribute = fn(&UserValues) -> &Values;

/// The default of an optional attribute is often not used: many directories have no telephone numbers.
fn unseen(snapshot: &Snapshot, settings: &DirectorySettings) -> Vec<UnseenAttribute> {
    let DirectorySettings { groups, users, .. } = settings;
    let of_users: [(&str, &Option<String>, Attribute); 6] = [
        ("spec.users.attributes.username", &users.username, |user| &user.username),
        ("spec.users.attributes.email", &users.email, |user| &user.email),
        ("spec.users.attributes.firstName", &users.first_name, |user| &user.first_name),
        ("spec.users.attributes.lastName", &users.last_name, |user| &user.last_name),
        ("spec.users.attributes.displayName", &users.display_name, |user| &user.display_name),
        ("spec.users.attributes.phone", &users.phone, |user| &user.phone),
    ];
    let mut unseen = Vec::new();
    for (field, name, values) in of_users {
        let is_needed = field == "spec.users.attributes.username";
        if (is_needed || name.is_some())
            && snapshot.users.iter().all(|user| *values(&user.attributes) == Values::Absent)
        {
            let (name, entries) = (name.clone(), snapshot.users.len());
            unseen.push(UnseenAttribute { field, name, noun: "user", entries, is_needed });
        }
    }
    let named = snapshot.groups.iter().any(|group| group.name != Values::Absent);
    let described = snapshot.groups.iter().any(|group| group.description != Values::Absent);
    for (field, name, is_needed, is_shown) in [
        ("spec.groups.attributes.name", &groups.name, true, named),
        ("spec.groups.attributes.description", &groups.description, false, described),
    ] {
        if (is_needed || name.is_some()) && !is_shown {
            let (name, entries) = (name.clone(), snapshot.groups.len());
            unseen.push(UnseenAttribute { field, name, noun: "group", entries, is_needed });
        }
    }
    unseen.retain(|attribute| attribute.entries > 0);
    unseen
}
