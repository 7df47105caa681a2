//! What the product's own page of synchronization does and counts is done and counted the same here, row by row. Rows that are
//! different on purpose are in the table of `docs/bold-bi.md`, and say so here.

use serde_json::{Value, json};

use super::program::{Person, Program, Team, person, team};
use super::{Bold, started};

/// One row: a site and its directory after a first run. The directory has anna, bert and carl; `Sales` has anna and bert,
/// `Finance` has bert.
struct Row {
    bold: Bold,
    program: Program,
    people: Vec<Person>,
    teams: Vec<Team>,
    name: &'static str,
}

impl Row {
    fn new(name: &'static str) -> Self {
        let bold = started(name);
        let program = Program::of(&bold);
        let people = vec![person("anna"), person("bert"), person("carl")];
        let teams = vec![team("Sales", &["anna", "bert"]), team("Finance", &["bert"])];
        Self { bold, program, people, teams, name }
    }

    /// After a first run.
    fn after_import(name: &'static str) -> Self {
        let row = Self::new(name);
        row.run(&json!({"created": 2}));
        row
    }

    /// Runs, and holds the counts of groups: those that are not named are 0, unchanged ones apart.
    fn run(&self, expected: &Value) -> Value {
        self.program.have(&self.people, &self.teams);
        let status = self.program.run();
        let counts = &status["lastRun"]["groups"];
        for name in ["created", "modified", "deleted", "duplicated", "invalid", "released", "failed"] {
            let count = |counts: &Value| counts.get(name).and_then(Value::as_i64).unwrap_or_default();
            assert_eq!(count(counts), count(expected), "{}: {name}: {status:#}", self.name);
        }
        status
    }

    fn members(&self, group: &str) -> String {
        self.bold.site.with(|site| site.members(group).join(" "))
    }

    fn has(&self, account: &str) -> bool {
        self.bold.site.with(|site| site.account_id(account).is_some())
    }
}

fn problems(status: &Value) -> String {
    format!("{} {}", status["problems"], status["duplicates"])
}

