//! What a site has, and what it does with requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::double::Reply;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its username.
    pub username: String,
    /// Its e-mail address.
    pub email: String,
    /// The person's first name.
    pub first_name: String,
    /// The person's last name.
    pub last_name: String,
    /// The contact number.
    pub phone: String,
    /// Whether it may sign in.
    pub is_active: bool,
    /// `Local`, `AzureAD`, …
    pub directory_type: String,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// `Local`, `AzureAD`, …
    pub directory_type: String,
    /// The ids of its members.
    pub members: BTreeSet<i64>,
}

/// In which form the site tells the id of what it has created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// `7`.
    Number,
    /// `"7"`.
    Text,
    /// `[7]`.
    List,
    /// `[{"Id": 7}]`.
    Objects,
    /// `1`: how many there are.
    Count,
    /// `null`.
    Nothing,
}

/// A site.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Site {
    /// By id.
    pub accounts: BTreeMap<i64, Account>,
    /// By id.
    pub groups: BTreeMap<i64, Group>,
    /// How the site tells ids.
    pub told: Told,
    /// The most rows of a page.
    pub page_max: usize,
    /// Added to every `TotalResults`.
    pub total_lie: i64,
    /// How many accounts the license is for.
    pub license: usize,
    /// The group of every new account.
    pub default_group: Option<i64>,
    /// Whether a member that is there already, or not there, is refused.
    pub minds_repetition: bool,
    /// Whether people choose their passwords themselves: one in a request is refused.
    pub activates_by_email: bool,
    /// Whether usernames are those of old servers, which may be short and have blanks.
    pub old_usernames: bool,
    /// Whether everything that is created fails: 417.
    pub fails: bool,
    given: i64,
}

/// The name of the group of administrators, whose id is 1.
pub const ADMINISTRATORS: &str = "System Administrator";

impl Default for Site {
    fn default() -> Self {
        let account = |name: &str| Account {
            username: name.to_owned(),
            email: format!("{name}@corp.example"),
            first_name: name.to_owned(),
            last_name: String::new(),
            phone: String::new(),
            is_active: true,
            directory_type: "Local".to_owned(),
        };
        let administrators = Group {
            name: ADMINISTRATORS.to_owned(),
            description: "Has administrative rights".to_owned(),
            directory_type: "Local".to_owned(),
            members: [1, 2].into(),
        };
        Self {
            accounts: [(1, account("admin")), (2, account("sync"))].into(),
            groups: [(1, administrators)].into(),
            told: Told::Number,
            page_max: 100,
            total_lie: 0,
            license: 100_000,
            default_group: None,
            minds_repetition: false,
            activates_by_email: false,
            old_usernames: false,
            fails: false,
            given: 100,
        }
    }
}

/// An answer that says no.
pub(super) fn no(status: u16, message: &str) -> Reply {
    (
        status,
        Some(json!({"ApiStatus": false, "Data": null, "Status": false, "StatusMessage": null, "Message": message})),
    )
}

fn yes(data: &Value) -> Reply {
    (200, Some(json!({"ApiStatus": true, "Data": data, "Status": true, "StatusMessage": null, "Message": "Done"})))
}

const DONE: Reply = (204, None);

fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

impl Site {
    /// Creates an account by hand.
    pub fn add_account(&mut self, username: &str, email: &str) -> i64 {
        let account = Account {
            username: username.to_owned(),
            email: email.to_owned(),
            first_name: username.to_owned(),
            last_name: String::new(),
            phone: String::new(),
            is_active: true,
            directory_type: "Local".to_owned(),
        };
        self.given += 1;
        self.accounts.insert(self.given, account);
        self.given
    }

    /// Creates a group by hand.
    pub fn add_group(&mut self, name: &str) -> i64 {
        let group = Group {
            name: name.to_owned(),
            description: String::new(),
            directory_type: "Local".to_owned(),
            members: BTreeSet::new(),
        };
        self.given += 1;
        self.groups.insert(self.given, group);
        self.given
    }

