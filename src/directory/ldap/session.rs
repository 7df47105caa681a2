//! A bound connection to one server of which it is known what it is: every read of a run goes through one session.

use std::sync::Arc;

use super::connection::Connection;
use super::directory_id;
use super::look_up::Names;
use super::reference::Contexts;
use super::root_dse::{Product, RootDse};
use super::server::Respondent;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::schema::{Effective, Schema};
use crate::directory::settings::DirectorySettings;

/// An open session.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) root: RootDse,
    /// Which references are no data.
    pub(super) contexts: Contexts,
    pub(super) effective: Arc<Effective>,
    /// The naming context that holds the base: the whole directory, as far as look-ups by id go.
    pub(super) context: Dn,
    /// Who answers, as it was before anything else was read.
    pub(super) respondent: Respondent,
    /// How entries can be asked for by name, once that was found out.
    pub(super) names: Option<Names>,
}

impl Session {
    /// Finds out what the server is that a bound connection leads to.
    pub(super) async fn open(mut connection: Connection, settings: &DirectorySettings) -> Result<Self, Error> {
        let root = RootDse::read(&mut connection).await?;
        let detected = detected(root.product);
        let schema = Schema::chosen(settings.schema).unwrap_or(detected);
        if schema != detected && (schema.is_of_active_directory() || detected.is_of_active_directory()) {
            let what = match root.product {
                Product::ActiveDirectory => "is an Active Directory",
                Product::AdLds => "is an AD LDS (Active Directory Lightweight Directory Services)",
                Product::FreeIpa | Product::Other if schema == Schema::AdLds => "is not an AD LDS",
                Product::FreeIpa | Product::Other => "is not an Active Directory",
            };
            let problem =
                format!("is {}, but {} {what}; leave it out or set it to Auto", schema.name(), connection.address);
            return Err(Error::configuration("spec.schema", problem));
        }
        let effective = Effective::of_server(settings, schema)?;
        let context = directory_id::context(&root, &effective)?;
        let respondent = Respondent::read(&mut connection, &root, &effective, &context).await?;
        let contexts = Contexts::new(&root);
        Ok(Self { connection, root, contexts, effective: Arc::new(effective), context, respondent, names: None })
    }

    /// Makes sure at the end of a read that it was one server and one directory all the time: a balancer between us may
    /// have changed it, and a server that was restored meanwhile has another id or an earlier position.
    pub(super) async fn check_respondent(&mut self) -> Result<(), Error> {
        let root = RootDse::read(&mut self.connection).await?;
        let context = directory_id::context(&root, &self.effective)?;
        let now = Respondent::read(&mut self.connection, &root, &self.effective, &context).await?;
        match now.differs_from(&self.respondent) {
            Some(cause) => Err(Error::incomplete("reading the directory", cause)),
            None => Ok(()),
        }
    }
}

const fn detected(product: Product) -> Schema {
    match product {
        Product::ActiveDirectory => Schema::ActiveDirectory,
        Product::AdLds => Schema::AdLds,
        Product::FreeIpa => Schema::FreeIpa,
        Product::Other => Schema::Rfc2307bis,
    }
}
