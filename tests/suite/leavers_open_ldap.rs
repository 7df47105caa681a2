//! Leavers of groups with a member value that matches no user, on a real slapd, through `sync -f`.

use serde_json::{Value, json};

use crate::entries::{SUFFIX, person, person_dn, units};
use crate::harness::OpenLdap;
use crate::ldap_files::{LdapFiles, trusted};
use crate::whole_run::Store;

/// Hides every entry that says so from everybody but the administrator.
const ACCESS: &str = "access to filter=(description=hidden) by * none\naccess to attrs=userPassword by anonymous auth\n\
                      access to * by users read by anonymous auth";

struct Company {
    directory: OpenLdap,
    files: LdapFiles,
    spec: Value,
}

impl Company {
    /// Four people and one selected group, which is this entry.
    fn with(group: &str, access: &str) -> Self {
        let entries = units(&["people", "groups"]) + &["reader", "ada", "bob", "cy"].map(person).concat() + group;
        let directory = OpenLdap::builder(SUFFIX).database(access).entries(&entries).start();
        let files = LdapFiles::new(Store::new(), SUFFIX, &person_dn("reader"), "pw");
        let files = files.trusting(directory.certificates().ca());
        Self { directory, files, spec: json!({"groups": [{"name": "BI"}]}) }
    }

    fn status(&self) -> Value {
        let ldap = trusted(&[&self.directory.tls_address()]);
        let output = self.files.command(&ldap, &self.spec, &["-o", "json"]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
        let objects: Value = serde_json::from_str(&printed).unwrap();
        objects[0]["status"].clone()
    }

    async fn group(&self) -> String {
        self.files.store.content().await.group("BI").unwrap()
    }

    fn change(&self, dn: &str, lines: &str) {
        self.directory.modify(&format!("dn: {dn},{SUFFIX}\nchangetype: modify\n{lines}\n"));
    }

    fn delete(&self, person: &str) {
        self.directory.modify(&format!("dn: uid={person},ou=people,{SUFFIX}\nchangetype: delete\n"));
    }
}

fn problem(status: &Value, kind: &str) -> String {
    let problems = status["problems"].as_array().into_iter().flatten();
    let mut of_kind = problems.filter(|problem| problem["kind"] == kind);
    of_kind.next().unwrap_or_else(|| panic!("{status:#}"))["message"].as_str().unwrap().to_owned()
}

fn names(members: &[&str]) -> String {
    let values = members.iter().map(|member| format!("member: {member}\n")).collect::<Vec<_>>().concat();
    format!("dn: cn=BI,ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: BI\n{values}\n")
}

fn dn(person: &str) -> String {
    format!("uid={person},ou=people,{SUFFIX}")
}

#[tokio::test]
async fn who_leaves_beside_a_placeholder_is_removed_at_once() {
    for placeholder in ["uid=NULL", "cn=nobody", "cn=admin,dc=example,dc=org"] {
        let company = Company::with(&names(&[placeholder, &dn("ada"), &dn("bob")]), ACCESS);
        let status = company.status();
        assert!(problem(&status, "Unresolved").contains(placeholder), "{status:#}");
        assert_eq!(company.group().await, "BI: ada bob");

        company.change("cn=BI,ou=groups", &format!("delete: member\nmember: {}", dn("bob")));
        let status = company.status();
        assert_eq!(
            (&status["current"]["members"], &status["current"]["waiting"]),
            (&json!(1), &json!(0)),
            "{status:#}"
        );
        assert_eq!(company.group().await, "BI: ada");
        assert!(problem(&status, "Unresolved").contains(placeholder), "{status:#}");
    }
}

#[tokio::test]
async fn nobody_hides_behind_a_placeholder_that_comes_later_or_a_name_that_was_left_over() {
    let company = Company::with(&names(&[&dn("ada"), &dn("bob"), &dn("cy")]), ACCESS);
    company.status();
    company.delete("cy");
    company.change("cn=BI,ou=groups", "add: member\nmember: uid=NULL");
    let status = company.status();
    assert_eq!(status["current"]["waiting"], 1, "cy may be hidden: {status:#}");

    company.change("cn=BI,ou=groups", &format!("delete: member\nmember: {}", dn("bob")));
    company.status();
    assert_eq!(company.group().await, "BI: ada cy");
    let believed = Company { spec: json!({"groups": [{"name": "BI"}], "prune": {"confirmAfter": "0s"}}), ..company };
    let status = believed.status();
    assert_eq!(believed.group().await, "BI: ada");
    assert!(problem(&status, "Unresolved").contains("2 member values"), "both are listed: {status:#}");
}

#[tokio::test]
async fn a_member_uid_that_outlived_its_user_keeps_nobody() {
    let posix = format!(
        "dn: cn=BI,ou=groups,{SUFFIX}\nobjectClass: posixGroup\ncn: BI\ngidNumber: 500\nmemberUid: ada\nmemberUid: bob\n\
         memberUid: cy\n\n"
    );
    let company = Company::with(&posix, ACCESS);
    company.status();
    assert_eq!(company.group().await, "BI: ada bob cy");
    company.delete("cy");
    company.change("cn=BI,ou=groups", "delete: memberUid\nmemberUid: bob");
    company.status();
    assert_eq!(company.group().await, "BI: ada cy");
    let believed = Company { spec: json!({"groups": [{"name": "BI"}], "prune": {"confirmAfter": "0s"}}), ..company };
    believed.status();
    assert_eq!(believed.group().await, "BI: ada");
}

#[tokio::test]
async fn who_cannot_be_read_may_be_whom_the_value_names() {
    let company = Company::with(&names(&["uid=NULL", &dn("ada"), &dn("bob")]), ACCESS);
    company.status();
    company.change("uid=bob,ou=people", "add: description\ndescription: hidden");
    company.change("cn=BI,ou=groups", &format!("delete: member\nmember: {}", dn("bob")));
    let status = company.status();
    assert_eq!(status["current"]["waiting"], 1, "{status:#}");
    assert_eq!(company.group().await, "BI: ada bob");
    // He is shown again, so the placeholder does not name him.
    company.change("uid=bob,ou=people", "delete: description");
    company.status();
    assert_eq!(company.group().await, "BI: ada");
}

#[tokio::test]
async fn members_that_are_hidden_from_the_first_read_on_are_told() {
    let hidden = format!("access to dn.base=\"cn=BI,ou=groups,{SUFFIX}\" attrs=member by * none\n{ACCESS}");
    let entries = names(&[&dn("ada"), &dn("bob")]);
    let people = ["reader", "ada", "bob", "cy"].map(person).concat();
    let directory = OpenLdap::builder(SUFFIX)
        .database(&hidden)
        .overlay("memberof", "memberof-group-oc groupOfNames")
        .entries(&(units(&["people", "groups"]) + &people))
        .start();
    directory.modify(&entries);
    let files = LdapFiles::new(Store::new(), SUFFIX, &person_dn("reader"), "pw");
    let files = files.trusting(directory.certificates().ca());
    let company = Company { directory, files, spec: json!({"groups": [{"name": "BI"}]}) };
    let status = company.status();
    assert!(problem(&status, "Unreadable").contains("memberOf"), "{status:#}");
}
