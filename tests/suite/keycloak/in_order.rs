//! A store whose server gives random ids, in the order in which its objects came: the contract names them by their positions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use directory_group_sync::store::{Applied, Capabilities, Error, Guard, UserStore, Writer};
use directory_group_sync::sync::found::{Account, AccountRef, Found};
use directory_group_sync::sync::plan::{Change, Plan};
use directory_group_sync::sync::store_id::StoreId;

use crate::store_contract::Store;

/// Puts what was read into its order.
#[derive(Debug)]
pub(super) struct InOrder {
    pub(super) store: Store,
    pub(super) order: Arc<Order>,
}

/// The order of the objects of one server.
#[derive(Debug, Default)]
pub(super) struct Order(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    groups: Positions,
    accounts: Positions,
}

/// The ids that were seen, and the names that plans have created.
#[derive(Debug, Default)]
struct Positions {
    seen: HashMap<StoreId, usize>,
    created: Vec<Box<str>>,
}

impl Positions {
    /// The positions of these objects among each other: those that were seen first, then by the plan, then by name.
    fn sort<T>(&mut self, objects: &mut [T], id: impl Fn(&T) -> &StoreId, name: impl Fn(&T) -> String) {
        let mut new: Vec<&T> = objects.iter().filter(|it| !self.seen.contains_key(id(it))).collect();
        let planned = |it: &T| self.created.iter().position(|created| **created == *name(it)).unwrap_or(usize::MAX);
        new.sort_by_key(|it| (planned(it), name(it)));
        let new: Vec<StoreId> = new.into_iter().map(|it| id(it).clone()).collect();
        for id in new {
            self.seen.insert(id, self.seen.len());
        }
        objects.sort_by_key(|it| self.seen[id(it)]);
    }
}

impl Order {
    fn arrange(&self, mut found: Found) -> Found {
        let mut known = self.0.lock().unwrap();
        let before: Vec<StoreId> = found.accounts.iter().map(|account| account.id.clone()).collect();
        let username = |it: &Account| it.attributes.username.as_deref().unwrap_or_default().to_owned();
        known.accounts.sort(&mut found.accounts, |it| &it.id, username);
        known.groups.sort(&mut found.groups, |it| &it.id, |it| it.name.to_string());
        let places: HashMap<&StoreId, u32> = found.accounts.iter().map(|account| &account.id).zip(0..).collect();
        for group in &mut found.groups {
            let place = |member: &AccountRef| AccountRef(places[&before[member.0 as usize]]);
            group.members = group.members.iter().map(place).collect();
            group.members.sort_unstable();
        }
        found
    }

    fn expect(&self, plan: &Plan) {
        let mut known = self.0.lock().unwrap();
        for change in &plan.changes {
            match change {
                Change::CreateGroup { name, .. } => known.groups.created.push(name.clone()),
                Change::CreateAccount { attributes, .. } => known.accounts.created.extend(attributes.username.clone()),
                _ => {}
            }
        }
    }
}

#[async_trait]
impl UserStore for InOrder {
    async fn probe(&self) -> Result<Capabilities, Error> {
        self.store.probe().await
    }

    async fn read(&self) -> Result<Found, Error> {
        Ok(self.order.arrange(self.store.read().await?))
    }

    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
        Ok(Box::new(InOrderWriter { order: &self.order, writer: self.store.begin(guard).await? }))
    }
}

struct InOrderWriter<'a> {
    order: &'a Order,
    writer: Box<dyn Writer + 'a>,
}

#[async_trait]
impl Writer for InOrderWriter<'_> {
    async fn read(&mut self) -> Result<Found, Error> {
        Ok(self.order.arrange(self.writer.read().await?))
    }

    /// A plan names what was found by its position, in whatever order that is.
    async fn apply(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error> {
        self.order.expect(plan);
        self.writer.apply(found, plan).await
    }
}
