//! Which entries are users and groups, and which attributes are read.

mod detection;
mod state;
mod unlisted;

use super::{Dynamic, Effective, Kind, PrimaryGroupId, Schema, ShownPrimary};
use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::directory::settings::{DirectorySettings, GroupScope, SchemaChoice, Source, UserScope};
use crate::sync::snapshot::{AccountState, ShownState, UnclearState};

const ALL: [Schema; 5] = [Schema::ActiveDirectory, Schema::AdLds, Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa];

/// Settings that leave everything to the schema.
pub(in crate::directory) fn settings(base: &str) -> DirectorySettings {
    DirectorySettings {
        base_dn: base.to_owned(),
        schema: SchemaChoice::Auto,
        groups: GroupScope::default(),
        users: UserScope::default(),
        source: Source::Ldif { origin: "test.ldif".to_owned(), content: Vec::new().into() },
    }
}

fn of_classes(classes: &[&str]) -> Entry {
    with("objectclass", classes)
}

fn with(attribute: &str, values: &[&str]) -> Entry {
    let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
    Entry { dn: "cn=a,dc=x".to_owned(), attributes: [(attribute.to_owned(), values)].into() }
}

#[test]
fn object_classes_tell_users_and_groups() {
    use Schema::{ActiveDirectory, AdLds, FreeIpa, Rfc2307, Rfc2307bis};
    for (schema, classes, kind) in [
        (AdLds, &["top", "person", "organizationalPerson", "user"][..], Kind::User),
        (AdLds, &["top", "person", "organizationalPerson", "user", "inetOrgPerson"], Kind::User),
        (AdLds, &["top", "userProxy"], Kind::User),
        (AdLds, &["top", "person", "organizationalPerson", "userProxyFull"], Kind::User),
        (AdLds, &["top", "person", "organizationalPerson", "user", "computer"], Kind::Other),
        (AdLds, &["top", "foreignSecurityPrincipal"], Kind::Foreign),
        (AdLds, &["top", "group"], Kind::Group),
        (Rfc2307bis, &["groupOfURLs"], Kind::Group),
        (ActiveDirectory, &["top", "person", "organizationalPerson", "user"], Kind::User),
        (ActiveDirectory, &["top", "person", "organizationalPerson", "user", "computer"], Kind::Other),
        (
            ActiveDirectory,
            &["top", "person", "organizationalPerson", "user", "computer", "msDS-GroupManagedServiceAccount"],
            Kind::Other,
        ),
        (ActiveDirectory, &["top", "person", "organizationalPerson", "contact"], Kind::Other),
        (ActiveDirectory, &["top", "foreignSecurityPrincipal"], Kind::Foreign),
        (ActiveDirectory, &["top", "group"], Kind::Group),
        (Rfc2307, &["posixGroup"], Kind::Group),
        (Rfc2307, &["account", "posixAccount"], Kind::User),
        (Rfc2307bis, &["groupOfNames"], Kind::Group),
        (Rfc2307bis, &["groupOfUniqueNames"], Kind::Group),
        (Rfc2307bis, &["groupOfMembers", "posixGroup"], Kind::Group),
        (Rfc2307bis, &["INETORGPERSON"], Kind::User),
        (Rfc2307bis, &["nsPerson", "nsAccount"], Kind::User),
        (Rfc2307bis, &["account", "ipHost"], Kind::Other),
        (Rfc2307bis, &["organizationalUnit"], Kind::Other),
        (FreeIpa, &["groupofnames", "nestedgroup", "ipausergroup", "ipaobject"], Kind::Group),
        (FreeIpa, &["inetorgperson", "posixaccount", "ipaobject"], Kind::User),
        (FreeIpa, &["groupofnames", "ipahostgroup"], Kind::Other),
    ] {
        assert_eq!(schema.kind(&of_classes(classes)), kind, "{schema:?} {classes:?}");
    }
}

