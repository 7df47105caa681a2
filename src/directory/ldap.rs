//! A directory behind LDAP (RFC 4511): Active Directory, Samba, AD LDS, OpenLDAP, 389 Directory Server, FreeIPA and
//! others.
//!
//! One connection, bound once, serves one read. If it is lost, the read may start again on another server. The groups
//! are read in pages and the users in one scan or by their ids. They are joined here, so no member needs a request of
//! its own.
//!
//! An incomplete answer is an error: [`search`] checks every answer, [`range`] every range of a long one, [`reference`]
//! what a server leaves to other servers. Before that, the [`guard`] has checked every octet against the protocol and
//! bounds.

mod address;
mod bind;
mod connection;
mod control;
mod csn;
mod decoder;
mod demultiplexer;
mod directory_id;
mod entry_queue;
#[cfg(fuzzing)]
pub mod fuzzing;
mod groups;
pub mod guard;
mod locate;
mod look_up;
mod member_of;
mod members;
mod name_look_up;
mod range;
mod reference;
mod relay;
mod result;
mod root_dse;
mod search;
mod server_info;
mod session;
mod start_tls;
mod subgroups;
mod tls;
mod tombstone;
mod withheld;

pub use self::address::{addresses, servers};

use async_trait::async_trait;

use self::address::Address;
use self::connection::Connection;
use self::server_info::ServerInfo;
use self::session::Session;
use super::assembly::{Assembly, Supplement};
use super::selection::{GroupSearch, Selection};
use super::settings::{DirectorySettings, LdapSettings};
use super::{Directory, Error, LookUp, Probe, Query};
use crate::sync::snapshot::{Absence, Snapshot};

/// A directory on one or more LDAP servers. One value serves one run, over one connection at a time.
pub struct LdapDirectory {
    settings: DirectorySettings,
    /// Its servers are those that this run has not tried yet. Each is tried once, because a further bind after a
    /// failure might lock the account.
    ldap: LdapSettings,
    state: State,
}

enum State {
    /// Not connected.
    New,
    /// Connected, and the last read was successful.
    Open(Box<Open>),
    /// A read has failed, so the connection cannot be used.
    Spent,
}

/// An open session and the last read over it.
struct Open {
    session: Session,
    last_read: Option<LastRead>,
}

/// What `locate` needs of the read before it.
struct LastRead {
    searches: Vec<GroupSearch>,
    supplement: Supplement,
}

impl LdapDirectory {
    /// With the settings of the Directory and of its `spec.ldap`. Nothing is sent before the first read.
    #[must_use]
    pub const fn new(settings: DirectorySettings, ldap: LdapSettings) -> Self {
        Self { settings, ldap, state: State::New }
    }

    /// Takes the session, a new one the first time. It is put back after a successful read. Until then the value is
    /// spent.
    async fn session(&mut self) -> Result<Box<Open>, Error> {
        match std::mem::replace(&mut self.state, State::Spent) {
            State::New => {
                let connection = self.next_server().await?;
                let session = Session::open(connection, &self.settings).await?;
                Ok(Box::new(Open { session, last_read: None }))
            }
            State::Open(open) => Ok(open),
            State::Spent => Err(Error::unreachable(
                "reading the directory",
                "the connection was closed after an earlier failure of this run",
            )),
        }
    }

    /// Connects to the first server that can be reached, of those not tried yet. It and those before it are not tried
    /// again.
    async fn next_server(&mut self) -> Result<Connection, Error> {
        let connected = Connection::open(&self.ldap).await;
        let mut servers = std::mem::take(&mut self.ldap.servers).into_iter();
        if let Ok(Connection { address, .. }) = &connected {
            let _ = servers.find(|server| Address::parse(server, self.ldap.tls).is_ok_and(|it| it == *address));
            self.ldap.servers = servers.collect();
        }
        connected
    }
}

#[async_trait]
impl Directory for LdapDirectory {
    async fn connect(&mut self) -> Result<(), Error> {
        self.state = State::Open(self.session().await?);
        Ok(())
    }

    fn fail_over(&mut self, error: &Error) -> bool {
        let is_left = !self.ldap.servers.is_empty();
        let may_help = is_left && matches!(error, Error::Unreachable { .. } | Error::TimedOut { .. });
        if may_help {
            self.state = State::New;
        }
        may_help
    }

    async fn snapshot(&mut self, query: &Query) -> Result<Snapshot, Error> {
        let mut open = self.session().await?;
        let session = &mut open.session;
        session.check_bases(query).await?;
        let selection = Selection::parse(query, &session.effective)?;
        let searches = selection.searches(&session.effective);
        let mut assembly = Assembly::new(session.effective.clone(), selection);
        session.read_groups(&searches, &mut assembly).await?;
        session.resolve(&mut assembly).await?;
        session.check_server().await?;
        let ServerInfo { server, directory_id, other_directory_ids } = session.server.clone();
        let (snapshot, supplement) =
            assembly.finish((directory_id, other_directory_ids), Some(server), Absence::Unproven);
        open.last_read = Some(LastRead { searches, supplement });
        self.state = State::Open(open);
        Ok(snapshot)
    }

    async fn locate(&mut self, mut snapshot: Snapshot, look_up: &LookUp) -> Result<Snapshot, Error> {
        let mut open = self.session().await?;
        let Open { session, last_read: Some(LastRead { searches, supplement }) } = &mut *open else {
            return Err(Error::unreachable("looking up objects by their ids", "nothing was read before"));
        };
        session.locate_members(&look_up.members, supplement, &mut snapshot).await?;
        session.locate_groups(&look_up.groups, searches, supplement, &mut snapshot).await?;
        session.ask_member_of(&look_up.without_members, &mut snapshot).await?;
        session.check_server().await?;
        supplement.complete(&mut snapshot);
        self.state = State::Open(open);
        Ok(snapshot)
    }

    async fn probe(&mut self) -> Result<Probe, Error> {
        let mut open = self.session().await?;
        let session = &mut open.session;
        session.check_bases(&Query { selectors: Vec::new(), exclude: Vec::new(), nested: false }).await?;
        let ServerInfo { server, directory_id, .. } = session.server.clone();
        let probe = Probe { directory_id, server, effective: session.effective.described() };
        self.state = State::Open(open);
        Ok(probe)
    }
}
