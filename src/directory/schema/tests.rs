//! Which entries are users and groups, and what is read of them.

use super::{Effective, Kind, Schema};
use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::directory::settings::{DirectorySettings, GroupScope, SchemaChoice, Source, UserScope};
use crate::sync::snapshot::AccountState;

const ALL: [Schema; 4] = [Schema::ActiveDirectory, Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa];

/// Settings that leave everything to the schema.
pub(in crate::directory) fn settings(base: &str) -> DirectorySettings {
    DirectorySettings {
        base_dn: base.to_owned(),
        schema: SchemaChoice::Auto,
        groups: GroupScope::default(),
        users: UserScope::default(),
        source: Source::Ldif { origin: "test.ldif".to_owned(), content: Vec::new() },
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
    use Schema::{ActiveDirectory, FreeIpa, Rfc2307, Rfc2307bis};
    for (schema, classes, kind) in [
        (ActiveDirectory, &["top", "person", "organizationalPerson", "user"][..], Kind::User),
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
        let effective = Effective::of_file(&settings("dc=x"), schema).unwrap();
        for classes in [
            &["top", "person", "organizationalPerson", "user"][..],
            &["user", "computer"],
            &["group"],
            &["posixGroup"],
            &["groupOfUniqueNames"],
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
fn a_disabled_account_is_told_where_the_directory_says_so() {
    use AccountState::{Disabled, Enabled, Unknown};
    for (schema, entry, state) in [
        (Schema::ActiveDirectory, with("useraccountcontrol", &["512"]), Enabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["514"]), Disabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["66050"]), Disabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["-2147483646"]), Disabled),
        (Schema::ActiveDirectory, with("useraccountcontrol", &["what"]), Unknown),
        (Schema::ActiveDirectory, Entry::default(), Unknown),
        (Schema::FreeIpa, with("nsaccountlock", &["TRUE"]), Disabled),
        (Schema::FreeIpa, with("nsaccountlock", &["false"]), Enabled),
        (Schema::Rfc2307bis, with("nsaccountlock", &["true"]), Disabled),
        (Schema::Rfc2307bis, Entry::default(), Enabled),
        (Schema::Rfc2307, Entry::default(), Enabled),
    ] {
        assert_eq!(schema.account_state(&entry), (state, None), "{schema:?} {entry:?}");
    }
}

#[test]
fn an_account_expires_when_the_directory_says_so() {
    use AccountState::{Disabled, Enabled, Unknown};
    let both = |state: &str, attribute: &str, value: &str| {
        let mut entry = with(attribute, &[value]);
        entry.attributes.insert("useraccountcontrol".to_owned(), vec![state.into()]);
        entry
    };
    let time = || Some("2025-01-01T00:00:00Z".parse().unwrap());
    for (schema, entry, account) in [
        (Schema::ActiveDirectory, both("512", "accountexpires", "133801632000000000"), (Enabled, time())),
        (Schema::ActiveDirectory, both("514", "accountexpires", "133801632000000000"), (Disabled, time())),
        (Schema::ActiveDirectory, both("512", "accountexpires", "9223372036854775807"), (Enabled, None)),
        (Schema::ActiveDirectory, both("512", "accountexpires", "tomorrow"), (Unknown, None)),
        (Schema::ActiveDirectory, both("514", "accountexpires", "tomorrow"), (Disabled, None)),
        (Schema::ActiveDirectory, with("accountexpires", &["133801632000000000"]), (Unknown, time())),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["20250101000000Z"]), (Enabled, time())),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["2025"]), (Unknown, None)),
        (Schema::Rfc2307bis, with("shadowexpire", &["1"]), (Enabled, None)),
    ] {
        assert_eq!(schema.account_state(&entry), account, "{schema:?} {entry:?}");
    }
}

#[test]
fn a_primary_group_is_told_by_the_users_own_domain() {
    let mut user = with("objectsid", &["S-1-5-21-1-2-3-1104"]);
    assert_eq!(Schema::ActiveDirectory.primary_group(&user).unwrap(), None);
    user.attributes.insert("primarygroupid".to_owned(), vec![b"513".to_vec()]);
    let group = |sid| Schema::ActiveDirectory.security_id(&with("objectsid", &[sid])).unwrap();
    let primary = Schema::ActiveDirectory.primary_group(&user).unwrap();
    assert_eq!(primary, group("S-1-5-21-1-2-3-513"));
    assert!(primary.is_some());
    assert_ne!(primary, group("S-1-5-21-9-9-9-513"));
    assert_eq!(Schema::Rfc2307bis.primary_group(&user).unwrap(), None);
    assert!(Schema::ActiveDirectory.security_id(&with("objectsid", &["S"])).is_err());
}

#[test]
fn settings_go_before_defaults() {
    let mut settings = settings("DC=corp,DC=example");
    settings.groups.base_dn = Some("OU=Groups,DC=corp,DC=example".to_owned());
    settings.groups.name = Some("sAMAccountName".to_owned());
    settings.users.filter = Some("(department=BI)".to_owned());
    settings.users.username = Some("userPrincipalName".to_owned());
    let effective = Effective::of_server(&settings, Schema::ActiveDirectory).unwrap();
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
    let attributes = |schema| Effective::of_server(&settings, schema).unwrap().user_attributes().contains(&"uid");
    assert!(attributes(Schema::Rfc2307) && attributes(Schema::Rfc2307bis));
    assert!(!attributes(Schema::ActiveDirectory) && !attributes(Schema::FreeIpa));
}

#[test]
fn settings_that_do_not_parse_are_named_by_their_field() {
    let broken = |change: fn(&mut DirectorySettings)| {
        let mut settings = settings("dc=x");
        change(&mut settings);
        match Effective::of_file(&settings, Schema::Rfc2307bis) {
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
fn a_file_is_read_by_the_marks_of_who_wrote_it() {
    let of = |classes: &[&[&str]]| {
        let entries: Vec<_> = classes.iter().map(|classes| of_classes(classes)).collect();
        Schema::of_entries(entries.iter())
    };
    assert_eq!(of(&[&["top", "domain"], &["top", "group"]]), Schema::ActiveDirectory);
    assert_eq!(of(&[&["top", "domain"], &["groupofnames", "ipausergroup", "ipaobject"]]), Schema::FreeIpa);
    assert_eq!(of(&[&["top", "domain"], &["groupOfNames"]]), Schema::Rfc2307bis);
    assert_eq!(of(&[]), Schema::Rfc2307bis);
}

#[test]
fn every_default_parses_and_names_itself() {
    for schema in ALL {
        let effective = Effective::of_server(&settings("dc=x"), schema).unwrap();
        assert_eq!(effective.described()["schema"], schema.name());
        assert_eq!(Filter::parse(&effective.users.filter.to_string()), Ok(effective.users.filter));
    }
}
