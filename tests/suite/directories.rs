//! Settings that read the harness's directory servers, and queries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use directory_group_sync::directory::settings::{
    Credentials, DirectorySettings, GroupScope, LdapSettings, SchemaChoice, Source, TlsMode, UserScope,
};
use directory_group_sync::directory::{self, Directory, Query, Selector};
use directory_group_sync::sync::snapshot::{DirectoryGroup, Snapshot};
use directory_group_sync::traffic::Traffic;

use crate::harness::samba::Account;
use crate::harness::{OpenLdap, SambaAd};

/// Settings for servers that an account reads over LDAPS, trusting this authority alone.
pub(crate) fn ldaps(base: &str, server: &str, authority: &str, username: &str, password: &str) -> DirectorySettings {
    DirectorySettings {
        base_dn: base.to_owned(),
        schema: SchemaChoice::Auto,
        groups: GroupScope::default(),
        users: UserScope::default(),
        source: Source::Ldap(LdapSettings {
            servers: vec![server.to_owned()],
            tls: TlsMode::Ldaps,
            server_name: None,
            authorities: Some(authority.as_bytes().to_vec().into()),
            allow_plaintext_password: false,
            credentials: Credentials::Simple { username: username.into(), password: password.to_owned().into() },
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            traffic: Traffic::default(),
        }),
    }
}

/// Settings for an OpenLDAP server and the account `uid=NAME,ou=people,…` with the password `pw`.
pub(crate) fn open_ldap(server: &OpenLdap, name: &str) -> DirectorySettings {
    let username = format!("uid={name},ou=people,{}", server.suffix());
    ldaps(server.suffix(), &server.tls_address(), server.certificates().ca(), &username, "pw")
}

/// Settings for a Samba domain and an account of it.
pub(crate) fn samba(server: &SambaAd, account: &Account) -> DirectorySettings {
    ldaps(SambaAd::BASE, &server.address(), server.certificates().ca(), &account.principal, &account.password)
}

/// Changes what `spec.ldap` says.
pub(crate) fn with(mut settings: DirectorySettings, change: impl FnOnce(&mut LdapSettings)) -> DirectorySettings {
    if let Source::Ldap(ldap) = &mut settings.source {
        change(ldap);
    }
    settings
}

/// The adapter for these settings.
pub(crate) fn open(settings: DirectorySettings) -> Box<dyn Directory> {
    directory::open(settings).expect("settings of ours")
}

/// Every group of the base.
pub(crate) fn every_group() -> Query {
    Query {
        selectors: vec![Selector::Filter { filter: "(objectClass=*)".into(), base: None }],
        exclude: Vec::new(),
        nested: false,
    }
}

/// The groups with these names.
pub(crate) fn named(names: &[&str]) -> Query {
    Query {
        selectors: names.iter().map(|name| Selector::Name((*name).to_owned())).collect(),
        exclude: Vec::new(),
        nested: false,
    }
}

/// The same with the members of member groups.
pub(crate) fn nested(query: Query) -> Query {
    Query { nested: true, ..query }
}

/// The group of this name.
pub(crate) fn group<'a>(snapshot: &'a Snapshot, name: &str) -> &'a DirectoryGroup {
    snapshot
        .groups
        .iter()
        .find(|group| group.name.first() == Some(name))
        .unwrap_or_else(|| panic!("no group `{name}` among {:?}", snapshot.groups))
}

/// The usernames of a group's members, sorted.
pub(crate) fn members(snapshot: &Snapshot, group: &DirectoryGroup) -> Vec<String> {
    let users = group.members.iter().map(|index| &snapshot.users[*index as usize]);
    let mut names: Vec<String> =
        users.map(|user| user.attributes.username.first().unwrap_or_default().to_owned()).collect();
    names.sort_unstable();
    names
}

/// The usernames of a group's members and of those of its member groups, each once, sorted.
pub(crate) fn transitive_members(snapshot: &Snapshot, group: &DirectoryGroup) -> Vec<String> {
    let mut known = BTreeMap::from([(group.id, group)]);
    let mut open = vec![group];
    let mut names = BTreeSet::new();
    while let Some(group) = open.pop() {
        names.extend(members(snapshot, group));
        for id in &group.subgroups {
            let found = snapshot.groups.iter().find(|group| group.id == *id).or_else(|| snapshot.subgroups.get(id));
            let found = found.unwrap_or_else(|| panic!("{id} was not read"));
            if known.insert(*id, found).is_none() {
                open.push(found);
            }
        }
    }
    names.into_iter().collect()
}