#[test]
fn groups_are_counted_as_the_product_counts_them() {
    // 1.1 Only the chosen groups are synchronized.
    let mut row = Row::new("1.1 others are left alone");
    row.bold.site.with(|site| site.add_group("By hand"));
    row.program.patch("DirectoryGroupSync", &json!({"spec": {"groups": [{"name": "Sales"}]}}));
    row.run(&json!({"created": 1}));
    assert_eq!(row.members("Sales"), "anna bert");
    row.bold.site.with(|site| assert!(site.group_id("Finance").is_none() && site.group_id("By hand").is_some()));

    // 1.2 The name and the description are overwritten. The page counts the group as modified, once.
    let mut row = Row::after_import("1.2 name and description are overwritten");
    (row.teams[0].cn, row.teams[0].description) = ("Trade".to_owned(), "other");
    let id = row.bold.site.with(|site| site.group_id("Sales"));
    row.run(&json!({"modified": 1}));
    row.bold.site.with(|site| {
        assert_eq!(site.group_id("Trade"), id, "by the immutable id it is the same group");
        assert_eq!(site.group_mut("Trade").description, "other");
        site.group_mut("Trade").description = "edited by hand".to_owned();
    });
    row.run(&json!({"modified": 1}));
    // Different: a group with a name by hand may be another group by now, so it is reported and not written.
    row.bold.site.with(|site| {
        assert_eq!(site.group_mut("Trade").description, "other");
        site.group_mut("Trade").name = "Edited by hand".to_owned();
    });
    let status = row.run(&json!({"invalid": 1}));
    assert_eq!(status["problems"][0]["kind"], "Broken", "{status:#}");

    // 1.3 A group that was deleted in the directory is deleted.
    let mut row = Row::after_import("1.3 a deleted group is deleted");
    row.teams.remove(1);
    row.run(&json!({"deleted": 1}));
    row.bold.site.with(|site| assert!(site.group_id("Finance").is_none() && site.account_id("bert").is_some()));

    // 1.4 A user who was removed from the group is removed from the server's group, and keeps the account.
    let mut row = Row::after_import("1.4 a leaver is removed from the group");
    row.teams[0].members.remove(0);
    let status = row.run(&json!({"modified": 1}));
    assert_eq!(status["lastRun"]["members"], json!({"removed": 1, "added": 0, "unresolved": 0}), "{status:#}");
    assert_eq!(row.members("Sales"), "bert");
    assert!(row.has("anna"), "the account stays");

    // 1.5 A new member is added, and the account is created first if there is none.
    let mut row = Row::after_import("1.5 a joiner gets an account and the membership");
    row.teams[1].members.extend(["anna".to_owned(), "carl".to_owned()]);
    let status = row.run(&json!({"modified": 1}));
    assert_eq!(status["lastRun"]["accounts"]["created"], 1, "{status:#}");
    assert_eq!(status["lastRun"]["members"]["added"], 2, "{status:#}");
    assert_eq!(row.members("Finance"), "anna bert carl");

    // 1.6 The box counts modified, deleted and duplicated groups.
    let mut row = Row::after_import("1.6 one run counts all three");
    row.bold.site.with(|site| site.add_group("Taken"));
    row.teams[0].members.remove(0);
    row.teams.remove(1);
    row.teams.push(team("Taken", &["anna"]));
    row.run(&json!({"modified": 1, "deleted": 1, "duplicated": 1}));

    // 1.7 and 3.1 A group whose name the server has already is a duplicate: marked, and not synchronized.
    let mut row = Row::new("1.7 a name that is in use is a duplicate");
    row.bold.site.with(|site| site.add_group("SALES"));
    let status = row.run(&json!({"created": 1, "duplicated": 1}));
    assert_eq!(status["duplicates"][0]["name"], "Sales", "{status:#}");
    assert_eq!(row.members("SALES"), "", "nobody joins it");
    row.teams[0].cn = "System Administrator".to_owned();
    let status = row.run(&json!({"duplicated": 1}));
    assert!(problems(&status).contains("System Administrator"), "{status:#}");
    assert_eq!(row.members("System Administrator"), "admin sync");

    // 2 and 3.4 Different: a base that leaves groups out deletes nothing unasked.
    let mut row = Row::after_import("2 a moved base deletes nothing");
    row.program.patch("Directory", &json!({"spec": {"groups": {"baseDN": "ou=Other,dc=corp,dc=example"}}}));
    row.program.have(&row.people, &row.teams);
    row.program.run();
    row.bold.site.with(|site| assert!(site.group_id("Sales").is_some() && site.group_id("Finance").is_some()));
}

