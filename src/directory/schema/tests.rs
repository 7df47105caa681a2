//! Which entries are users and groups, and what is read of them.

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
        let effective = Effective::of_file(&settings("dc=x"), schema).unwrap();
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
        (Schema::AdLds, with("msds-useraccountdisabled", &["TRUE"]), Disabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["true "]), Disabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["FALSE"]), Enabled),
        (Schema::AdLds, with("msds-useraccountdisabled", &["yes"]), Unknown),
        (Schema::AdLds, with("msds-userpasswordexpired", &["TRUE"]), Enabled),
        (Schema::AdLds, with("useraccountcontrol", &["514"]), Enabled),
        (Schema::AdLds, Entry::default(), Enabled),
        (Schema::Rfc2307bis, with("logindisabled", &["TRUE"]), Disabled),
        (Schema::Rfc2307bis, with("logindisabled", &["FALSE"]), Enabled),
        (Schema::Rfc2307bis, with("ibm-pwdaccountlocked", &["true"]), Disabled),
    ] {
        assert_eq!(state_of(schema, &entry), (state, None), "{schema:?} {entry:?}");
    }
}

/// The state without the cause of a doubt, and the expiry.
fn state_of(schema: Schema, entry: &Entry) -> (AccountState, Option<jiff::Timestamp>) {
    let (state, expires) = schema.account_state(entry);
    (state.account_state(), expires)
}

#[test]
fn a_lock_of_the_password_policy_that_never_ends_disables_the_account() {
    use AccountState::{Disabled, Enabled};
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis] {
        for (value, state) in [
            ("000001010000Z", Disabled),
            ("00000101000000Z", Disabled),
            ("0000010100Z", Disabled),
            ("000001010000+0000", Disabled),
            ("00000101000000.0Z", Disabled),
            ("000001010100+0100", Disabled),
            ("20251126093000Z", Enabled),
            ("20251126093000.123456Z", Enabled),
            ("000001010001Z", Enabled),
            ("000001010000+0100", Enabled),
            ("000001010000", Enabled),
            ("", Enabled),
        ] {
            let entry = with("pwdaccountlockedtime", &[value]);
            assert_eq!(state_of(schema, &entry), (state, None), "{schema:?} {value}");
        }
        let attributes = Effective::of_server(&settings("dc=x"), schema).unwrap();
        assert!(attributes.user_attributes().contains(&"pwdAccountLockedTime"), "it is operational, so asked by name");
    }
}

#[test]
fn an_unclear_state_names_the_attribute_and_its_value() {
    let cause = |schema: Schema, entry: &Entry| match schema.account_state(entry).0 {
        ShownState::Unclear(cause) => *cause,
        other => panic!("{other:?}"),
    };
    let hidden = UnclearState::Hidden { attribute: "userAccountControl" };
    assert_eq!(cause(Schema::ActiveDirectory, &Entry::default()), hidden);
    let mut both = with("accountexpires", &["20200101000000.0Z"]);
    assert_eq!(cause(Schema::ActiveDirectory, &both), hidden, "what is hidden comes first");
    both.attributes.insert("useraccountcontrol".to_owned(), vec![b"512".to_vec()]);
    for (schema, entry, attribute, value) in [
        (Schema::ActiveDirectory, with("useraccountcontrol", &["enabled"]), "userAccountControl", "enabled"),
        (Schema::ActiveDirectory, both, "accountExpires", "20200101000000.0Z"),
        (Schema::AdLds, with("accountexpires", &[" "]), "accountExpires", " "),
        (Schema::AdLds, with("msds-useraccountdisabled", &["1"]), "msDS-UserAccountDisabled", "1"),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["never"]), "krbPrincipalExpiration", "never"),
        (Schema::Rfc2307bis, with("loginexpirationtime", &["soon"]), "loginExpirationTime", "soon"),
    ] {
        match cause(schema, &entry) {
            UnclearState::Value { attribute: named, value: shown, form } => {
                assert_eq!((named, &*shown), (attribute, value), "{schema:?}");
                assert!(!form.is_empty());
            }
            other @ UnclearState::Hidden { .. } => panic!("{schema:?} {other:?}"),
        }
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
        (Schema::FreeIpa, with("krbprincipalexpiration", &["2025010100Z"]), (Enabled, time())),
        (Schema::FreeIpa, with("krbprincipalexpiration", &["20250101020000.0+0200"]), (Enabled, time())),
        (Schema::AdLds, with("accountexpires", &["133801632000000000"]), (Enabled, time())),
        (Schema::Rfc2307bis, with("shadowexpire", &["1"]), (Enabled, None)),
        (Schema::Rfc2307bis, with("loginexpirationtime", &["20250101000000Z"]), (Enabled, time())),
    ] {
        assert_eq!(state_of(schema, &entry), account, "{schema:?} {entry:?}");
    }
}

