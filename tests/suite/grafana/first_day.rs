//! A Grafana that people use already: a preview, an adoption, and teams that are somebody else's.

use serde_json::json;

use super::program::{Program, result};
use super::{Graf, started};
use crate::harness::grafana::site::{Member, Site};

const COMPANY: &[(&str, &[&str])] =
    &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"]), ("Scim", &["ada"]), ("Synced", &["ada"])];

/// People and teams that are there, and a folder's team that nobody may touch.
fn used() -> Graf {
    let graf = started("first_day");
    graf.site.with(|site| {
        site.is_enterprise = true;
        for login in ["ada", "bob", "guest"] {
            site.add_user(login, &format!("{login}@corp.example"));
            site.user_mut(login).is_external = true;
        }
        for team in ["Analysts", "Scim", "Synced", "Board"] {
            site.add_team(team);
            site.join(team, "guest", Member { is_admin: true, is_external: false });
        }
        "analysts@corp.example".clone_into(&mut site.team_mut("Analysts").email);
        site.team_mut("Scim").is_provisioned = true;
        site.team_mut("Synced").external_groups = vec!["cn=synced".to_owned()];
    });
    graf
}

fn state(graf: &Graf) -> (String, String) {
    graf.site.with(|site: &mut Site| (format!("{:?}", site.teams), format!("{:?}", site.users)))
}

#[test]
fn a_server_that_people_use_is_previewed_and_taken_over_as_far_as_is_allowed() {
    let graf = used();
    let mut program = Program::into_teams(&graf, COMPANY);
    program.patch("DirectoryGroupSync", &json!({"spec": {"mode": "Preview"}}));
    let before = state(&graf);
    let (code, printed) = program.sync(&["--new-links"]);
    assert_eq!(code, Some(3), "{printed}");
    assert_eq!((state(&graf), graf.writes()), (before, vec![]), "a preview writes nothing");
    assert!(printed.contains("Analysts") && printed.contains("Editors"), "{printed}");

    // What is there is a duplicate: it is listed, and left alone.
    program.patch("DirectoryGroupSync", &json!({"spec": {"mode": "Enforce"}}));
    let status = program.status(&["--new-links"]);
    let duplicates: Vec<_> = status["duplicates"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(duplicates, ["Analysts", "Scim", "Synced"], "{status:#}");
    graf.site.with(|site| {
        assert_eq!(site.members("Analysts"), ["guest*"]);
        assert_eq!(site.members("Editors"), ["bob"]);
    });

    // Adopted, a team keeps its e-mail address; what Grafana keeps itself is never adopted.
    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
    program.patch("DirectoryGroupSync", &json!({"spec": {"adoption": {"groups": "ByName"}, "members": "KeepLocal"}}));
    let status = program.status(&[]);
    assert_eq!(status["lastRun"]["groups"]["adopted"], 1, "{status:#}");
    graf.site.with(|site| {
        assert_eq!(site.members("Analysts"), ["ada", "bob", "guest*"]);
        assert_eq!(site.team_mut("Analysts").email, "analysts@corp.example");
        for team in ["Scim", "Synced", "Board"] {
            assert_eq!(site.members(team), ["guest*"], "{team}");
        }
    });
    graf.proxy.forget();
    let status = program.status(&[]);
    assert_eq!(graf.writes(), Vec::<String>::new(), "{status:#}");
    // They stay listed.
    assert_ne!(result(&status), "Synced", "{status:#}");

    // Members by hand go, where the sync says so.
    program.patch("DirectoryGroupSync", &json!({"spec": {"members": "Exclusive"}}));
    program.status(&[]);
    graf.site.with(|site| assert_eq!(site.members("Analysts"), ["ada", "bob"]));
}
