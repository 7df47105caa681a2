//! The store of Superset, against Flask-AppBuilder: the contract, and what only such a server does.

mod faults;
mod files;
mod hidden;
mod life;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::store::superset::{self, DeleteGroups, SupersetCredentials, SupersetSettings};
use serde_json::json;

use self::hidden::HidesFirst;
use crate::harness::{FlaskAppBuilder, HttpFaults, Postgres};
use crate::memory_server::MemoryBook;
use crate::store_contract::{self, ByHand, Fixture, Store, hold_contract, hold_stopping};

/// A server behind a proxy, with its book.
struct Superset {
    server: FlaskAppBuilder,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
}

fn started(_: &str) -> Superset {
    let server = FlaskAppBuilder::start();
    let proxy = HttpFaults::to(&server.address());
    Superset { server, proxy, book: Arc::default() }
}

fn started_on_postgresql(test: &str) -> Superset {
    let database = Postgres::shared().database(test);
    let server = FlaskAppBuilder::builder().on(&database).start();
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
            },
            credentials: SupersetCredentials::Password {
                username: bot.username.to_owned().into(),
                password: bot.password.to_owned().into(),
                provider: "db".to_owned(),
            },
            delete_groups: DeleteGroups::WhenUnused,
            new_account_roles: vec!["Public".to_owned()],
            // So that ids ascend in the order of the plan.
            at_a_time: 1,
        }
    }

    /// The store as a run has it, with the accounts of the server's administrator and of ourselves.
    fn whole(&self, settings: SupersetSettings) -> Store {
        superset::open(settings, Arc::clone(&self.book) as _).unwrap()
    }
}

impl Fixture for Superset {
    fn store(&self) -> Store {
        Arc::new(HidesFirst { accounts: 2, store: self.whole(self.settings()) })
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
        }
    }

    /// It always has, to the letter.
    fn have_unique_names(&self) {}

    fn is_untouched(&self) -> bool {
        let content = self.server.content();
        content.groups.is_empty() && content.accounts.len() == 2
    }
}

hold_contract! {
    store_contract, started;
    an_empty_store_reads_empty_and_nothing_is_made
    a_second_writer_does_not_wait
    a_writer_that_is_dropped_leaves_nothing
    memberships_that_came_or_went_meanwhile_are_no_failure
    a_membership_of_what_was_deleted_meanwhile_is_left_out_alone
    names_swap_and_move_on_where_names_are_unique
    a_link_may_pass_to_another_object
    what_is_remembered_of_directories_is_read_back
    of_many_servers_those_first_seen_last_are_remembered
    who_leads_a_directory_is_read_back
}

// SQLite gives the id of a deleted group to the next one.
hold_contract! {
    store_contract, started_on_postgresql;
    what_was_deleted_meanwhile_is_named_and_the_rest_is_written
}

hold_stopping! { started }