#[test]
fn a_primary_group_is_told_by_the_users_own_domain() {
    let schema = Schema::ActiveDirectory;
    let mut user = with("objectsid", &["S-1-5-21-1-2-3-1104"]);
    assert_eq!(schema.primary_group(&user).unwrap(), ShownPrimary::Hidden, "every account has one");
    user.attributes.insert("primarygroupid".to_owned(), vec![b"513".to_vec()]);
    let group = |sid| schema.primary_group_id(&with("objectsid", &[sid])).unwrap();
    let primary = schema.primary_group(&user).unwrap();
    assert_eq!(primary, group("S-1-5-21-1-2-3-513"));
    assert!(matches!(primary, ShownPrimary::Id(PrimaryGroupId::Sid(_))));
    assert_ne!(primary, group("S-1-5-21-9-9-9-513"));
    assert_eq!(Schema::AdLds.primary_group(&user).unwrap(), ShownPrimary::None);
    assert_eq!(Schema::Rfc2307bis.primary_group(&user).unwrap(), ShownPrimary::None);
    assert!(schema.primary_group_id(&with("objectsid", &["S"])).is_err());
}

#[test]
fn a_posix_primary_group_is_told_by_its_number() {
    let gid = |number| ShownPrimary::Id(PrimaryGroupId::GidNumber(number));
    let entry = |class: &str, numbers: &[&str]| {
        let mut entry = of_classes(&[class]);
        let values = numbers.iter().map(|number| number.as_bytes().to_vec()).collect();
        entry.attributes.insert("gidnumber".to_owned(), values);
        entry
    };
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa] {
        let user = |class: &str, numbers: &[&str]| schema.primary_group(&entry(class, numbers)).unwrap();
        let group = |class: &str, numbers: &[&str]| schema.primary_group_id(&entry(class, numbers)).unwrap();
        assert_eq!(user("posixAccount", &["500"]), gid(500));
        assert_eq!(user("posixAccount", &[" 0500 "]), gid(500));
        assert_eq!(user("inetOrgPerson", &["4294967294"]), gid(4_294_967_294));
        assert_eq!(user("inetOrgPerson", &[]), ShownPrimary::None, "who is no POSIX account has none");
        assert_eq!(user("POSIXACCOUNT", &[]), ShownPrimary::Hidden, "a POSIX account has one");
        assert_eq!(user("inetOrgPerson", &["staff"]), ShownPrimary::Hidden, "what cannot be read may be any");
        assert_eq!(group("posixGroup", &["500"]), gid(500));
        assert_eq!(group("posixGroup", &[]), ShownPrimary::Hidden);
        assert_eq!(group("groupOfNames", &[]), ShownPrimary::None);
    }
    assert_eq!(Schema::ActiveDirectory.primary_group_id(&entry("group", &["500"])).unwrap(), ShownPrimary::None);
}

