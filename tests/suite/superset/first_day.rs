//! The first day with a server that is in use already.

use serde_json::{Value, json};

use super::program::Program;
use super::{Superset, started};
use crate::harness::flask_app_builder::Content;

/// What the directory has.
const DIRECTORY: &[(&str, &[&str])] =
    &[("Analysts", &["bruno", "chiara"]), ("Finance", &["amara", "bruno"]), ("Sales", &["amara", "chiara", "dan"])];

/// People work here already: two groups with names of directory groups, one of them in another case and with somebody who is
/// not in the directory's; an account of a directory user; one with the e-mail address of another; and what is only theirs.
fn in_use(test: &str) -> Superset {
    let superset = started(test);
    let administrator = superset.server.administrator();
    for username in ["amara", "zara"] {
        administrator.add_account(username);
    }
    administrator.add_account_with("erin", &json!({"email": "chiara@corp.example"}));
    administrator.add_role("Finance readers");
    for group in ["Finance", "analysts", "Board"] {
        administrator.add_group(group);
    }
    administrator.change_group("Finance", &json!({"description": "asked for by Zara"}));
    administrator.set_group_roles("Finance", &["Finance readers"]);
    administrator.set_members("Finance", &["amara", "zara"]);
    administrator.set_members("Board", &["zara"]);
    superset
}

fn duplicates(status: &Value) -> Vec<String> {
    let duplicates = status["duplicates"].as_array().cloned().unwrap_or_default();
    duplicates.iter().map(|it| format!("{} {}", it["reason"].as_str().unwrap(), it["name"].as_str().unwrap())).collect()
}

#[test]
fn what_people_made_is_theirs_until_it_is_allowed_and_asked_for() {
    let superset = in_use("first_day");
    let mut program = Program::of(&superset, DIRECTORY);
    let before = superset.server.content();

    // A preview shows what is in the way.
    superset.proxy.forget();
    let status = program.status(&["--new-links", "--preview"]);
    let in_the_way = ["GroupName Analysts", "GroupName Finance", "Username amara", "Email chiara@corp.example"];
    assert_eq!(duplicates(&status), in_the_way, "{status:#}");
    assert_eq!((&status["plan"]["groups"]["created"], &status["plan"]["accounts"]["created"]), (&json!(1), &json!(1)));
    assert_eq!((superset.writes(), superset.server.content()), (vec![], before.clone()));

    // A run without adoption creates what nobody has, and leaves the rest alone.
    let status = program.status(&["--new-links"]);
    assert_eq!(duplicates(&status), in_the_way, "{status:#}");
    let counts = |status: &Value, of: &str, what: &str| status["lastRun"][of][what].as_i64().unwrap();
    assert_eq!((counts(&status, "groups", "created"), counts(&status, "groups", "duplicated")), (1, 2), "{status:#}");
    assert_eq!(
        (counts(&status, "accounts", "created"), counts(&status, "accounts", "duplicated")),
        (1, 2),
        "{status:#}"
    );
    let created = superset.server.content();
    for (name, group) in &before.groups {
        assert_eq!(created.groups.get(name), Some(group), "{name} is people's");
    }
    for (username, account) in &before.accounts {
        assert_eq!(created.accounts.get(username), Some(account), "{username} is people's");
    }
    assert_eq!((created.members("Sales"), created.accounts.len()), (vec!["dan"], before.accounts.len() + 1));

    // Adoption is asked for by the sync, and allowed by whoever may change the DashboardServer.
    let asked = json!({"spec": {"adoption": {"groups": "ByName", "accounts": "ByUsername"}, "members": "KeepLocal"}});
    program.patch("DirectoryGroupSync", &asked);
    superset.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("AdoptionNotAllowed"), "{printed}");
    assert_eq!((superset.writes(), superset.server.content()), (vec![], created.clone()));

    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
    let (code, printed) = program.sync(&["--preview"]);
    assert_eq!(code, Some(3), "{printed}");
    for line in [
        "group \"Analysts\": adopted, renamed from \"analysts\", 1 added (bruno)",
        "group \"Finance\": adopted, description changed, 1 added (bruno)",
        "account \"amara\": adopted, e-mail address changed from \"amara@example.test\" to \"amara@corp.example\"",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert_eq!((superset.writes(), superset.server.content()), (vec![], created));

    let status = program.status(&[]);
    assert_eq!((counts(&status, "groups", "adopted"), counts(&status, "accounts", "adopted")), (2, 1), "{status:#}");
    assert_eq!(duplicates(&status), ["Email chiara@corp.example"], "{status:#}");
    let adopted = superset.server.content();
    assert_eq!(adopted.members("Finance"), ["amara", "bruno", "zara"], "local members stay");
    assert_eq!((adopted.members("Analysts"), adopted.members("Sales")), (vec!["bruno"], vec!["amara", "dan"]));
    assert_eq!(adopted.group("Finance").roles, before.group("Finance").roles);
    assert_eq!(adopted.account("amara").roles, before.account("amara").roles);
    assert_eq!(adopted.account("amara").email, "amara@corp.example");
    let theirs = |content: &Content| {
        let accounts = ["admin", "sync", "erin", "zara"].map(|username| content.account(username).clone());
        (content.group("Board").clone(), accounts)
    };
    assert_eq!(theirs(&adopted), theirs(&before));

    // Everything is taken over, so nothing more may be.
    program.patch("DirectoryGroupSync", &json!({"spec": {"adoption": null}}));
    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": null}}));
    superset.proxy.forget();
    program.status(&[]);
    assert_eq!((superset.writes(), superset.server.content()), (vec![], adopted));

    // A person gives the address back; and a group that was adopted is not deleted with its directory group.
    superset.server.administrator().change_account("erin", &json!({"email": "erin@example.test"}));
    program.patch("DirectoryGroupSync", &json!({"spec": {"prune": {"groups": "Delete"}}}));
    program.have(&DIRECTORY.iter().copied().filter(|(name, _)| *name != "Finance").collect::<Vec<_>>());
    let status = program.status(&[]);
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    assert_eq!((counts(&status, "groups", "released"), counts(&status, "groups", "deleted")), (1, 0), "{status:#}");
    let content = superset.server.content();
    assert_eq!(
        (content.members("Analysts"), content.members("Sales")),
        (vec!["bruno", "chiara"], vec!["amara", "chiara", "dan"])
    );
    assert_eq!(content.members("Finance"), ["amara", "bruno", "zara"]);
}
