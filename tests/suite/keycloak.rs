//! The store of a real Keycloak, through its SCIM server: the contract of all stores, and what only this product does.

mod answers;
mod files;
mod in_order;
mod lost;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::store::scim::{self, ScimCredentials, ScimDialect, ScimSettings};
use directory_group_sync::traffic::Traffic;

use self::in_order::{InOrder, Order};
use crate::harness::keycloak::{Profile, Realm};
use crate::harness::{HttpFaults, Keycloak};
use crate::memory_server::MemoryBook;
use crate::store_contract::{ByHand, Fixture, Store, hold_contract};

/// A realm behind a proxy, with the book of its store.
struct InKeycloak {
    realm: Realm<'static>,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
    order: Arc<Order>,
}

fn started(profile: Profile) -> InKeycloak {
    let server = Keycloak::shared();
    let proxy = HttpFaults::to(&server.address());
    InKeycloak { realm: server.realm(profile), proxy, book: Arc::default(), order: Arc::default() }
}

impl InKeycloak {
    fn settings(&self) -> ScimSettings {
        ScimSettings {
            client: ClientSettings {
                url: format!("{}{}", self.proxy.url(), self.realm.path()),
                authorities: None,
                allow_plaintext_password: true,
                connect_timeout: Duration::from_secs(5),
                request_timeout: Duration::from_mins(1),
                traffic: Traffic::default(),
            },
            credentials: ScimCredentials::OAuth2 {
                token_url: format!("{}{}", self.proxy.url(), self.realm.token_path()),
                scopes: Vec::new(),
                client_id: Realm::CLIENT_ID.to_owned().into(),
                client_secret: Realm::CLIENT_SECRET.to_owned().into(),
            },
            dialect: ScimDialect::AUTO,
            at_a_time: 4,
        }
    }

    fn whole(&self, settings: ScimSettings) -> Store {
        scim::open(settings, Arc::clone(&self.book) as _).unwrap()
    }

    /// The requests for users and groups that may have changed something.
    fn writes(&self) -> Vec<String> {
        self.requests().into_iter().filter(|call| !call.starts_with("GET")).collect()
    }

    /// All requests but those for tokens.
    fn requests(&self) -> Vec<String> {
        self.proxy.calls().into_iter().filter(|call| !call.ends_with("/token")).collect()
    }

    /// How many tokens were given.
    fn tokens(&self) -> usize {
        self.proxy.calls().iter().filter(|call| call.ends_with("/token")).count()
    }
}

impl Fixture for InKeycloak {
    /// Its ids are random, so what a plan creates is put into the order of the plan.
    fn store(&self) -> Store {
        Arc::new(InOrder { store: self.whole(self.settings()), order: Arc::clone(&self.order) })
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        let realm = &self.realm;
        match *edit {
            ByHand::CreateAccount(username, email) => realm.create_account(username, email),
            ByHand::CreateGroup(name) => realm.create_group(name),
            ByHand::DeleteAccount(username) => realm.delete("users", username),
            ByHand::DeleteGroup(name) => realm.delete("groups", name),
            ByHand::Empty(name) => {
                realm.members(name).iter().for_each(|username| realm.set_member(name, username, false));
            }
            ByHand::Add(name, username) => realm.set_member(name, username, true),
            ByHand::SetRoles(..) => panic!("groups of SCIM have no roles"),
        }
    }

    /// It always has.
    fn have_unique_names(&self) -> &'static str {
        "of the server has its"
    }

    fn is_untouched(&self) -> bool {
        self.realm.all("users").is_empty() && self.realm.all("groups").is_empty()
    }

    fn empty(&mut self) -> bool {
        self.realm.empty();
        (self.book, self.order) = (Arc::default(), Arc::default());
        true
    }
}

hold_contract! { |_: &str| started(Profile::Documented) }