#[test]
fn default_filters_match_what_the_classes_say() {
    for schema in ALL {
        let effective = Effective::for_file(&settings("dc=x"), schema).unwrap();
        for classes in [
            &["top", "person", "organizationalPerson", "user"][..],
            &["user", "computer"],
            &["group"],
            &["posixGroup"],
            &["groupOfUniqueNames"],
            &["groupOfURLs"],
            &["userProxy"],
            &["ipausergroup", "groupofnames"],
            &["inetOrgPerson", "posixAccount"],
        ] {
            let entry = of_classes(classes);
            let kind = schema.kind(&entry);
            if effective.groups.filter.evaluate(&entry) {
                assert_eq!(kind, Kind::Group, "{schema:?} {classes:?}");
            }
            if effective.users.filter.evaluate(&entry) {
                assert_eq!(kind, Kind::User, "{schema:?} {classes:?}");
            }
            assert_eq!(
                effective.filter_of_named_group().evaluate(&entry),
                kind == Kind::Group,
                "{schema:?} {classes:?}"
            );
        }
    }
}

#[test]
fn settings_go_before_defaults() {
    let mut settings = settings("DC=corp,DC=example");
    settings.groups.base_dn = Some("OU=Groups,DC=corp,DC=example".to_owned());
    settings.groups.name = Some("sAMAccountName".to_owned());
    settings.users.filter = Some("(department=BI)".to_owned());
    settings.users.username = Some("userPrincipalName".to_owned());
    let effective = Effective::for_server(&settings, Schema::ActiveDirectory).unwrap();
    let described = effective.described();
    let described: Vec<_> = described.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    assert_eq!(
        described,
        [
            ("groups.attributes.description", "description"),
            ("groups.attributes.name", "sAMAccountName"),
            ("groups.baseDN", "OU=Groups,DC=corp,DC=example"),
            ("groups.filter", "(objectClass=group)"),
            ("schema", "ActiveDirectory"),
            ("users.attributes.displayName", "displayName"),
            ("users.attributes.email", "mail"),
            ("users.attributes.firstName", "givenName"),
            ("users.attributes.lastName", "sn"),
            ("users.attributes.phone", "telephoneNumber"),
            ("users.attributes.username", "userPrincipalName"),
            ("users.baseDN", "DC=corp,DC=example"),
            ("users.filter", "(department=BI)"),
        ]
    );
    assert_eq!(effective.group_attributes(), ["objectGUID", "sAMAccountName", "description", "member", "objectSid"]);
    assert_eq!(
        effective.user_attributes(),
        [
            "objectGUID",
            "userPrincipalName",
            "mail",
            "givenName",
            "sn",
            "displayName",
            "telephoneNumber",
            "userAccountControl",
            "accountExpires",
            "objectSid",
            "primaryGroupID"
        ]
    );
}

#[test]
fn users_are_read_with_the_uid_that_member_uid_names() {
    let mut settings = settings("dc=x");
    settings.users.username = Some("mail".to_owned());
    let attributes = |schema| Effective::for_server(&settings, schema).unwrap().user_attributes().contains(&"uid");
    assert!(attributes(Schema::Rfc2307) && attributes(Schema::Rfc2307bis));
    assert!(!attributes(Schema::ActiveDirectory) && !attributes(Schema::FreeIpa));
}

#[test]
fn settings_that_do_not_parse_are_named_by_their_field() {
    let broken = |change: fn(&mut DirectorySettings)| {
        let mut settings = settings("dc=x");
        change(&mut settings);
        match Effective::for_file(&settings, Schema::Rfc2307bis) {
            Err(Error::Configuration { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(broken(|settings| settings.base_dn = "example.com".to_owned()), "spec.baseDN");
    assert_eq!(broken(|settings| settings.groups.base_dn = Some("x".to_owned())), "spec.groups.baseDN");
    assert_eq!(broken(|settings| settings.users.filter = Some("x".to_owned())), "spec.users.filter");
    assert_eq!(broken(|settings| settings.users.filter = Some("(uid>=1)".to_owned())), "spec.users.filter");
}

#[test]
fn every_default_parses_and_names_itself() {
    for schema in ALL {
        let effective = Effective::for_server(&settings("dc=x"), schema).unwrap();
        assert_eq!(effective.described()["schema"], schema.name());
        assert_eq!(Filter::parse(&effective.users.filter.to_string()), Ok(effective.users.filter));
    }
}
