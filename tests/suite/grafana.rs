//! The store of Grafana, against a strict double: the contract of all stores on every path of its API, and what only such a
//! server does.

mod cost;
mod coverage;
mod existing_accounts;
mod faults;
mod files;
mod first_day;
mod in_cluster;
mod life;
mod members;
mod partial;
mod program;
mod reading;
mod recovery;
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use directory_group_sync::store::grafana::{self, GrafanaCredentials, GrafanaSettings, OrganizationRole};
use directory_group_sync::store::remote::http::ClientSettings;
use directory_group_sync::traffic::Traffic;

use crate::harness::grafana::site::Member;
use crate::harness::grafana::{PASSWORD, Site, TOKEN, USERNAME};
use crate::harness::{Grafana, HttpFaults};
use crate::memory_server::MemoryBook;
use crate::store_contract::{ByHand, Fixture, Hidden, HidesFirst, Store, hold_contract};

/// A server behind a proxy, with its book.
struct Graf {
    site: Grafana,
    proxy: HttpFaults,
    book: Arc<MemoryBook>,
}

fn started(_: &str) -> Graf {
    behind_proxy(Grafana::start())
}

/// A server that cannot take all members at once.
fn started_before_11_1(_: &str) -> Graf {
    let graf = started("");
    graf.site.with(|site| site.version = (11, 0));
    graf
}

/// A server whose teams are those of its new API.
fn started_redirected(_: &str) -> Graf {
    let graf = started("");
    graf.site.with(|site| (site.is_redirected, site.version, site.taken) = (true, (13, 2), 500));
    graf
}

/// A server that puts new users into no organization.
fn started_without_auto_assign(_: &str) -> Graf {
    let graf = started("");
    graf.site.with(|site| site.auto_assigns = false);
    graf
}

fn behind_proxy(site: Grafana) -> Graf {
    let proxy = HttpFaults::to(&site.address());
    Graf { site, proxy, book: Arc::default() }
}

impl Graf {
    /// As a server administrator.
    fn settings(&self) -> GrafanaSettings {
        GrafanaSettings {
            client: ClientSettings {
                url: self.proxy.url(),
                authorities: None,
                allow_plaintext_password: true,
                connect_timeout: Duration::from_secs(5),
                request_timeout: Duration::from_secs(10),
                traffic: Traffic::default(),
            },
            organization: 1,
            credentials: GrafanaCredentials::Password {
                username: USERNAME.to_owned().into(),
                password: PASSWORD.to_owned().into(),
            },
            manages_accounts: true,
            new_account_role: OrganizationRole::Viewer,
            log_out_removed: false,
            // So that ids ascend in the order of the plan.
            at_a_time: 1,
        }
    }

    /// As a service account, which manages no accounts.
    fn settings_with_token(&self) -> GrafanaSettings {
        let credentials = GrafanaCredentials::Token(TOKEN.to_owned().into());
        GrafanaSettings { credentials, manages_accounts: false, ..self.settings() }
    }

    /// The requests that may have changed something.
    fn writes(&self) -> Vec<String> {
        self.proxy.calls().into_iter().filter(|call| !call.starts_with("GET")).collect()
    }

    /// The store as a run has it, with the administrators.
    fn whole(&self, settings: GrafanaSettings) -> Store {
        grafana::open(settings, Arc::clone(&self.book) as _).unwrap()
    }
}

impl Fixture for Graf {
    fn store(&self) -> Store {
        let store = self.whole(self.settings());
        Arc::new(HidesFirst { hidden: Hidden { groups: 0, accounts: 2 }, store })
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        self.site.with(|site| match *edit {
            ByHand::CreateAccount(username, email) => drop(site.add_user(username, email)),
            ByHand::CreateGroup(name) => drop(site.add_team(name)),
            ByHand::DeleteAccount(username) => site.remove_user(site.user_id(username).unwrap()),
            ByHand::DeleteGroup(name) => drop(site.teams.remove(&site.team_id(name).unwrap())),
            ByHand::Empty(name) => site.team_mut(name).members.clear(),
            ByHand::Add(name, username) => site.join(name, username, Member::default()),
            ByHand::SetRoles(..) => panic!("teams of Grafana have no roles"),
        });
    }

    /// It always has.
    fn have_unique_names(&self) -> &'static str {
        "has its"
    }

    fn is_untouched(&self) -> bool {
        self.site.with(|site| (site.teams.len(), site.users.len()) == (0, 2))
    }

    fn empty(&mut self) -> bool {
        self.site.with(|site| {
            let fresh = Site::default();
            (site.users, site.teams) = (fresh.users, fresh.teams);
        });
        self.book = Arc::default();
        true
    }
}

mod at_once {
    use super::*;

    hold_contract! { started }
}

mod before_11_1 {
    use super::*;

    hold_contract! { started_before_11_1 }
}

mod redirected {
    use super::*;

    hold_contract! { started_redirected }
}

mod without_auto_assign {
    use super::*;

    hold_contract! { started_without_auto_assign }
}
