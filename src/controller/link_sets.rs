//! The links of a dashboard server that cannot keep them itself, in `DashboardServerLinkSet` objects.
//!
//! A head lists parts, and has the last changes itself. A write creates the parts that it needs and then replaces the head,
//! if it is still the one that was read: that one call makes all of the write count, or nothing. So of two writers one fails,
//! and a writer that stops anywhere leaves at most parts that no head lists.

mod layout;
mod objects;

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::{Client, ResourceExt as _};
use tokio::sync::Mutex;

use self::layout::{Next, SIZES, Sizes};
use self::objects::{ClusterObjects, Objects, Record, Written};
use super::key::Key;
use crate::api::NEW_LINKS_ANNOTATION;
use crate::api::v1alpha1::dashboard_server_link_set::LinkSetPart;
use crate::api::v1alpha1::{DashboardServerLinkSet, DashboardServerLinkSetContent};
use crate::store::Error;
use crate::store::link_book::ledger::Ledger;
use crate::store::link_book::line::{LineReader, lines_of};
use crate::store::link_book::{BookChange, Entries, LinkBook};

/// How many parts are read or created at once.
const CONCURRENT: usize = 8;
/// How often the links are read again because they were rewritten meanwhile.
const ATTEMPTS: usize = 5;

/// The links of a DashboardServer.
#[must_use]
pub fn link_book(client: Client, namespace: &str, server: &str) -> Arc<dyn LinkBook> {
    let key = Key { namespace: namespace.to_owned(), name: server.to_owned() };
    Arc::new(LinkSets::new(ClusterObjects::new(client, key), server, SIZES))
}

struct LinkSets<O> {
    objects: O,
    /// The name of the DashboardServer.
    server: String,
    sizes: Sizes,
    known: Mutex<Known>,
}

/// What a writer knows.
#[derive(Default)]
struct Known {
    /// The head that was last read or written. A write replaces this version only.
    head: Option<DashboardServerLinkSet>,
    /// The head of a write whose answer did not arrive.
    attempted: Option<DashboardServerLinkSetContent>,
    /// What the first write of a run does before.
    due: Option<Due>,
}

/// What a run found when it reserved the right to write. A run that then writes nothing changes nothing here either.
#[derive(Clone)]
struct Due {
    record: Record,
    /// Objects that nobody needs any more.
    superfluous: Vec<String>,
}

#[async_trait]
impl<O: Objects> LinkBook for LinkSets<O> {
    async fn read(&self) -> Result<Entries, Error> {
        let (head, ledger) = self.load().await?;
        let mut known = self.known.lock().await;
        (known.head, known.attempted) = (head, None);
        drop(known);
        Ok(ledger.into())
    }

    async fn write(&self, changes: Vec<BookChange>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let lines = lines_of(&changes).map_err(|error| Error::unexpected("writing the links", error.to_string()))?;
        let mut known = self.known.lock().await;
        if let Some(due) = known.due.clone() {
            self.prepare(&mut known.head, due).await?;
            known.due = None;
        }
        let head = self.settled(&known).await?;
        let next = layout::appended(&head, &lines, self.sizes)?;
        (known.head, known.attempted) = (Some(head), Some(next.head.spec.clone()));
        let head = self.commit(next).await?;
        (known.head, known.attempted) = (Some(head), None);
        Ok(())
    }

    async fn reserve(&self) -> Result<Box<dyn Send>, Error> {
        let record = self.objects.record().await?;
        let mut superfluous = Vec::new();
        match self.objects.get(&self.server).await? {
            Some(head) => {
                self.check_head(&head, &record)?;
                let listed = self.objects.list().await?;
                superfluous = layout::superfluous(&head, &listed).map_err(|damage| self.lost(damage))?;
            }
            None => self.check_absence(&record).await?,
        }
        self.known.lock().await.due = Some(Due { record, superfluous });
        Ok(Box::new(()))
    }
}

