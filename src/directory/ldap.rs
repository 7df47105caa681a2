//! A directory behind LDAP (RFC 4511): Active Directory, Samba, AD LDS, OpenLDAP, 389 Directory Server, FreeIPA and others.
//!
//! One connection, bound once, for one read; where it is lost, the read may begin again on another server. The groups
//! are read in pages, the users in one scan or by their ids, and joined here; nothing is asked for once a member.
//! Whatever a server does not say to its end is an error: [`search`] judges every answer, [`range`] every part of a
//! long one, [`reference`] what a server leaves to others; before any of them sees an answer, the [`guard`] has held it
//! to the protocol and to bounds.

mod address;
mod backlog;
mod bind;
mod change_number;
mod connection;
mod control;
mod decoder;
mod directory_id;
#[cfg(fuzzing)]
pub mod fuzzing;
mod groups;
pub mod guard;
mod locate;
mod look_up;
mod members;
mod memory;
mod other_side;
mod pump;
mod range;
mod reference;
mod result;
mod root_dse;
mod search;
mod server;
mod session;
mod sorter;
mod start_tls;
mod subgroups;
mod tls;
mod tombstone;

use async_trait::async_trait;

use self::address::Address;
use self::connection::Connection;
use self::server::Respondent;
use self::session::Session;
use super::assembly::{Assembly, Supplement};
use super::selection::{GroupSearch, Selection};
use super::settings::{DirectorySettings, LdapSettings};
use super::{Directory, Error, LookUp, Probe, Query};
use crate::sync::snapshot::{Absence, Snapshot};

/// A directory on one or more LDAP servers. One value serves one run, over one connection at a time.
pub struct LdapDirectory {
    settings: DirectorySettings,
    /// Its servers are those that this run has not asked yet: each is asked once, as another bind after a failure might
    /// be the one that locks the account.
    ldap: LdapSettings,
    state: State,
}

enum State {
    /// Not connected.
    New,
    /// Connected, and between two reads in good order.
    Open(Box<Open>),
    /// A read has failed; what the connection would answer now is anybody's guess.
    Spent,
}

/// An open session and the last read over it.
struct Open {
    session: Session,
    reading: Option<Reading>,
}

/// What `locate` needs of the read before it.
struct Reading {
    searches: Vec<GroupSearch>,
    supplement: Supplement,
}

impl LdapDirectory {
    /// With the settings of the Directory and of its `spec.ldap`. Nothing is sent before the first read.
    #[must_use]
    pub const fn new(settings: DirectorySettings, ldap: LdapSettings) -> Self {
        Self { settings, ldap, state: State::New }
    }

    /// Takes the session, a new one the first time. Until it is put back, after a read that ended well, the value is
    /// spent.
    async fn session(&mut self) -> Result<Box<Open>, Error> {
        match std::mem::replace(&mut self.state, State::Spent) {
            State::New => {
                let connection = self.next_server().await?;
                let session = Session::open(connection, &self.settings).await?;
                Ok(Box::new(Open { session, reading: None }))
            }
            State::Open(open) => Ok(open),
            State::Spent => Err(Error::unreachable(
                "reading the directory",
                "the connection was closed after an earlier failure of this run",
            )),
        }
    }

    /// Connects to the first server that can be reached of those not asked yet. It and those before it are not asked
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
        session.check_respondent().await?;
        let Respondent { server, directory_id, other_directory_ids } = session.respondent.clone();
        let (snapshot, supplement) =
            assembly.finish((directory_id, other_directory_ids), Some(server), Absence::Unproven);
        open.reading = Some(Reading { searches, supplement });
        self.state = State::Open(open);
        Ok(snapshot)
    }

    async fn locate(&mut self, mut snapshot: Snapshot, look_up: &LookUp) -> Result<Snapshot, Error> {
        let mut open = self.session().await?;
        let Open { session, reading: Some(Reading { searches, supplement }) } = &mut *open else {
            return Err(Error::unreachable("looking up objects by their ids", "nothing was read before"));
        };
        session.locate_members(&look_up.members, supplement, &mut snapshot).await?;
        session.locate_groups(&look_up.groups, searches, supplement, &mut snapshot).await?;
        session.ask_other_side(&look_up.emptied, &mut snapshot).await?;
        session.check_respondent().await?;
        supplement.complete(&mut snapshot);
        self.state = State::Open(open);
        Ok(snapshot)
    }

    async fn probe(&mut self) -> Result<Probe, Error> {
        let mut open = self.session().await?;
        let session = &mut open.session;
        session.check_bases(&Query { items: Vec::new(), exclude: Vec::new(), nested: false }).await?;
        let Respondent { server, directory_id, .. } = session.respondent.clone();
        let probe = Probe { directory_id, server, effective: session.effective.described() };
        self.state = State::Open(open);
        Ok(probe)
    }
}
