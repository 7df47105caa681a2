//! Entries of a small directory on a slapd, as LDIF.

/// The naming context.
pub(crate) const SUFFIX: &str = "dc=example,dc=test";

/// Organizational units below the naming context.
pub(crate) fn units(names: &[&str]) -> String {
    let unit = |name: &&str| format!("dn: ou={name},{SUFFIX}\nobjectClass: organizationalUnit\nou: {name}\n\n");
    names.iter().map(unit).collect::<Vec<_>>().concat()
}

/// A person in `ou=people`, with the password `pw`.
pub(crate) fn person(name: &str) -> String {
    format!(
        "dn: {}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\nmail: {name}@example.test\n\
         userPassword: pw\n\n",
        person_dn(name)
    )
}

/// The name of a person's entry.
pub(crate) fn person_dn(name: &str) -> String {
    format!("uid={name},ou=people,{SUFFIX}")
}

/// A group in `ou=groups` of these people.
pub(crate) fn group(name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|member| format!("member: {}\n", person_dn(member))).collect();
    format!("dn: {}\nobjectClass: groupOfNames\ncn: {name}\n{}\n", group_dn(name), members.concat())
}

/// The name of a group's entry.
pub(crate) fn group_dn(name: &str) -> String {
    format!("cn={name},ou=groups,{SUFFIX}")
}

/// Change records: one of a group's people leaves it and another comes, a group gets another name, and one is deleted.
pub(crate) fn changes(
    (group, leaves, comes): (&str, &str, &str),
    (old_name, new_name): (&str, &str),
    deleted: &str,
) -> String {
    format!(
        "dn: {}\nchangetype: modify\ndelete: member\nmember: {}\n-\nadd: member\nmember: {}\n\n\
         dn: {}\nchangetype: modrdn\nnewrdn: cn={new_name}\ndeleteoldrdn: 1\n\n\
         dn: {}\nchangetype: delete\n",
        group_dn(group),
        person_dn(leaves),
        person_dn(comes),
        group_dn(old_name),
        group_dn(deleted),
    )
}
