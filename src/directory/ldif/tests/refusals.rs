//! Files that are refused.

use super::*;

const EXPORT: &str = "`ldapsearch -x -E pr=1000/noprompt -b 'dc=x' '(objectClass=*)' '*' '+' > FILE.new && mv FILE.new FILE`, without `-LLL`";

#[tokio::test]
async fn a_file_that_lacks_identities_is_refused_with_the_command_that_adds_them() {
    let error = refusal("dc=x", &format!("{BASE}\ndn: uid=a,dc=x\nobjectClass: inetOrgPerson\nuid: a\n")).await;
    assert!(error.starts_with("reading corp.ldif: line 5: the entry has none of"), "{error}");
    assert!(error.contains(EXPORT), "{error}");

    let error = refusal("dc=x", &format!("{BASE}\ndn: cn=a,dc=x\nobjectClass: groupOfNames\n")).await;
    assert!(error.contains("line 5") && error.contains(EXPORT), "{error}");

    let error = refusal("dc=y,dc=x", BASE).await;
    assert!(error.starts_with("spec.baseDN: corp.ldif has no entry `dc=y,dc=x`"), "{error}");

    let error = refusal("dc=x", "dn: dc=x\nobjectClass: domain\n").await;
    assert!(error.starts_with("spec.baseDN: line 1 of corp.ldif") && error.contains(EXPORT), "{error}");
}

#[tokio::test]
async fn entries_that_are_neither_users_nor_groups_need_no_identity() {
    let content = format!("{BASE}\ndn: ou=a,dc=x\nobjectClass: organizationalUnit\n");
    assert!(everything("dc=x", content.as_bytes()).await.groups.is_empty());
}

#[tokio::test]
async fn one_identity_has_one_entry() {
    let error = refusal("dc=x", &format!("{BASE}\n{}", BASE.replace("dn: dc=x", "dn: cn=a,dc=x"))).await;
    assert!(error.contains("line 5") && error.contains("the entry in line 1;"), "{error}");
}

#[tokio::test]
async fn a_reference_to_data_is_refused() {
    for (url, harmless) in [
        ("ldap://x/CN=Configuration,DC=corp,DC=x", true),
        ("ldap://x/DC=DomainDnsZones,DC=corp,DC=x", true),
        ("ldap://x/DC=elsewhere", true),
        ("ldap://x/DC=sub,DC=corp,DC=x", false),
        ("ldap://x/DC=sub%20a,DC=corp,DC=x", false),
        ("ldap://x/", false),
    ] {
        let base = "dn: DC=corp,DC=x\nobjectClass: domainDNS\nobjectGUID: 00000000-0000-4000-8000-000000000001\n";
        let content = format!("{base}\nref: {url}\n");
        let read = read(settings("DC=corp,DC=x"), content.as_bytes(), &by_filter("(cn=*)")).await;
        assert_eq!(read.is_ok(), harmless, "{url}: {read:?}");
    }
}

#[tokio::test]
async fn a_filter_that_only_a_server_evaluates_is_refused() {
    let refused = read(settings("dc=example,dc=org"), RFC2307, &by_filter("(gidNumber>=20001)")).await.unwrap_err();
    assert!(refused.to_string().starts_with("spec.groups[0].filter: `(gidNumber>=20001)`"), "{refused}");
}
