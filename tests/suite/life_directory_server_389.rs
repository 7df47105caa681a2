//! A group's whole life on 389 Directory Server and SQLite, through `sync -f` as an administrator runs it.

use serde_json::json;

use crate::entries::{SUFFIX, changes, group, group_dn, person, person_dn, units};
use crate::harness::DirectoryServer389;
use crate::harness::directory_server_389::Builder;
use crate::ldap_files::LdapFiles;
use crate::ldap_life::{change, kinds};

type Life = crate::ldap_life::Life<DirectoryServer389>;

/// The plug-ins.
const USN: &str = "USN";
const REFERENTIAL_INTEGRITY: &str = "referential integrity postoperation";
const ENTRY_UUID: &str = "entryuuid";
/// Puts the naming context under replication, by itself and with no partner.
const REPLICA: &str = "dn: cn=replica,cn=\"dc=example,dc=test\",cn=mapping tree,cn=config\nobjectClass: top\n\
                       objectClass: nsDS5Replica\ncn: replica\nnsDS5ReplicaRoot: dc=example,dc=test\n\
                       nsDS5ReplicaType: 3\nnsDS5Flags: 1\nnsDS5ReplicaId: 1\n\
                       nsDS5ReplicaBindDN: cn=replication manager,cn=config\n";
/// Roles and a class of service that lock accounts with the role `nsManagedDisabledRole`, as of `ns-inactivate.pl`.
const LOCK_BY_ROLE: &str = "dn: cn=nsManagedDisabledRole,dc=example,dc=test\nobjectClass: ldapSubEntry\n\
     objectClass: nsRoleDefinition\nobjectClass: nsSimpleRoleDefinition\nobjectClass: nsManagedRoleDefinition\n\
     cn: nsManagedDisabledRole\n\n\
     dn: cn=nsDisabledRole,dc=example,dc=test\nobjectClass: ldapSubEntry\nobjectClass: nsRoleDefinition\n\
     objectClass: nsComplexRoleDefinition\nobjectClass: nsNestedRoleDefinition\ncn: nsDisabledRole\n\
     nsRoleDN: cn=nsManagedDisabledRole,dc=example,dc=test\n\n\
     dn: cn=nsAccountInactivationTmp,dc=example,dc=test\nobjectClass: nsContainer\ncn: nsAccountInactivationTmp\n\n\
     dn: cn=\"cn=nsDisabledRole,dc=example,dc=test\",cn=nsAccountInactivationTmp,dc=example,dc=test\n\
     objectClass: extensibleObject\nobjectClass: cosTemplate\nobjectClass: ldapSubEntry\n\
     cn: \"cn=nsDisabledRole,dc=example,dc=test\"\ncosPriority: 1\nnsAccountLock: true\n\n\
     dn: cn=nsAccountInactivation_cos,dc=example,dc=test\nobjectClass: ldapSubEntry\nobjectClass: cosSuperDefinition\n\
     objectClass: cosClassicDefinition\ncn: nsAccountInactivation_cos\n\
     cosTemplateDn: cn=nsAccountInactivationTmp,dc=example,dc=test\ncosSpecifier: nsRole\n\
     cosAttribute: nsAccountLock operational\n\n";

impl Life {
    /// An account among the entries reads a server with these plug-ins, and has filled the store.
    pub(crate) fn begin(adapt: impl FnOnce(Builder) -> Builder) -> Self {
        let entries = units(&["people", "groups", "archive"])
            + &["reader", "ada", "bob", "cy"].map(person).concat()
            + &group("Analysts", &["ada", "bob"])
            + &group("Editors", &["ada"]);
        let directory = adapt(DirectoryServer389::builder(SUFFIX).entries(&entries)).start();
        let (address, authority) = (directory.tls_address(), directory.certificates().ca().to_owned());
        let life = Self::new(directory, address, &authority, (&person_dn("reader"), "pw"));
        life.status(5);
        life
    }

    fn read_by_the_manager(self) -> Self {
        let (manager, password) = (self.directory.manager(), self.directory.password());
        self.read_by(manager, password)
    }

    fn delete(&self, dn: &str) {
        self.directory.tools().delete(dn);
    }
}

