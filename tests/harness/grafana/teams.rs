//! Teams themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::site::{Member, Site, Team, Who, no, yes};
use crate::harness::double::Reply;

impl Site {
    /// The id of a team that a path names, by id or uid.
    pub(super) fn named_team(&self, key: &str) -> Option<i64> {
        let by_uid = || self.teams.iter().find(|(_, team)| team.uid == key).map(|(id, _)| *id);
        key.parse().ok().filter(|id| self.teams.contains_key(id)).or_else(by_uid)
    }

    fn team(&self, id: i64, is_hit: bool) -> Value {
        let team = &self.teams[&id];
        // What the new API finds has neither.
        let (id, count) = if is_hit && self.is_redirected { (0, 0) } else { (id, team.members.len()) };
        json!({
            "id": id, "uid": team.uid, "orgId": self.organization, "name": team.name, "email": team.email,
            "avatarUrl": "/avatar/0", "memberCount": count, "permission": 0, "accessControl": null,
            "isProvisioned": team.is_provisioned, "externalUID": "",
        })
    }

    pub(super) fn search_teams(&self, query: &BTreeMap<String, String>) -> Reply {
        let mut teams: Vec<(&i64, &Team)> = self.teams.iter().collect();
        if self.is_redirected {
            teams.sort_by_key(|(_, team)| std::cmp::Reverse(&team.uid));
        } else {
            teams.sort_by_key(|(_, team)| &team.name);
        }
        self.page("teams", teams.into_iter().map(|(id, _)| self.team(*id, true)).collect(), query)
    }

    pub(super) fn show_team(&self, key: &str) -> Reply {
        self.named_team(key).map_or_else(|| no(404, "Team not found"), |id| (200, Some(self.team(id, false))))
    }

    pub(super) fn create_team(&mut self, who: Who, body: &Value) -> Reply {
        let (name, email) = (text(body, "name"), text(body, "email"));
        if name.is_empty() {
            return no(400, "bad request data");
        }
        if self.fails {
            return no(500, "Failed to create Team");
        }
        if self.team_id(&name).is_some() {
            return no(409, "Team name taken");
        }
        let id = self.add_team(&name);
        let team = self.teams.get_mut(&id).expect("a new team");
        team.email = email;
        if let Who::User(creator) = who {
            team.members.insert(creator, Member { is_admin: true, is_external: false });
        }
        (200, Some(json!({"teamId": id, "uid": team.uid, "message": "Team created"})))
    }

    pub(super) fn change_team(&mut self, key: &str, body: &Value) -> Reply {
        let Some(id) = self.named_team(key) else { return no(404, "Team not found") };
        let (name, email) = (text(body, "name"), text(body, "email"));
        if self.teams[&id].is_provisioned && self.teams[&id].name != name {
            return no(400, "Team name cannot be changed for provisioned teams");
        }
        if self.team_id(&name).is_some_and(|other| other != id) {
            return no(self.taken, if self.taken == 500 { "Failed to update Team" } else { "Team name taken" });
        }
        let team = self.teams.get_mut(&id).expect("its team");
        (team.name, team.email) = (name, email);
        yes("Team updated")
    }

    pub(super) fn delete_team(&mut self, key: &str) -> Reply {
        let Some(id) = self.named_team(key) else { return no(404, "Team not found") };
        if self.teams[&id].is_provisioned {
            return no(400, "Cannot delete provisioned teams");
        }
        self.teams.remove(&id);
        yes("Team deleted")
    }

    pub(super) fn list_external_groups(&self, key: &str) -> Reply {
        if !self.is_enterprise {
            return no(404, "Not found");
        }
        let Some(id) = self.named_team(key) else { return no(404, "Team not found") };
        let groups = self.teams[&id].external_groups.iter();
        let groups = groups.map(|group| json!({"orgId": self.organization, "teamId": id, "groupId": group}));
        (200, Some(groups.collect()))
    }
}

pub(super) fn text(body: &Value, key: &str) -> String {
    body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
