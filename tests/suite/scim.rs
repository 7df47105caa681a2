//! The store of a server that speaks SCIM, against real servers: the contract of all stores, and what only such a server does.

mod cost;
mod crash;
mod dialects;
mod existing_accounts;
mod faults;
mod files;
mod first_day;
mod in_cluster;
mod meanwhile;
mod partial;
mod program;
mod recovery;
mod servers;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::sync::found::Found;

use crate::harness::scim_servers::{Kind, TOKEN};
use crate::harness::{HttpFaults, ScimServer};
use crate::memory_server::MemoryBook;
use crate::store_contract::{ByHand, Fixture, Store, hold_contract};
use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::store::scim::{self, ScimCredentials, ScimDialect, ScimSettings};
use directory_group_sync::traffic::Traffic;

/// A server behind a proxy, with its book.
struct Scim {
    server: Arc<ScimServer>,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
}

/// A server as one with a database is.
fn started(kind: Kind) -> Scim {
    behind_proxy(ScimServer::start_strict(kind))
}

fn behind_proxy(server: ScimServer) -> Scim {
    let proxy = HttpFaults::to(&server.address());
    Scim { server: Arc::new(server), proxy, book: Arc::default() }
}

impl Scim {
    fn settings(&self) -> ScimSettings {
        settings(self.url())
    }

    /// The URL of its SCIM service, through the proxy.
    fn url(&self) -> String {
        format!("{}{}", self.proxy.url(), self.server.kind().base_path())
    }

    /// The requests that may have changed something.
    fn writes(&self) -> Vec<String> {
        self.proxy.calls().into_iter().filter(|call| !call.starts_with("GET")).collect()
    }

    /// The usernames of a group.
    fn members(&self, group: &str) -> Vec<String> {
        self.server.content().group(group).members.clone()
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
            traffic: Traffic::default(),
        },
        credentials: ScimCredentials::Bearer(TOKEN.to_owned().into()),
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
        let (user, group) =
            (|name: &str| server.content().user(name).id.clone(), |name: &str| server.content().group(name).id.clone());
        match *edit {
            ByHand::CreateAccount(username, email) => drop(server.add_user(username, email)),
            ByHand::CreateGroup(name) => drop(server.add_group(name)),
            ByHand::DeleteAccount(username) => server.delete_user(&user(username)),
            ByHand::DeleteGroup(name) => server.delete_group(&group(name)),
            ByHand::Empty(name) => server.remove_all_members(&group(name)),
            ByHand::Add(name, username) => server.add_member(&group(name), &user(username)),
            ByHand::SetRoles(..) => panic!("groups of SCIM have no roles"),
        }
    }

    /// It always has.
    fn have_unique_names(&self) -> &'static str {
        "of the server has its"
    }

    /// django-scim2 takes none with others than ASCII.
    fn rare_email(&self) -> &'static str {
        if self.server.kind() == Kind::DjangoScim2 { "zoe+'q'@corp.example" } else { "zoë@corp.example" }
    }

    /// django-scim2 makes display names of the other names.
    fn ours(&self, mut found: Found) -> Found {
        if self.server.kind() == Kind::DjangoScim2 {
            for account in &mut found.accounts {
                account.attributes.display_name = None;
            }
        }
        found
    }

    fn is_untouched(&self) -> bool {
        let content = self.server.content();
        content.users.is_empty() && content.groups.is_empty()
    }
}

mod scim2_server {
    use super::*;

    hold_contract! { |_: &str| started(Kind::Scim2Server) }
}

mod scimmy {
    use super::*;

    hold_contract! { |_: &str| started(Kind::Scimmy) }
}

mod elimity {
    use super::*;

    hold_contract! { |_: &str| started(Kind::Elimity) }
}

mod django_scim2 {
    use super::*;

    hold_contract! { |_: &str| started(Kind::DjangoScim2) }
}
