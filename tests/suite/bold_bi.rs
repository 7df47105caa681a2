//! The store of Bold BI, against a strict double: the contract of all stores with both versions of the API, and what only
//! such a server does.

mod cost;
mod coverage;
mod faults;
mod life;
mod program;
mod reading;
mod source;
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::store::bold_bi::{self, ApiVersion, BoldBiCredentials, BoldBiSettings};
use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::traffic::Traffic;

use crate::harness::bold_bi::{PASSWORD, SITE, Site, USERNAME};
use crate::harness::contract::Coverage;
use crate::harness::{BoldBi, HttpFaults};
use crate::memory_server::MemoryBook;
use crate::store_contract::{ByHand, Fixture, Hidden, HidesFirst, Store, hold_contract};

/// A site behind a proxy, with its book.
struct Bold {
    site: BoldBi,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
}

fn started(_: &str) -> Bold {
    behind_proxy(BoldBi::start())
}

/// A server that has version 4.0 alone.
fn started_with_version_4(_: &str) -> Bold {
    behind_proxy(BoldBi::serving(&["v4.0"], Coverage::default()))
}

/// A server that refuses what is so already, without saying which of the accounts it minds.
fn started_minding(_: &str) -> Bold {
    let bold = started("");
    bold.site.with(|site| site.minds_repetition = true);
    bold
}

fn behind_proxy(site: BoldBi) -> Bold {
    // The contract's accounts have short names.
    site.with(|site| site.old_usernames = true);
    let proxy = HttpFaults::to(&site.address());
    Bold { site, proxy, book: Arc::default() }
}

impl Bold {
    fn settings(&self) -> BoldBiSettings {
        BoldBiSettings {
            client: ClientSettings {
                url: self.proxy.url(),
                authorities: None,
                allow_plaintext_password: true,
                connect_timeout: Duration::from_secs(5),
                request_timeout: Duration::from_secs(10),
                traffic: Traffic::default(),
            },
            site: Some(SITE.to_owned()),
            api_version: ApiVersion::Auto,
            credentials: BoldBiCredentials::Password {
                username: USERNAME.to_owned().into(),
                password: PASSWORD.to_owned().into(),
            },
            default_group: None,
            // So that ids ascend in the order of the plan.
            at_a_time: 1,
        }
    }

    /// The store as a run has it, with the administrators' group and their accounts.
    fn whole(&self, settings: BoldBiSettings) -> Store {
        bold_bi::open(settings, Arc::clone(&self.book) as _).unwrap()
    }
}

impl Fixture for Bold {
    fn store(&self) -> Store {
        Arc::new(HidesFirst { hidden: Hidden { groups: 1, accounts: 2 }, store: self.whole(self.settings()) })
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        self.site.with(|site| match *edit {
            ByHand::CreateAccount(username, email) => drop(site.add_account(username, email)),
            ByHand::CreateGroup(name) => drop(site.add_group(name)),
            ByHand::DeleteAccount(username) => site.remove_account(site.account_id(username).unwrap()),
            ByHand::DeleteGroup(name) => drop(site.groups.remove(&site.group_id(name).unwrap())),
            ByHand::Empty(name) => site.group_mut(name).members.clear(),
            ByHand::Add(name, username) => {
                let id = site.account_id(username).unwrap();
                site.group_mut(name).members.insert(id);
            }
            ByHand::SetRoles(..) => panic!("groups of Bold BI have no roles"),
        });
    }

    /// It always has.
    fn have_unique_names(&self) -> &'static str {
        "of the server has its"
    }

    fn is_untouched(&self) -> bool {
        self.site.with(|site| (site.groups.len(), site.accounts.len()) == (1, 2))
    }

    fn empty(&mut self) -> bool {
        self.site.with(|site| {
            let (old_usernames, minds_repetition) = (site.old_usernames, site.minds_repetition);
            *site = Site::default();
            (site.old_usernames, site.minds_repetition) = (old_usernames, minds_repetition);
        });
        self.book = Arc::default();
        true
    }
}

mod version_5 {
    use super::*;

    hold_contract! { started }
}

mod version_4 {
    use super::*;

    hold_contract! { started_with_version_4 }
}

mod minding_repetition {
    use super::*;

    hold_contract! { started_minding }
}
