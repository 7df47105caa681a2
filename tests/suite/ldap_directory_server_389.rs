//! What 389 Directory Server cuts short or hides, by its limits and access rules.

use serde_json::{Value, json};

use crate::entries::{SUFFIX, group_dn, person_dn};
use crate::harness::DirectoryServer389;
use crate::harness::directory_server_389::Builder;
use crate::ldap_files::{in_clear, trusted};
use crate::ldap_life::{change, kinds};

type Life = crate::ldap_life::Life<DirectoryServer389>;

const DATABASES: &str = "cn=config,cn=ldbm database,cn=plugins,cn=config";

fn set(life: &Life, dn: &str, attributes: &[(&str, i32)]) {
    let lines: Vec<String> =
        attributes.iter().map(|(name, value)| format!("replace: {name}\n{name}: {value}\n-\n")).collect();
    life.directory.modify(&format!("dn: {dn}\nchangetype: modify\n{}", lines.concat()));
}

/// A run after somebody set a limit: it fails, tells how to lift the limit, and writes nothing.
fn fails(life: &Life, remedy: &str) {
    let before = life.octets();
    let status = life.status(1);
    let ready = &status["conditions"][0];
    assert_eq!(ready["reason"], "DirectoryReadIncomplete", "{status:#}");
    assert!(ready["message"].as_str().unwrap().contains(remedy), "{status:#}");
    assert!(life.octets() == before, "the store is not as it was");
}

/// The size limit holds for each page, and one smaller than a page cuts the read.
#[tokio::test]
async fn a_size_limit_fails_the_read_until_it_is_lifted_for_the_account() {
    let life = Life::begin(|builder| builder);
    let reader = person_dn("reader");
    set(&life, "cn=config", &[("nsslapd-sizelimit", 1)]);
    fails(&life, "`nsPagedSizeLimit: -1`");
    set(&life, &reader, &[("nsSizeLimit", -1), ("nsPagedSizeLimit", -1)]);
    life.quiet();
    set(&life, &reader, &[("nsPagedSizeLimit", 1)]);
    fails(&life, "`nsPagedSizeLimit: -1`");
}

/// The look-through limit holds for the candidates of a whole search, whatever the pages.
#[tokio::test]
async fn a_look_through_limit_fails_the_read_until_it_is_lifted_for_the_account() {
    let life = Life::begin(|builder| builder);
    let reader = person_dn("reader");
    set(&life, DATABASES, &[("nsslapd-lookthroughlimit", 1)]);
    fails(&life, "`nsPagedLookThroughLimit: -1`");
    set(&life, &reader, &[("nsLookThroughLimit", -1), ("nsPagedLookThroughLimit", -1)]);
    life.quiet();
    set(&life, &reader, &[("nsPagedLookThroughLimit", 1)]);
    fails(&life, "`nsPagedLookThroughLimit: -1`");
}

/// Denies the bind account these attributes of an entry.
fn hide(life: &Life, dn: &str, attributes: &str) {
    let rule = format!(
        "aci: (targetattr = \"{attributes}\")(version 3.0; acl \"hide\"; deny (all) userdn = \"ldap:///{}\";)\n",
        person_dn("reader")
    );
    life.directory.modify(&format!("dn: {dn}\nchangetype: modify\nadd: aci\n{rule}"));
}

fn message<'a>(status: &'a Value, kind: &str) -> &'a str {
    let mut problems = status["problems"].as_array().into_iter().flatten();
    let problem = problems.find(|problem| problem["kind"] == kind).unwrap_or_else(|| panic!("no {kind}: {status:#}"));
    problem["message"].as_str().unwrap()
}