#[test]
fn a_dynamic_group_is_known_by_its_search_or_its_class() {
    let search = "ldap:///ou=people,dc=x??sub?(title=boss)";
    for (classes, attributes, dynamic) in [
        (&["groupOfURLs"][..], &[("memberurl", search)][..], Dynamic::Pure),
        // The search may be hidden.
        (&["top", "GROUPOFURLS"], &[], Dynamic::Pure),
        (&["groupOfNames", "groupOfURLs"], &[("memberurl", search)], Dynamic::Mixed),
        (&["groupOfNames", "extensibleObject"], &[("memberurl", search)], Dynamic::Mixed),
        (&["groupOfNames", "labeledURIObject"], &[("labeleduri", "LDAP:///dc=x??sub?(uid=*)")], Dynamic::Mixed),
        (&["dynamicGroup"], &[("memberqueryurl", search)], Dynamic::Mixed),
        (&["groupOfNames", "labeledURIObject"], &[("labeleduri", "https://example.test Our page")], Dynamic::No),
        (&["groupOfNames"], &[], Dynamic::No),
        (&["posixGroup"], &[], Dynamic::No),
    ] {
        let mut entry = of_classes(classes);
        for (name, value) in attributes {
            entry.attributes.insert((*name).to_owned(), vec![value.as_bytes().to_vec()]);
        }
        for schema in [Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa] {
            assert_eq!(schema.dynamic(&entry), dynamic, "{classes:?} {attributes:?}");
        }
        assert_eq!(Schema::ActiveDirectory.dynamic(&entry), Dynamic::No);
    }
    for schema in [Schema::Rfc2307, Schema::Rfc2307bis, Schema::FreeIpa] {
        let asked = Effective::of_server(&settings("dc=x"), schema).unwrap();
        assert!(asked.group_attributes().contains(&"memberURL") && asked.group_attributes().contains(&"gidNumber"));
    }
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
fn a_file_of_ad_lds_is_told_from_one_of_active_directory() {
    let user = |attributes: &[(&str, &str)]| {
        let mut entry = of_classes(&["top", "person", "organizationalPerson", "user"]);
        for (name, value) in attributes {
            entry.attributes.insert((*name).to_owned(), vec![value.as_bytes().to_vec()]);
        }
        entry
    };
    let of = |entries: &[Entry]| Schema::of_entries(entries.iter());
    let disabled = ("msds-useraccountdisabled", "FALSE");
    let category = |schema: &'static str| ("objectcategory", schema);
    let of_lds = category("CN=Person,CN=Schema,CN=Configuration,CN={8A0E5E22-59C5-4A7C-9F2B-0E0F6D8E2A11}");
    let of_domain = category("CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example");

    assert_eq!(of(&[user(&[disabled]), user(&[])]), Schema::AdLds);
    assert_eq!(of(&[user(&[("msds-userpasswordexpired", "TRUE")])]), Schema::AdLds);
    assert_eq!(of(&[of_classes(&["top", "userProxy"])]), Schema::AdLds);
    // Whatever the accounts were given beside, nobody else has a schema of that name.
    assert_eq!(of(&[user(&[of_lds])]), Schema::AdLds);
    assert_eq!(of(&[user(&[("samaccountname", "ada"), of_lds])]), Schema::AdLds);
    // A wrong guess must lose no disabled account: what an account of a domain has goes before.
    assert_eq!(of(&[user(&[of_domain])]), Schema::ActiveDirectory);
    assert_eq!(of(&[user(&[])]), Schema::ActiveDirectory);
    for mark in ["samaccountname", "useraccountcontrol", "primarygroupid"] {
        assert_eq!(of(&[user(&[disabled]), user(&[(mark, "1")])]), Schema::ActiveDirectory, "{mark}");
        assert_eq!(of(&[user(&[(mark, "1")]), user(&[disabled])]), Schema::ActiveDirectory, "{mark}");
    }
}

#[test]
fn every_default_parses_and_names_itself() {
    for schema in ALL {
        let effective = Effective::of_server(&settings("dc=x"), schema).unwrap();
        assert_eq!(effective.described()["schema"], schema.name());
        assert_eq!(Filter::parse(&effective.users.filter.to_string()), Ok(effective.users.filter));
    }
}