/// With the plug-ins as Debian installs the server: none of those above.
#[tokio::test]
async fn a_group_lives_from_its_import_to_its_deletion() {
    let life = Life::begin(|builder| builder);
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
    let id = life.directory.attribute(&group_dn("Analysts"), "nsUniqueId").unwrap();
    let store = String::from_utf8_lossy(&life.octets()).into_owned();
    assert!(store.contains(&format!("nsUniqueId:{id}")), "{id}");
    life.quiet();

    // Renamed and moved: the same group, renamed in place, and still selected by the name that it had.
    life.directory.modify(&format!(
        "dn: {}\nchangetype: modrdn\nnewrdn: cn=BI Analysts\ndeleteoldrdn: 1\nnewsuperior: ou=archive,{SUFFIX}\n",
        group_dn("Analysts")
    ));
    let status = life.status(5);
    assert_eq!(
        status["lastChange"]["groups"],
        json!({"created": 0, "adopted": 0, "modified": 1, "deleted": 0, "released": 0}),
        "{status:#}"
    );
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada bob");
    assert_eq!(life.group("Analysts").await, None);

    // One joins whose account does not exist, one leaves.
    let members =
        format!("add: member\nmember: {}\n-\ndelete: member\nmember: {}\n", person_dn("cy"), person_dn("bob"));
    life.directory.modify(&change("cn=BI Analysts,ou=archive", &members));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 1, "removed": 1}), "{status:#}");
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada cy");
    life.quiet();
}

/// No tombstone is kept or shown, so nothing proves it at once.
#[tokio::test]
async fn a_deleted_group_is_missing_until_that_is_confirmed_beside_another() {
    let mut life = Life::begin(|builder| builder);
    life.delete(&group_dn("Editors"));
    let status = life.status(0);
    assert_eq!(status["current"]["missing"], 1, "{status:#}");
    assert!(kinds(&status).contains(&"Missing"), "{status:#}");
    assert_eq!(life.group("Editors").await.unwrap(), "Editors: ada");
    life.quiet();
    life.sync["prune"] = json!({"confirmAfter": "0s"});
    let status = life.status(5);
    assert_eq!(status["lastChange"]["groups"]["deleted"], 1, "{status:#}");
    assert_eq!(life.group("Editors").await, None);
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
}

#[tokio::test]
async fn a_deleted_user_leaves_at_once_where_referential_integrity_takes_the_name_away() {
    let life = Life::begin(|builder| builder.plugin(REFERENTIAL_INTEGRITY));
    life.delete(&person_dn("bob"));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 1}), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada");

    // Renamed, and so in the group: the same member, with another username.
    life.directory
        .modify(&format!("dn: {}\nchangetype: modrdn\nnewrdn: uid=lovelace\ndeleteoldrdn: 1\n", person_dn("ada")));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 0}), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: lovelace");
}

#[tokio::test]
async fn a_name_that_is_left_over_from_a_deleted_user_is_believed_once_it_is_confirmed() {
    let mut life = Life::begin(|builder| builder);
    life.delete(&person_dn("bob"));
    let status = life.status(0);
    assert!(kinds(&status).contains(&"Unresolved"), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
    life.quiet();
    life.sync["prune"] = json!({"confirmAfter": "0s"});
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 1}), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada");
}

/// The task gives every entry an id of a kind that it did not have, including the entry at the base.
#[tokio::test]
async fn ids_that_entries_get_later_change_nothing() {
    let mut life = Life::begin(|builder| builder);
    assert_eq!(life.directory.attribute(SUFFIX, "entryUUID"), None);
    life.directory.turn_on(ENTRY_UUID);
    life.directory.run_task("entryuuid task");
    for dn in [SUFFIX.to_owned(), group_dn("Analysts"), person_dn("ada")] {
        assert!(life.directory.attribute(&dn, "entryUUID").is_some(), "{dn}");
    }
    let status = life.quiet();
    assert_eq!(
        (kinds(&status), &status["lastRun"]["groups"]["unchanged"]),
        (vec!["NotFound"], &2.into()),
        "{status:#}"
    );

    // They are known as before, and so is who has both ids from the beginning.
    life.directory.modify(&group("Writers", &["cy"]));
    life.directory.modify(&format!(
        "dn: {}\nchangetype: modrdn\nnewrdn: cn=BI Analysts\ndeleteoldrdn: 1\n",
        group_dn("Analysts")
    ));
    let status = life.status(5);
    assert_eq!(
        status["lastChange"]["groups"],
        json!({"created": 1, "adopted": 0, "modified": 1, "deleted": 0, "released": 0}),
        "{status:#}"
    );
    assert_eq!(life.group("BI Analysts").await.unwrap(), "BI Analysts: ada bob");
    assert_eq!(life.group("Writers").await.unwrap(), "Writers: cy");
    life.quiet();
}