#[tokio::test]
async fn members_that_an_access_rule_hides_are_claimed_where_the_member_of_plug_in_is_on() {
    let mut life = Life::begin(|builder| builder.plugin("MemberOf Plugin"));
    life.sync["prune"] = json!({"confirmAfter": "0s"});
    hide(&life, &group_dn("Analysts"), "member");
    let status = life.status(0);
    assert!(message(&status, "Unreadable").contains("memberOf"), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");

    // The group is really empty now, and no user names it any more.
    life.directory.modify(&change("cn=Analysts,ou=groups", "delete: member\n"));
    let status = life.status(5);
    assert_eq!(status["lastChange"]["members"], json!({"added": 0, "removed": 2}), "{status:#}");
}

#[tokio::test]
async fn members_that_an_access_rule_hides_stay_where_nothing_keeps_the_other_side() {
    let life = Life::begin(|builder| builder);
    hide(&life, &group_dn("Analysts"), "member");
    let status = life.status(0);
    assert_eq!(kinds(&status), ["Unreadable", "NotFound"], "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
    life.quiet();
}

#[tokio::test]
async fn a_group_and_a_user_that_an_access_rule_hides_are_found_nowhere() {
    let life = Life::begin(|builder| builder);
    hide(&life, &person_dn("bob"), "*");
    hide(&life, &group_dn("Editors"), "*");
    let status = life.status(0);
    assert_eq!((&status["current"]["missing"], &status["current"]["unresolved"]), (&1.into(), &1.into()), "{status:#}");
    assert_eq!(life.group("Analysts").await.unwrap(), "Analysts: ada bob");
    assert_eq!(life.group("Editors").await.unwrap(), "Editors: ada");
    life.quiet();
}

#[tokio::test]
async fn a_base_that_an_access_rule_hides_fails_the_read() {
    let life = Life::begin(|builder| builder);
    hide(&life, SUFFIX, "*");
    let before = life.octets();
    let status = life.status(1);
    assert_eq!(status["conditions"][0]["reason"], "DirectoryMisconfigured", "{status:#}");
    assert!(life.octets() == before, "the store is not as it was");
}

/// A run after which the bind was refused, for a reason that is told.
fn is_refused(life: &Life, reason: &str) {
    let before = life.octets();
    let status = life.status(1);
    let ready = &status["conditions"][0];
    assert_eq!(ready["reason"], "BindRefused", "{status:#}");
    assert!(ready["message"].as_str().unwrap().contains(reason), "{status:#}");
    assert!(life.octets() == before, "the store is not as it was");
}

#[tokio::test]
async fn an_account_that_is_disabled_is_refused() {
    let life = Life::begin(|builder| builder);
    life.directory.modify(&change("uid=reader,ou=people", "add: nsAccountLock\nnsAccountLock: TRUE\n"));
    is_refused(&life, "the account is disabled");
}

#[tokio::test]
async fn an_account_that_the_password_policy_has_locked_is_refused() {
    let policy = |builder: Builder| {
        builder.setting("cn=config", "passwordLockout", "on").setting("cn=config", "passwordMaxFailure", "1")
    };
    let life = Life::begin(policy);
    let stranger = life.directory.tools().bound_as(&person_dn("reader"), "wrong");
    assert!(!stranger.answers() && !stranger.answers());
    is_refused(&life, "the account is locked");
}

#[tokio::test]
async fn a_server_that_takes_passwords_over_tls_alone_refuses_others() {
    let life = Life::begin(|builder| builder.setting("cn=config", "nsslapd-require-secure-binds", "on"));
    let address = life.directory.address();
    let before = life.octets();
    let run = |ldap: &Value| {
        let output = life.files.command(ldap, &life.sync, &["-o", "json"]).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()[0]["status"].clone()
    };
    let status = run(&in_clear(&[&address]));
    let ready = &status["conditions"][0];
    assert_eq!(ready["reason"], "DirectoryMisconfigured", "{status:#}");
    assert!(ready["message"].as_str().unwrap().contains("spec.ldap.tls.mode"), "{status:#}");
    assert!(life.octets() == before, "the store is not as it was");

    // The same port with StartTLS.
    let mut start_tls = trusted(&[&address]);
    start_tls["tls"]["mode"] = json!("StartTLS");
    let status = run(&start_tls);
    assert_eq!(status["lastRun"]["groups"]["unchanged"], 2, "{status:#}");
}
