//! The store of a server that speaks SCIM, against real servers: the contract of all stores, and what only such a server does.

mod cost;
mod dialects;
mod faults;
mod files;
mod program;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::store::scim::{self, ScimCredentials, ScimDialect, ScimSettings};
use serde_json::json;

use crate::harness::HttpFaults;
use crate::harness::scim_server::{Library, ScimServer};
use crate::memory_server::MemoryBook;
use crate::store_contract::{ByHand, Fixture, Store, hold_contract};

/// A server behind a proxy, with its book.
struct Scim {
    server: ScimServer,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
}

fn started(library: Library) -> Scim {
    let server = ScimServer::start(library);
    let proxy = HttpFaults::to(&server.address());
    Scim { server, proxy, book: Arc::default() }
}

impl Scim {
    fn settings(&self) -> ScimSettings {
        settings(format!("{}{}", self.proxy.url(), self.server.base()))
    }

    fn whole(&self, settings: ScimSettings) -> Store {
        scim::open(settings, Arc::clone(&self.book) as _).unwrap()
    }
}

fn settings(url: String) -> ScimSettings {
    ScimSettings {
        client: ClientSettings {
            url,
            authorities: None,
            allow_plaintext_password: true,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
        },
        credentials: ScimCredentials::Bearer(ScimServer::TOKEN.to_owned().into()),
        dialect: ScimDialect::AUTO,
        // So that ids ascend in the order of the plan.
        at_a_time: 1,
    }
}

impl Fixture for Scim {
    fn store(&self) -> Store {
        self.whole(self.settings())
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        let server = &self.server;
        match *edit {
            ByHand::CreateAccount(username, email) => drop(server.create_account(username, email)),
            ByHand::CreateGroup(name) => drop(server.create_group(name)),
            ByHand::DeleteAccount(username) => server.delete("Users", username),
            ByHand::DeleteGroup(name) => server.delete("Groups", name),
            ByHand::Empty(name) => server.patch_group(name, &json!({"op": "remove", "path": "members"})),
            ByHand::Add(name, username) => {
                let id = server.id("Users", username);
                server.patch_group(name, &json!({"op": "add", "path": "members", "value": [{"value": id}]}));
            }
            ByHand::SetRoles(..) => panic!("groups of SCIM have no roles"),
        }
    }

    /// It always has.
    fn have_unique_names(&self) -> &'static str {
        "of the server has its"
    }

    fn is_untouched(&self) -> bool {
        self.server.resources("Users").is_empty() && self.server.resources("Groups").is_empty()
    }
}

mod scim2_server {
    use super::*;

    hold_contract! { |_: &str| started(Library::Scim2Server) }
}

mod scimmy {
    use super::*;

    hold_contract! { |_: &str| started(Library::Scimmy) }
}