impl<O: Objects> LinkSets<O> {
    fn new(objects: O, server: &str, sizes: Sizes) -> Self {
        Self { objects, server: server.to_owned(), sizes, known: Mutex::default() }
    }

    /// All links, and the head that lists them; without a head none were ever written.
    async fn load(&self) -> Result<(Option<DashboardServerLinkSet>, Ledger), Error> {
        let record = self.objects.record().await?;
        let mut found = self.objects.get(&self.server).await?;
        for _ in 0..ATTEMPTS {
            let Some(head) = found else {
                self.check_absence(&record).await?;
                return Ok((None, Ledger::default()));
            };
            self.check_head(&head, &record)?;
            match self.replay(&head).await? {
                Ok(ledger) => return Ok((Some(head), ledger)),
                Err(missing) => {
                    found = self.objects.get(&self.server).await?;
                    // Whoever deletes parts has replaced the head before.
                    if found.as_ref().map(version) == Some(version(&head)) {
                        return Err(
                            self.lost(format!("{missing}, which {} lists, is missing: restore it", self.server))
                        );
                    }
                }
            }
        }
        Err(Error::Busy)
    }

    /// The links of a head, or the name of a part that is not there.
    async fn replay(&self, head: &DashboardServerLinkSet) -> Result<Result<Ledger, String>, Error> {
        let listed = &layout::head_of(head).map_err(|damage| self.lost(damage))?.parts;
        let get = |part: LinkSetPart| async move { self.objects.get(&part.name).await.map(|set| (part, set)) };
        let parts = listed.clone().into_iter().map(get);
        let mut parts = stream::iter(parts).buffered(CONCURRENT);
        let (mut ledger, mut reader) = (Ledger::default(), LineReader::default());
        let mut replay = |set: &DashboardServerLinkSet| {
            let wrong = |error| self.lost(format!("{}: {error}: use the operator that wrote it", set.name_any()));
            ledger.replay(&set.spec.changes, &mut reader).map(drop).map_err(wrong)
        };
        while let Some((part, set)) = parts.try_next().await? {
            let Some(set) = set else { return Ok(Err(part.name)) };
            layout::check_part(&set, head, &part).map_err(|damage| self.lost(damage))?;
            replay(&set)?;
        }
        replay(head)?;
        Ok(Ok(ledger))
    }

    fn check_head(&self, head: &DashboardServerLinkSet, record: &Record) -> Result<(), Error> {
        layout::check(head, &self.server).and_then(|()| layout::head_of(head).map(drop)).map_err(|it| self.lost(it))?;
        match &record.links_id {
            Some(links_id) if *links_id != head.spec.links_id && record.given_up.as_ref() != Some(links_id) => {
                Err(self.lost(format!(
                    "{} has the links {}, and the status of the DashboardServer says linksID {links_id}: restore those, or \
                     use the ones that are there after {}",
                    head.name_any(),
                    head.spec.links_id,
                    self.annotate(links_id)
                )))
            }
            _ => Ok(()),
        }
    }

    /// There is no head: nothing may show that there was one.
    async fn check_absence(&self, record: &Record) -> Result<(), Error> {
        if let Some(part) = self.objects.list().await?.first() {
            return Err(self.lost(format!(
                "{} is missing, and {} is there: restore all of them, or delete all with the label {}={} if no link is needed \
                 any more",
                self.server,
                part.name,
                layout::SERVER_LABEL,
                layout::server_label(&self.server)
            )));
        }
        match &record.links_id {
            Some(links_id) if record.given_up.as_ref() != Some(links_id) => Err(self.lost(format!(
                "there are none, and the status of the DashboardServer says linksID {links_id}: restore them from a backup, \
                 or start without links by {}",
                self.annotate(links_id)
            ))),
            _ => Ok(()),
        }
    }

