//! Which kind of directory a file comes from.

use super::*;

#[test]
fn a_file_is_read_by_the_marks_of_who_wrote_it() {
    let of = |classes: &[&[&str]]| {
        let entries: Vec<_> = classes.iter().map(|classes| of_classes(classes)).collect();
        Schema::detect(entries.iter())
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
    let of = |entries: &[Entry]| Schema::detect(entries.iter());
    let disabled = ("msds-useraccountdisabled", "FALSE");
    let category = |schema: &'static str| ("objectcategory", schema);
    let of_lds = category("CN=Person,CN=Schema,CN=Configuration,CN={8A0E5E22-59C5-4A7C-9F2B-0E0F6D8E2A11}");
    let of_domain = category("CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example");

    assert_eq!(of(&[user(&[disabled]), user(&[])]), Schema::AdLds);
    assert_eq!(of(&[user(&[("msds-userpasswordexpired", "TRUE")])]), Schema::AdLds);
    assert_eq!(of(&[of_classes(&["top", "userProxy"])]), Schema::AdLds);
    // Only AD LDS has a schema with such a name, whatever else the accounts have.
    assert_eq!(of(&[user(&[of_lds])]), Schema::AdLds);
    assert_eq!(of(&[user(&[("samaccountname", "ada"), of_lds])]), Schema::AdLds);
    // A wrong answer must not lose disabled accounts, so the attributes of domain accounts decide.
    assert_eq!(of(&[user(&[of_domain])]), Schema::ActiveDirectory);
    assert_eq!(of(&[user(&[])]), Schema::ActiveDirectory);
    for mark in ["samaccountname", "useraccountcontrol", "primarygroupid"] {
        assert_eq!(of(&[user(&[disabled]), user(&[(mark, "1")])]), Schema::ActiveDirectory, "{mark}");
        assert_eq!(of(&[user(&[(mark, "1")]), user(&[disabled])]), Schema::ActiveDirectory, "{mark}");
    }
}
