//! The store of a server with an API: the server, and the book of its links.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OwnedMutexGuard;

use super::course::{Course, Writing};
use super::lowering::lower;
use super::server::Server;
use super::turns;
use crate::store::link_book::{BookChange, Intended, LinkBook};
use crate::store::{Applied, Capabilities, Error, Guard, UserStore, Writer};
use crate::sync::found::{Found, Links, LostLinks};
use crate::sync::plan::Plan;

/// The user store of a server with an API.
pub struct RemoteStore {
    server: Arc<dyn Server>,
    book: Arc<dyn LinkBook>,
}

impl RemoteStore {
    /// The store of this server, whose links are in this book.
    #[must_use]
    pub fn new(server: Arc<dyn Server>, book: Arc<dyn LinkBook>) -> Self {
        Self { server, book }
    }
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteStore").field("server", &self.server).finish_non_exhaustive()
    }
}

#[async_trait]
impl UserStore for RemoteStore {
    async fn probe(&self) -> Result<Capabilities, Error> {
        self.server.probe().await
    }

    async fn read(&self) -> Result<Found, Error> {
        Ok(self.found().await?.0)
    }

    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
        guard.may_go_on().await?;
        let turn = turns::take(self.server.address())?;
        let reserved = self.book.reserve().await?;
        Ok(Box::new(RemoteWriter { store: self, guard, claimed: Vec::new(), _turn: turn, _reserved: reserved }))
    }
}

impl RemoteStore {
    /// Everything, and what the book learns of objects that were found by their marks.
    async fn found(&self) -> Result<(Found, Vec<BookChange>), Error> {
        // The book first: what is created after that is in neither, and what was about to be created may be in both.
        let entries = self.book.read().await?;
        let listing = self.server.read().await?;
        let intended = Intended::of(&entries);
        let found = Found { accounts: listing.accounts, groups: listing.groups, ..Found::default() };
        let found = entries.join(found, &listing.identity, &listing.marked);
        let claimed = intended.claimed(&found);
        Ok((found, claimed))
    }
}

struct RemoteWriter<'a> {
    store: &'a RemoteStore,
    guard: &'a dyn Guard,
    /// What the book does not know yet of what was read.
    claimed: Vec<BookChange>,
    _turn: OwnedMutexGuard<()>,
    _reserved: Box<dyn Send>,
}

#[async_trait]
impl Writer for RemoteWriter<'_> {
    async fn read(&mut self) -> Result<Found, Error> {
        let (found, claimed) = self.store.found().await?;
        self.claimed = claimed;
        Ok(found)
    }

    async fn apply(mut self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error> {
        let Links::Outside(LostLinks { store, .. }) = &found.links else {
            return Err(Error::unexpected(
                "writing to the dashboard server",
                "its links were not read from their book",
            ));
        };
        let batches = lower(found, plan);
        let writing = Writing { server: &*self.store.server, book: &*self.store.book, guard: self.guard, store };
        let mut course = Course::new(writing, found, plan, std::mem::take(&mut self.claimed));
        match course.run(&batches).await {
            Err(error) if !course.wrote() => Err(error),
            Err(error) => Ok(course.applied(Some(error.to_string()))),
            Ok(()) => Ok(course.applied(None)),
        }
    }
}
