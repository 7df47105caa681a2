//! The store of Superset, against Flask-AppBuilder: the contract, and what only such a server does.

mod cost;
mod crash;
mod existing_accounts;
mod faults;
mod files;
mod first_day;
mod in_cluster;
mod life;
mod links_in_cluster;
mod partial;
mod program;
mod recovery;
mod roles_in_cluster;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::store::superset::{self, DeleteGroups, SupersetCredentials, SupersetSettings};
use directory_group_sync::traffic::Traffic;
use serde_json::{Value, json};

use crate::harness::{FlaskAppBuilder, HttpFaults, Postgres};
use crate::memory_server::MemoryBook;
use crate::store_contract::{ByHand, Fixture, Hidden, HidesFirst, Store, hold_contract};

/// A server behind a proxy, with its book.
struct Superset {
    server: FlaskAppBuilder,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
}

/// SQLite gives the id of a deleted group to the next one. A test that shows what becomes of a deleted group needs a
/// database that does not.
const ON_POSTGRESQL: &str = "what_was_deleted_meanwhile_is_named_and_the_rest_is_written";

fn started(test: &str) -> Superset {
    let builder = FlaskAppBuilder::builder();
    let server = if test == ON_POSTGRESQL {
        builder.on(&Postgres::shared().database("superset")).start()
    } else {
        builder.start()
    };
    let proxy = HttpFaults::to(&server.address());
    Superset { server, proxy, book: Arc::default() }
}

impl Superset {
    fn settings(&self) -> SupersetSettings {
        let bot = FlaskAppBuilder::BOT;
        SupersetSettings {
            client: ClientSettings {
                url: self.proxy.url(),
                authorities: None,
                allow_plaintext_password: true,
                connect_timeout: Duration::from_secs(5),
                request_timeout: Duration::from_secs(10),
                traffic: Traffic::default(),
            },
            credentials: SupersetCredentials::Password {
                username: bot.username.to_owned().into(),
                password: bot.password.to_owned().into(),
                provider: "db".to_owned(),
            },
            delete_groups: DeleteGroups::WhenUnused,
            manages_accounts: true,
            new_account_roles: vec!["Public".to_owned()],
            // So that ids ascend in the order of the plan.
            at_a_time: 1,
        }
    }

    /// The requests since the proxy has forgotten all, without those that read and sign in.
    fn writes(&self) -> Vec<String> {
        self.proxy.calls().into_iter().filter(|call| !call.starts_with("GET")).collect()
    }

    /// From now on our account has these rights alone, such as `("can_get", "User")`.
    fn only_allow(&self, rights: &[(&str, &str)]) {
        let administrator = self.server.administrator();
        let mut ids = Vec::new();
        for page in 0.. {
            let path = format!("permissions-resources/?q=(page:{page},page_size:100)");
            let answer = administrator.call("GET", &path, &Value::Null);
            let answer: Value = serde_json::from_slice(&answer.body).unwrap();
            let rows = answer["result"].as_array().unwrap();
            let is_allowed = |row: &&Value| {
                rights
                    .iter()
                    .any(|(right, view)| row["permission"]["name"] == *right && row["view_menu"]["name"] == *view)
            };
            ids.extend(rows.iter().filter(is_allowed).map(|row| row["id"].clone()));
            if rows.len() < 100 {
                break;
            }
        }
        assert_eq!(ids.len(), rights.len());
        let role = administrator.add_role("Restricted");
        let body = json!({ "permission_view_menu_ids": ids });
        let answer = administrator.call("POST", &format!("roles/{role}/permissions"), &body);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        administrator.set_account_roles(FlaskAppBuilder::BOT.username, &["Restricted"]);
    }

    /// The store as a run has it, with the accounts of the server's administrator and of ourselves.
    fn whole(&self, settings: SupersetSettings) -> Store {
        superset::open(settings, Arc::clone(&self.book) as _).unwrap()
    }
}

impl Fixture for Superset {
    fn store(&self) -> Store {
        Arc::new(HidesFirst { hidden: Hidden { groups: 0, accounts: 2 }, store: self.whole(self.settings()) })
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        let administrator = self.server.administrator();
        match *edit {
            ByHand::CreateAccount(username, email) => {
                administrator.add_account_with(username, &json!({ "email": email }));
            }
            ByHand::CreateGroup(name) => drop(administrator.add_group(name)),
            ByHand::DeleteAccount(username) => administrator.delete_account(username),
            ByHand::DeleteGroup(name) => administrator.delete_group(name),
            ByHand::Empty(name) => administrator.set_members(name, &[]),
            ByHand::Add(name, username) => administrator.add_member(name, username),
            ByHand::SetRoles(name, roles) => administrator.set_group_roles(name, roles),
        }
    }

    /// It always has, to the letter.
    fn have_unique_names(&self) -> &'static str {
        "another object of the server has its"
    }

    fn is_untouched(&self) -> bool {
        let content = self.server.content();
        content.groups.is_empty() && content.accounts.len() == 2
    }

    fn empty(&mut self) -> bool {
        let administrator = self.server.administrator();
        let content = self.server.content();
        for group in content.groups.keys() {
            // SQLite keeps the memberships and roles of deleted groups.
            administrator.set_members(group, &[]);
            administrator.set_group_roles(group, &[]);
            administrator.delete_group(group);
        }
        let ours = [FlaskAppBuilder::ADMIN.username, FlaskAppBuilder::BOT.username];
        for username in content.accounts.keys().filter(|username| !ours.contains(&username.as_str())) {
            administrator.delete_account(username);
        }
        self.proxy.forget();
        self.book = Arc::default();
        true
    }
}

hold_contract! { started }