#[test]
fn users_come_and_go_as_with_the_product() {
    // 3.1 and 3.2 A user whose username or e-mail address is in use is not imported, the group is: Partial Success.
    let row = Row::new("3.2 a user whose username or e-mail is in use is left out");
    row.bold.site.with(|site| {
        site.add_account("anna", "other@corp.example");
        site.add_account("other", "bert@corp.example");
    });
    let status = row.run(&json!({"created": 2}));
    assert_eq!(status["lastRun"]["result"], "SyncedWithProblems", "{status:#}");
    assert_eq!(status["lastRun"]["accounts"]["duplicated"], 2, "{status:#}");
    assert_eq!((row.members("Sales"), row.members("Finance")), (String::new(), String::new()));

    // 3.2 An invalid user is left out.
    let mut row = Row::new("3.2 an invalid user is left out");
    row.people[0].uid = "anna..x".to_owned();
    let status = row.run(&json!({"created": 2}));
    assert_eq!(status["lastRun"]["accounts"]["invalid"], 1, "{status:#}");
    assert_eq!(row.members("Sales"), "bert");

    // 3.2 Users beyond the license are not created, and the run is not complete.
    let row = Row::new("3.2 users beyond the license are left out");
    row.bold.site.with(|site| site.license = 3);
    let status = row.run(&json!({"created": 2}));
    assert!(problems(&status).contains("no license left"), "{status:#}");
    assert_ne!(status["lastRun"]["result"], "Synced", "{status:#}");
    row.bold.site.with(|site| assert_eq!(site.accounts.len(), 3));

    // 3.3 Username, names, e-mail address and contact number are overwritten.
    let mut row = Row::after_import("3.3 what the site says of a person is overwritten");
    let id = row.bold.site.with(|site| site.account_id("anna"));
    let mail = Some("anna.new@corp.example".to_owned());
    row.people[0] = Person { uid: "annika".to_owned(), mail, given_name: "New", phone: "+49 2", ..person("anna") };
    let status = row.run(&json!({}));
    assert_eq!(status["lastRun"]["accounts"]["updated"], 1, "{status:#}");
    row.bold.site.with(|site| {
        let account = &site.accounts[&id.unwrap()];
        let found = [&account.username, &account.email, &account.first_name, &account.last_name, &account.phone];
        assert_eq!(found, ["annika", "anna.new@corp.example", "New", "Family", "+49 2"]);
    });
    assert_eq!(row.members("Sales"), "annika bert");

    // 3.3 Different: no e-mail address is made up.
    let mut row = Row::new("3.3 no e-mail address is made up");
    row.people[0].mail = None;
    let status = row.run(&json!({"created": 2}));
    assert_eq!(status["lastRun"]["accounts"]["invalid"], 1, "{status:#}");
    assert!(!row.has("anna"));

    // 3.3 Different: a user who was deleted in the directory loses the memberships, and the account stays.
    let mut row = Row::after_import("3.3 a deleted user keeps the account");
    row.people.remove(0);
    row.teams[0].members.remove(0);
    row.run(&json!({"modified": 1}));
    assert!(row.has("anna"));
    assert_eq!(row.members("Sales"), "bert");

    // 3.6 Members that a person added stay, if the sync says so. Different: by default they do not.
    for (members, expected) in [("KeepLocal", "anna bert helper"), ("Exclusive", "anna bert")] {
        let mut row = Row::after_import("3.6 members by hand");
        row.program.patch("DirectoryGroupSync", &json!({"spec": {"members": members}}));
        row.bold.site.with(|site| {
            let id = site.add_account("helper", "helper@corp.example");
            site.group_mut("Sales").members.insert(id);
        });
        row.program.have(&row.people, &row.teams);
        row.program.run();
        assert_eq!(row.members("Sales"), expected);
    }

    // 3.7 A new user comes into the default group, too, which counts as nothing.
    let mut row = Row::new("3.7 the default group");
    row.bold.site.with(|site| {
        let everybody = site.add_group("Everybody");
        site.default_group = Some(everybody);
    });
    row.program.patch("DashboardServer", &json!({"spec": {"boldBI": {"defaultGroup": "Everybody"}}}));
    row.run(&json!({"created": 2}));
    assert_eq!((row.members("Everybody").as_str(), row.members("Sales").as_str()), ("anna bert", "anna bert"));
    row.run(&json!({}));

    // A second run of anything changes nothing.
    let row = Row::after_import("a second run");
    row.bold.proxy.forget();
    row.run(&json!({}));
    let writes: Vec<String> = row.bold.proxy.calls().into_iter().filter(|call| !call.starts_with("GET")).collect();
    assert_eq!(writes, ["POST /bi/api/site/site1/token"]);
}

#[test]
fn a_check_says_what_the_server_is() {
    let row = Row::new("check");
    row.program.have(&row.people, &row.teams);
    let printed = row.program.check();
    assert!(printed.contains("Bold BI API v5.0"), "{printed}");
    assert!(printed.contains("2 groups created"), "{printed}");
    row.bold.site.with(|site| assert_eq!(site.groups.len(), 1, "a check writes nothing"));
}

/// The Secret has exactly one way to sign in.
#[test]
fn a_secret_with_two_ways_to_sign_in_is_refused() {
    for (keys, is_right) in [
        (json!({"password": null, "embedSecret": "embed-secret-of-site1"}), true),
        (json!({"username": null, "password": null, "apiKey": "key-of-sync"}), true),
        (json!({"embedSecret": "embed-secret-of-site1"}), false),
        (json!({"apiKey": "key-of-sync"}), false),
        (json!({"username": null}), false),
        (json!({"password": null}), false),
    ] {
        let mut row = Row::new("secret");
        row.program.have(&row.people, &row.teams);
        row.program.patch("Secret", &json!({ "stringData": keys }));
        let printed = row.program.check();
        let words = "must have the keys username and password, or username and embedSecret, or apiKey, and no other";
        assert_eq!(printed.contains(words), !is_right, "{keys}: {printed}");
        assert_eq!(printed.contains("2 groups created"), is_right, "{keys}: {printed}");
    }
}
