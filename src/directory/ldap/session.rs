//! A bound connection to one server, with what is known about that server. All reads of a run use one session.

use std::sync::Arc;

use super::connection::Connection;
use super::directory_id;
use super::name_look_up::NameLookUp;
use super::reference::IgnoredReferences;
use super::root_dse::{Product, RootDse};
use super::server_info::ServerInfo;
use crate::directory::bases::bases;
use crate::directory::dn::Dn;
use crate::directory::schema::{Effective, Schema};
use crate::directory::settings::DirectorySettings;
use crate::directory::{Error, Query};

/// An open session.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) root: RootDse,
    pub(super) ignored: IgnoredReferences,
    pub(super) effective: Arc<Effective>,
    /// The naming context that contains the base. Look-ups by id search all of it.
    pub(super) context: Dn,
    /// The server as it was before anything else was read.
    pub(super) server: ServerInfo,
    /// How entries can be asked for by name, once that is known.
    name_look_up: Option<NameLookUp>,
}

impl Session {
    /// Finds out which server a bound connection leads to.
    pub(super) async fn open(mut connection: Connection, settings: &DirectorySettings) -> Result<Self, Error> {
        let root = RootDse::read(&mut connection).await?;
        let schema = schema(&root, &connection, settings)?;
        let effective = Effective::for_server(settings, schema)?;
        let context = directory_id::context(&root, &effective)?;
        let server = ServerInfo::read(&mut connection, &root, &effective, &context).await?;
        let (ignored, effective) = (root.ignored_references(), Arc::new(effective));
        Ok(Self { connection, root, ignored, effective, context, server, name_look_up: None })
    }

    /// Checks that every base of the settings and the query can be read. One that cannot would read as an empty one.
    pub(super) async fn check_bases(&mut self, query: &Query) -> Result<(), Error> {
        for (field, dn) in bases(&self.effective, query)? {
            directory_id::identify(&mut self.connection, &self.effective, &field, &dn, &[]).await?;
        }
        Ok(())
    }

    /// Checks at the end of a read that one server gave all answers, from one directory. A load balancer may have
    /// changed it, and a server that was restored meanwhile has another id or an earlier position.
    pub(super) async fn check_server(&mut self) -> Result<(), Error> {
        let root = RootDse::read(&mut self.connection).await?;
        let context = directory_id::context(&root, &self.effective)?;
        let now = ServerInfo::read(&mut self.connection, &root, &self.effective, &context).await?;
        match now.differs_from(&self.server) {
            Some(cause) => Err(Error::incomplete("reading the directory", cause)),
            None => Ok(()),
        }
    }

    /// How entries can be asked for by name. The server is asked once.
    pub(super) async fn name_look_up(&mut self) -> Result<NameLookUp, Error> {
        if let Some(known) = self.name_look_up {
            return Ok(known);
        }
        let detected = NameLookUp::detect(&mut self.connection, &self.effective).await?;
        self.name_look_up = Some(detected);
        Ok(detected)
    }
}

/// The schema of the settings, else the one that fits the server.
fn schema(root: &RootDse, connection: &Connection, settings: &DirectorySettings) -> Result<Schema, Error> {
    let detected = detected(root.product);
    let schema = Schema::chosen(settings.schema).unwrap_or(detected);
    if schema != detected && (schema.is_of_active_directory() || detected.is_of_active_directory()) {
        let what = match root.product {
            Product::ActiveDirectory => "is an Active Directory",
            Product::AdLds => "is an AD LDS (Active Directory Lightweight Directory Services)",
            Product::FreeIpa | Product::Other if schema == Schema::AdLds => "is not an AD LDS",
            Product::FreeIpa | Product::Other => "is not an Active Directory",
        };
        let problem = format!("is {}, but {} {what}; remove it or set it to Auto", schema.name(), connection.address);
        return Err(Error::configuration("spec.schema", problem));
    }
    Ok(schema)
}

const fn detected(product: Product) -> Schema {
    match product {
        Product::ActiveDirectory => Schema::ActiveDirectory,
        Product::AdLds => Schema::AdLds,
        Product::FreeIpa => Schema::FreeIpa,
        Product::Other => Schema::Rfc2307bis,
    }
}