/// A deletion is proved by a tombstone, which takes a plug-in that keeps it and an account that is shown it.
#[tokio::test]
async fn tombstones_prove_deletions_to_the_directory_manager() {
    let life = Life::begin(|builder| builder.plugin(USN));
    // The right to read everything does not show them.
    let everything = "(targetattr = \"*\")(version 3.0; acl \"all\"; allow (all) userdn = \"ldap:///all\";)";
    life.directory.modify(&format!("dn: {SUFFIX}\nchangetype: modify\nadd: aci\naci: {everything}\n"));
    let id = life.directory.attribute(&group_dn("Editors"), "nsUniqueId").unwrap();
    life.delete(&group_dn("Editors"));
    let tombstone = format!("(&(objectClass=nsTombstone)(nsUniqueId={id}))");
    let shown = ["-b", SUFFIX, &tombstone, "nsUniqueId"];
    assert!(life.directory.tools().search(&shown).contains(&id));
    assert_eq!(life.directory.tools().bound_as(&person_dn("reader"), "pw").search(&shown), "");
    let status = life.status(0);
    assert_eq!(status["current"]["missing"], 1, "{status:#}");
    assert_eq!(life.group("Editors").await.unwrap(), "Editors: ada");

    let life = life.read_by_the_manager();
    let status = life.status(5);
    assert_eq!(status["lastChange"]["groups"]["deleted"], 1, "{status:#}");
    assert_eq!(life.group("Editors").await, None);

    // A user's too, whose name is left in the group.
    life.delete(&person_dn("bob"));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 1}), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada");
}

#[tokio::test]
async fn replication_keeps_tombstones_and_a_server_without_it_none() {
    let more = group("Writers", &["cy"]);
    let life = Life::begin(|builder| builder.plugin(ENTRY_UUID).entries(&more)).read_by_the_manager();
    life.delete(&group_dn("Editors"));
    let status = life.status(0);
    assert_eq!(status["current"]["missing"], 1, "{status:#}");
    life.directory.modify(REPLICA);
    life.delete(&group_dn("Analysts"));
    let status = life.status(5);
    assert_eq!((&status["lastChange"]["groups"]["deleted"], &status["current"]["missing"]), (&1.into(), &1.into()));
    assert_eq!(life.group("Analysts").await, None);
    assert_eq!(life.group("Editors").await.unwrap(), "Editors: ada");
}

/// What `db2ldif -r` remembers of values that were deleted, of names that entries had, and of entries that are gone is
/// nothing that the directory holds.
#[tokio::test]
async fn an_export_with_its_replication_states_says_what_the_server_says() {
    let mut life = Life::begin(|builder| builder.entries(&group("Writers", &["cy"]))).read_by_the_manager();
    life.directory.modify(REPLICA);
    let (ada, bob, cy) = (person_dn("ada"), person_dn("bob"), person_dn("cy"));
    life.directory.modify(&changes(("Analysts", "bob", "cy"), ("Editors", "Publishers"), "Writers"));
    life.directory.modify(&format!(
        "dn: {ada}\nchangetype: modify\nreplace: mail\nmail: lovelace@example.test\n-\nadd: description\n\
         description: x\n\ndn: {ada}\nchangetype: modify\ndelete: description\n\n\
         dn: {bob}\nchangetype: modrdn\nnewrdn: uid=boole\ndeleteoldrdn: 1\n\ndn: {cy}\nchangetype: modify\n\
         add: objectClass\nobjectClass: nsMemberOf\n"
    ));
    let export = life.directory.export(&["-r"]);
    for state in ["mail;adcsn-", "member;vdcsn-", ";mdcsn-", ";deletedattribute;deleted:", "nsTombstone", "cenotaphID="]
    {
        assert!(export.contains(state), "no {state}: {export}");
    }
    let other = LdapFiles::new(life.files.store.copy(), SUFFIX, "nobody", "pw");
    life.status(5);
    let run = other.command_of_file(&export, &life.sync, &[]).output().unwrap();
    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let by_server = life.files.store.content().await.of_the_dashboard();
    let by_file = other.store.content().await.of_the_dashboard();
    assert_eq!(by_server.changes_to(&by_file), [""; 0]);
    assert_eq!(by_file.groups(), ["Analysts: ada cy", "Publishers: ada"]);
}

#[tokio::test]
async fn a_locked_account_is_disabled_whether_by_itself_or_by_a_role() {
    let life = Life::begin(|builder| builder.entries(LOCK_BY_ROLE));
    let lock = |user: &str, lines: &str| life.directory.modify(&change(&format!("uid={user},ou=people"), lines));
    lock("ada", "add: nsAccountLock\nnsAccountLock: TRUE\n");
    lock("bob", &format!("add: nsRoleDN\nnsRoleDN: cn=nsManagedDisabledRole,{SUFFIX}\n"));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 3}), "{status:#}");
    lock("ada", "delete: nsAccountLock\n");
    lock("bob", "delete: nsRoleDN\n");
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 3, "removed": 0}), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
}