    /// Creates the head before there are links, so that from the first link on the DashboardServer remembers that it has
    /// some; and clears away what is superfluous.
    async fn prepare(&self, known: &mut Option<DashboardServerLinkSet>, due: Due) -> Result<(), Error> {
        let Due { record, superfluous } = due;
        let head = match known.take() {
            Some(head) => head,
            None => self.begin(&record).await?,
        };
        if record.links_id.as_ref() != Some(&head.spec.links_id) {
            self.objects.remember(&head.spec.links_id).await?;
        }
        self.delete(superfluous).await;
        let is_rewritten = head.spec.head.as_ref().is_some_and(|own| layout::is_worth_rewriting(own, self.sizes));
        *known = Some(if is_rewritten { self.rewrite(&head).await? } else { head });
        Ok(())
    }

    /// The first head.
    async fn begin(&self, record: &Record) -> Result<DashboardServerLinkSet, Error> {
        self.check_absence(record).await?;
        let head = layout::first_head(&self.server, &layout::new_id()?)?;
        match self.objects.create(&head).await? {
            Written::Done(head) => Ok(*head),
            Written::Conflict => Err(Error::Busy),
        }
    }

    /// The head that the next write replaces.
    async fn settled(&self, known: &Known) -> Result<DashboardServerLinkSet, Error> {
        let head = known.head.as_ref().ok_or(Error::Busy)?;
        let Some(attempted) = &known.attempted else { return Ok(head.clone()) };
        // Whether the last write arrived shows now.
        match self.objects.get(&self.server).await? {
            Some(now) if version(&now) == version(head) || now.spec == *attempted => Ok(now),
            _ => Err(Error::Busy),
        }
    }

    async fn rewrite(&self, known: &DashboardServerLinkSet) -> Result<DashboardServerLinkSet, Error> {
        let (head, ledger) = self.load().await?;
        let head = head.filter(|head| version(head) == version(known)).ok_or(Error::Busy)?;
        let lines = ledger.lines().map_err(|error| Error::unexpected("writing the links", error.to_string()))?;
        drop(ledger);
        let former = head.spec.head.iter().flat_map(|head| &head.parts).map(|part| part.name.clone()).collect();
        let head = self.commit(layout::rewritten(&head, &lines, self.sizes)?).await?;
        self.delete(former).await;
        Ok(head)
    }

    /// Creates the parts, then replaces the head, which makes them count.
    async fn commit(&self, Next { parts, head }: Next) -> Result<DashboardServerLinkSet, Error> {
        let created = parts.into_iter().map(|part| async move { self.create(&part).await });
        stream::iter(created).buffer_unordered(CONCURRENT).try_collect::<()>().await?;
        if let Written::Done(head) = self.objects.replace(&head).await? {
            return Ok(*head);
        }
        // The client repeats a call whose answer is lost.
        match self.objects.get(&self.server).await? {
            Some(now) if now.spec == head.spec => Ok(now),
            _ => Err(Error::Busy),
        }
    }

    /// The name of a part says what is in it. So if there is one already, an earlier attempt at the same write created it.
    async fn create(&self, part: &DashboardServerLinkSet) -> Result<(), Error> {
        if let Written::Done(_) = self.objects.create(part).await? {
            return Ok(());
        }
        match self.objects.get(&part.name_any()).await? {
            Some(there) if there.spec == part.spec => Ok(()),
            _ => Err(Error::Busy),
        }
    }

    /// What is left is deleted when the next run begins to write.
    async fn delete(&self, names: Vec<String>) {
        for name in names {
            if let Err(error) = self.objects.delete(&name).await {
                tracing::warn!(error = %error, "deleting a DashboardServerLinkSet that is not used any more");
                return;
            }
        }
    }

    fn annotate(&self, links_id: &str) -> String {
        format!("kubectl annotate dashboardserver {} {NEW_LINKS_ANNOTATION}={links_id}", self.server)
    }

    fn lost(&self, damage: String) -> Error {
        Error::links_lost(format!("reading the links of the DashboardServer {}", self.server), damage)
    }
}

/// The version of an object that was read.
fn version(set: &DashboardServerLinkSet) -> Option<&str> {
    set.metadata.resource_version.as_deref()
}

#[cfg(test)]
mod tests;