    /// The id of an account.
    #[must_use]
    pub fn account_id(&self, name: &str) -> Option<i64> {
        let named = |account: &Account| same(&account.username, name) || same(&account.email, name);
        self.accounts.iter().find(|(_, account)| named(account)).map(|(id, _)| *id)
    }

    /// The id of a group.
    #[must_use]
    pub fn group_id(&self, name: &str) -> Option<i64> {
        self.groups.iter().find(|(_, group)| same(&group.name, name)).map(|(id, _)| *id)
    }

    /// The group of this name.
    pub fn group_mut(&mut self, name: &str) -> &mut Group {
        let id = self.group_id(name).expect("a group of this name");
        self.groups.get_mut(&id).expect("its group")
    }

    /// The group of this name, with the usernames of its members, in order.
    #[must_use]
    pub fn members(&self, group: &str) -> Vec<&str> {
        let group = &self.groups[&self.group_id(group).expect("a group of this name")];
        let mut names: Vec<&str> = group.members.iter().map(|id| &*self.accounts[id].username).collect();
        names.sort_unstable();
        names
    }

    /// Deletes an account by hand.
    pub fn remove_account(&mut self, id: i64) {
        self.accounts.remove(&id);
        self.groups.values_mut().for_each(|group| group.members.retain(|it| *it != id));
    }

    pub(super) fn users(&self, version: &str, query: &BTreeMap<String, String>) -> Reply {
        let mut rows: Vec<(&str, Value)> = self
            .accounts
            .iter()
            .map(|(id, account)| (&*account.username, user(*id, account, version, false)))
            .collect();
        sort(&mut rows, query);
        self.list("UserList", rows, version, query)
    }

    pub(super) fn groups(&self, version: &str, query: &BTreeMap<String, String>) -> Reply {
        let row = |(id, group): (&i64, &Group)| {
            json!({
                "Id": id, "Name": group.name, "Description": group.description,
                "DirectoryType": group.directory_type, "UserCount": group.members.len(),
            })
        };
        let mut rows: Vec<(&str, Value)> = self.groups.iter().map(|it| (&*it.1.name, row(it))).collect();
        sort(&mut rows, query);
        self.list("GroupList", rows, version, query)
    }

    pub(super) fn group_users(&self, id: i64, version: &str, query: &BTreeMap<String, String>) -> Reply {
        let Some(group) = self.groups.get(&id) else { return no(404, "Group detail was not found.") };
        let member = |id: &i64| {
            let account = &self.accounts[id];
            let mut row = user(*id, account, version, true);
            row["IsAzureAdUser"] = (account.directory_type == "AzureAD").into();
            (&*account.username, row)
        };
        let mut rows: Vec<(&str, Value)> = group.members.iter().map(member).collect();
        sort(&mut rows, query);
        self.list("UserList", rows, version, query)
    }

    fn list(&self, key: &str, rows: Vec<(&str, Value)>, version: &str, query: &BTreeMap<String, String>) -> Reply {
        let mut rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
        if rows.is_empty() {
            return DONE;
        }
        if version != "v5.0" {
            return (200, Some(json!({ key: rows })));
        }
        let number =
            |name: &str, default: usize| query.get(name).map_or(default, |text| text.parse().unwrap_or(default));
        let size = number("page_size", 25).min(self.page_max);
        let (total, first) = (rows.len(), (number("page", 1) - 1) * size);
        if first >= total {
            return no(400, "Page does not exists.");
        }
        rows = rows.drain(first..).take(size).collect();
        let said = i64::try_from(total).expect("a small number") + self.total_lie;
        let body = json!({"Data": [{ key: rows }], "TotalResults": said, "Links": [{"Link": "/", "Rel": "First", "Type": "GET"}]});
        (200, Some(body))
    }

    pub(super) fn user(&self, name: &str, version: &str) -> Reply {
        match self.account_id(name) {
            Some(id) => {
                let mut row = user(id, &self.accounts[&id], version, false);
                row["ExternalProviderId"] = Value::Null;
                (200, Some(row))
            }
            None => no(404, "User detail not found."),
        }
    }

