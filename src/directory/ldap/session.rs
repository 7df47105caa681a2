//! A bound connection to one server of which it is known what it is: every read of a run goes through one session.

use std::sync::Arc;

use super::connection::Connection;
use super::look_up::Names;
use super::reference::Contexts;
use super::root_dse::RootDse;
use super::search::incomplete;
use super::{realm, server};
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::schema::{Effective, Schema};
use crate::directory::settings::{DirectorySettings, LdapSettings};
use crate::sync::identity::Realm;
use crate::sync::snapshot::ServerIdentity;

/// An open session.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) root: RootDse,
    /// Which references are no data.
    pub(super) contexts: Contexts,
    pub(super) effective: Arc<Effective>,
    pub(super) realm: Realm,
    /// The naming context that holds the base: the whole directory, as far as look-ups by id go.
    pub(super) context: Dn,
    /// The server, with its position before anything else was read.
    pub(super) server: ServerIdentity,
    /// How entries can be asked for by name, once that was found out.
    pub(super) names: Option<Names>,
}

impl Session {
    /// Connects, binds, and finds out what the server is.
    pub(super) async fn open(settings: &DirectorySettings, ldap: &LdapSettings) -> Result<Self, Error> {
        let mut connection = Connection::open(ldap).await?;
        let root = RootDse::read(&mut connection).await?;
        let schema = Schema::chosen(settings.schema).unwrap_or_else(|| detected(&root));
        if (schema == Schema::ActiveDirectory) != root.is_active_directory {
            return Err(Error::Configuration {
                field: "spec.schema".to_owned(),
                problem: format!(
                    "is {}, but {} {} Active Directory; leave it out or set it to Auto",
                    schema.name(),
                    connection.address,
                    if root.is_active_directory { "is an" } else { "is no" },
                ),
            });
        }
        let effective = Effective::of_server(settings, schema)?;
        let server = server::identify(&mut connection, &root).await?;
        let context = realm::context(&root, &effective)?;
        let realm = realm::read(&mut connection, &effective, &context).await?;
        let contexts = Contexts::new(&root);
        Ok(Self { connection, root, contexts, effective: Arc::new(effective), realm, context, server, names: None })
    }

    /// Makes sure at the end of a read that it was one server all the time: a balancer between us may have changed it,
    /// and one that was restored meanwhile has another id or an earlier position.
    pub(super) async fn check_server(&mut self) -> Result<(), Error> {
        let root = RootDse::read(&mut self.connection).await?;
        let now = server::identify(&mut self.connection, &root).await?;
        let went_back = matches!((self.server.position, now.position), (Some(before), Some(now)) if now < before);
        if now.identity != self.server.identity || went_back {
            return Err(incomplete(
                "reading the directory",
                format!(
                    "the answers came from several servers: {} at the start, {} at the end; name servers, not a load \
                     balancer, in spec.ldap.servers",
                    self.server.identity, now.identity
                ),
            ));
        }
        Ok(())
    }
}

fn detected(root: &RootDse) -> Schema {
    if root.is_active_directory {
        Schema::ActiveDirectory
    } else if root.is_free_ipa {
        Schema::FreeIpa
    } else {
        Schema::Rfc2307bis
    }
}
