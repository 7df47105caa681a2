//! Who is in a team, on both paths that Grafana has for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::site::{Member, Site, Who, no, yes};
use crate::harness::double::Reply;

impl Site {
    pub(super) fn list_members(&self, who: Who, key: &str) -> Reply {
        // The members of a team that does not exist are an empty list.
        let Some(id) = self.named_team(key) else { return (200, Some(json!([]))) };
        let member = |(user, member): (&i64, &Member)| {
            let found = &self.users[user];
            let labels = if self.is_enterprise && member.is_external { json!(["LDAP"]) } else { json!([]) };
            json!({
                "orgId": self.organization, "teamId": id, "teamUID": self.teams[&id].uid, "userId": user,
                "userUID": found.uid, "auth_module": "", "email": found.email, "name": found.name,
                "login": found.login, "avatarUrl": "/avatar/0", "labels": labels,
                "permission": if member.is_admin { 4 } else { 0 },
            })
        };
        let members = self.teams[&id].members.iter().filter(|(user, _)| self.shows(who, **user));
        (200, Some(members.map(member).collect()))
    }

    /// Why the members of a team cannot be changed.
    fn unchangeable(&self, key: &str) -> Result<i64, Reply> {
        let id = self.named_team(key).ok_or_else(|| no(404, "Team not found"))?;
        if self.teams[&id].is_provisioned {
            return Err(no(400, "Team memberships cannot be updated for provisioned teams"));
        }
        Ok(id)
    }

    pub(super) fn add_member(&mut self, key: &str, body: &Value) -> Reply {
        let id = match self.unchangeable(key) {
            Ok(id) => id,
            Err(reply) => return reply,
        };
        let user = body["userId"].as_i64().unwrap_or_default();
        if self.teams[&id].members.contains_key(&user) {
            return no(400, "User is already added to this team");
        }
        if self.users.get(&user).is_none_or(|user| user.role.is_none()) {
            return no(500, "Failed to add Member to Team");
        }
        self.teams.get_mut(&id).expect("its team").members.insert(user, Member::default());
        yes("Member added to Team")
    }

    pub(super) fn remove_member(&mut self, key: &str, user: i64) -> Reply {
        let id = match self.unchangeable(key) {
            Ok(id) => id,
            Err(reply) => return reply,
        };
        if self.fails {
            return no(500, "Failed to remove Member from Team");
        }
        match self.teams.get_mut(&id).expect("its team").members.remove(&user) {
            Some(_) => yes("Team Member removed"),
            None => no(404, "Team member not found"),
        }
    }

    pub(super) fn set_members(&mut self, key: &str, body: &Value) -> Reply {
        if self.is_redirected && self.is_unavailable {
            return no(503, "Team service not available");
        }
        let id = match self.unchangeable(key) {
            Ok(id) => id,
            Err(reply) => return reply,
        };
        let emails = |key: &str| -> BTreeSet<String> {
            let emails = body[key].as_array().into_iter().flatten().filter_map(Value::as_str);
            emails.map(str::to_owned).collect()
        };
        let result = if self.is_redirected {
            self.set_redirected(id, &emails("admins"), &emails("members"))
        } else {
            self.set_legacy(id, emails("admins"), emails("members"))
        };
        match result {
            Ok(()) => yes("Team memberships have been updated"),
            Err(reply) => reply,
        }
    }

    /// The users of these e-mail addresses, without regard to case.
    fn by_email(&self, email: &str) -> Option<i64> {
        let is_it = |user: &&i64| self.users[*user].email.to_lowercase() == email.to_lowercase();
        self.users.keys().find(is_it).copied()
    }

    /// Those who are in the team are compared by their e-mail addresses as they are stored, others are looked up without
    /// regard to case; who is not named is removed after the others were set.
    fn set_legacy(
        &mut self,
        id: i64,
        mut admins: BTreeSet<String>,
        mut members: BTreeSet<String>,
    ) -> Result<(), Reply> {
        let mut leave = Vec::new();
        for (user, member) in &self.teams[&id].members {
            let email = &self.users[user].email;
            let named =
                [(&mut admins, true), (&mut members, false)].into_iter().find(|(emails, _)| emails.contains(email));
            match named {
                Some((emails, is_admin)) if member.is_admin == is_admin => drop(emails.remove(email)),
                Some(_) => {}
                None => leave.push(*user),
            }
        }
        let mut set = Vec::new();
        for (emails, is_admin) in [(&admins, true), (&members, false)] {
            for email in emails {
                let user = self.by_email(email).ok_or_else(|| no(404, "user not found"))?;
                if self.users[&user].role.is_none() {
                    return Err(no(500, "Failed to update team memberships"));
                }
                set.push((user, is_admin));
            }
        }
        let team = self.teams.get_mut(&id).expect("its team");
        for (user, is_admin) in set {
            team.members.insert(user, Member { is_admin, is_external: false });
        }
        team.members.retain(|user, _| !leave.contains(user));
        Ok(())
    }

    /// All e-mail addresses are looked up first. Members of team sync stay, and must not be named.
    fn set_redirected(&mut self, id: i64, admins: &BTreeSet<String>, members: &BTreeSet<String>) -> Result<(), Reply> {
        let (mut wanted, mut missing) = (BTreeMap::new(), Vec::new());
        for (emails, is_admin) in [(members, false), (admins, true)] {
            for email in emails {
                match self.by_email(email) {
                    Some(user) => drop(wanted.insert(user, Member { is_admin, is_external: false })),
                    None => missing.push(email.clone()),
                }
            }
        }
        if !missing.is_empty() {
            return Err(no(404, &format!("users not found: {missing:?}")));
        }
        let team = self.teams.get_mut(&id).expect("its team");
        team.members.retain(|_, member| member.is_external);
        if wanted.keys().any(|user| team.members.contains_key(user)) {
            return Err(no(400, "Cannot modify externally-synced team member"));
        }
        team.members.extend(wanted);
        Ok(())
    }
}