    pub(super) fn group(&self, id: i64) -> Reply {
        let Some(group) = self.groups.get(&id) else { return no(404, "Group detail was not found.") };
        let is_azure = group.directory_type == "AzureAD";
        let body = json!({"Id": id, "Name": group.name, "Description": group.description, "IsAzureADGroup": is_azure});
        (200, Some(body))
    }

    pub(super) fn add_user(&mut self, body: &Value) -> Reply {
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (username, email) = (text("Username").trim().to_owned(), text("Email").trim().to_owned());
        if self.fails {
            return no(417, "Failed to add user.");
        }
        if !self.is_username(&username) || !email.contains('@') || text("FirstName").is_empty() {
            return no(406, "The content of the request body is invalid.");
        }
        match (self.activates_by_email, body.get("Password").is_some()) {
            (true, true) => return no(406, "Password is not required."),
            (false, _) if !is_password(&text("Password")) => return no(406, "Password does not satisfy the policy."),
            _ => {}
        }
        if self.accounts.values().any(|account| same(&account.email, &email)) {
            return no(409, "Email address already exists.");
        }
        if self.account_id(&username).is_some() {
            return no(409, "Username already exists.");
        }
        if self.accounts.len() >= self.license {
            return no(417, "New users could not be added since there are no remaining license(s)");
        }
        let id = self.add_account(&username, &email);
        let is_active = !self.activates_by_email;
        if let Some(account) = self.accounts.get_mut(&id) {
            (account.first_name, account.last_name, account.is_active) =
                (text("FirstName"), text("Lastname"), is_active);
        }
        if let Some(group) = self.default_group.and_then(|group| self.groups.get_mut(&group)) {
            group.members.insert(id);
        }
        self.tell(id)
    }

    pub(super) fn change_user(&mut self, name: &str, body: &Value) -> Reply {
        let Some(id) = self.account_id(name) else { return no(404, "User detail not found.") };
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let trimmed = |key: &str| text(key).map(|text| text.trim().to_owned());
        let (username, email) = (trimmed("Username"), trimmed("Email"));
        if username.as_deref().is_some_and(|name| !self.is_username(name))
            || email.as_deref().is_some_and(|email| !email.contains('@'))
            || text("FirstName").is_some_and(|name| name.is_empty())
        {
            return no(406, "The content of the request body is invalid.");
        }
        let is_taken =
            [&username, &email].into_iter().flatten().any(|name| self.account_id(name).is_some_and(|it| it != id));
        if is_taken {
            return no(500, "Failed to update user profile detail.");
        }
        let account = self.accounts.get_mut(&id).expect("its account");
        for (text, field) in [
            (username, &mut account.username),
            (email, &mut account.email),
            (text("FirstName"), &mut account.first_name),
            (text("Lastname"), &mut account.last_name),
            (text("ContactNumber"), &mut account.phone),
        ] {
            if let Some(text) = text {
                *field = text;
            }
        }
        yes(&Value::Null)
    }

    pub(super) fn delete_user(&mut self, name: &str) -> Reply {
        match self.account_id(name) {
            None => no(404, "User detail not found."),
            Some(1) => no(417, "Failed to delete user."),
            Some(id) => {
                self.remove_account(id);
                DONE
            }
        }
    }

    pub(super) fn add_groups(&mut self, body: &Value) -> Reply {
        let one = std::slice::from_ref(body);
        let mut reply = no(400, "The content of the request body is missing or incomplete.");
        for group in body.as_array().map_or(one, Vec::as_slice) {
            let text = |key: &str| group.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = text("Name").trim().to_owned();
            if self.fails {
                return no(417, "Failed to add group.");
            }
            if !is_group_name(&name) {
                return no(406, "The content of the request body is invalid.");
            }
            if self.group_id(&name).is_some() {
                return no(409, "Group name already exists.");
            }
            let id = self.add_group(&name);
            self.groups.get_mut(&id).expect("a new group").description = text("Description");
            reply = self.tell(id);
        }
        reply
    }

    pub(super) fn change_group(&mut self, id: i64, body: &Value) -> Reply {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        if !self.groups.contains_key(&id) {
            return no(404, "Group detail was not found.");
        }
        if let Some(name) = text("Name").map(|name| name.trim().to_owned()) {
            if !is_group_name(&name) {
                return no(406, "The content of the request body is invalid.");
            }
            if self.group_id(&name).is_some_and(|it| it != id) {
                return no(409, "Group name already exists.");
            }
            self.groups.get_mut(&id).expect("its group").name = name;
        }
        if let Some(description) = text("Description") {
            self.groups.get_mut(&id).expect("its group").description = description;
        }
        yes(&Value::Null)
    }

    pub(super) fn delete_group(&mut self, id: i64) -> Reply {
        if id == 1 {
            return no(417, "Failed to delete the group.");
        }
        self.groups.remove(&id).map_or_else(|| no(406, "Invalid Group ID."), |_| DONE)
    }

    pub(super) fn add_members(&mut self, id: i64, body: &Value) -> Reply {
        let ids = ids(body);
        let Some(group) = self.groups.get_mut(&id) else { return no(404, "Group detail was not found.") };
        let is_refused = |it: &i64| self.minds_repetition && group.members.contains(it);
        if ids.iter().any(|it| !self.accounts.contains_key(it) || is_refused(it)) {
            return no(417, "Failed to add user in to group.");
        }
        group.members.extend(ids);
        yes(&Value::Null)
    }

    pub(super) fn remove_members(&mut self, id: i64, body: &Value) -> Reply {
        let Some(group) = self.groups.get_mut(&id) else { return no(404, "Group detail was not found.") };
        let ids = ids(body);
        if ids.is_empty() || (self.minds_repetition && ids.iter().any(|it| !group.members.contains(it))) {
            return no(417, "Failed to delete user from group.");
        }
        group.members.retain(|it| !ids.contains(it));
        DONE
    }

    fn is_username(&self, name: &str) -> bool {
        let is_word = |word: &str| !word.is_empty() && word.chars().all(|it| it.is_ascii_alphanumeric());
        let has = |more: &str| name.contains(|it| FORBIDDEN.contains(it) || more.contains(it));
        if self.old_usernames {
            return !name.is_empty() && !has("&@");
        }
        (3..=254).contains(&name.chars().count())
            && !has("&")
            && (name.contains('@') || name.split(['.', '_', '-']).all(is_word))
    }

    fn tell(&self, id: i64) -> Reply {
        yes(&match self.told {
            Told::Number => json!(id),
            Told::Text => json!(id.to_string()),
            Told::List => json!([id]),
            Told::Objects => json!([{ "Id": id }]),
            Told::Count => json!(1),
            Told::Nothing => Value::Null,
        })
    }
}

fn user(id: i64, account: &Account, version: &str, is_member: bool) -> Value {
    let status = if account.is_active { "Active" } else { "InActive" };
    let mut row = json!({
        "UserId": id, "Username": account.username, "Email": account.email, "FirstName": account.first_name,
        "Lastname": account.last_name, "DisplayName": format!("{} {}", account.first_name, account.last_name),
        "ContactNumber": account.phone, "IsActive": account.is_active, "UserStatus": status,
    });
    if !is_member {
        row["DirectoryType"] = (&*account.directory_type).into();
        if version == "v4.0" {
            row["ExternalProviderId"] = Value::Null;
        }
    }
    row
}

fn sort(rows: &mut [(&str, Value)], query: &BTreeMap<String, String>) {
    rows.sort_by(|one, other| one.0.cmp(other.0));
    if query.get("sort").is_some_and(|sort| sort == "-") {
        rows.reverse();
    }
}

fn ids(body: &Value) -> Vec<i64> {
    body.get("Id").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// What the pages of the product refuse in names.
const FORBIDDEN: &str = "*[\\]|/:<>%+#?'\";,";

fn is_group_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 255 && !name.contains(|it| FORBIDDEN.contains(it))
}

fn is_password(password: &str) -> bool {
    let has = |is: fn(&char) -> bool| password.chars().any(|it| is(&it));
    password.len() >= 6
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
        && has(char::is_ascii_punctuation)
}
