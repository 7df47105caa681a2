//! A small dashboard server in memory, as a server with a REST API is: its ids are texts, a plan takes many calls that may
//! be refused, fail or lose their answers, and the links are in a book outside it.

mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use directory_group_sync::store::Error;
use directory_group_sync::store::link_book::{BookChange, Entries, LinkBook};
use directory_group_sync::sync::plan::{AttributeEdits, Edit};
use directory_group_sync::sync::snapshot::Attributes;

pub(crate) use self::store::memory_store;

/// What the server does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// What it is asked.
    Done,
    /// Nothing, and it says why.
    Refused(String),
    /// Nothing: it cannot be reached.
    Failed,
    /// What it is asked, but the answer does not arrive.
    Lost,
}

/// Decides about a call: how many calls came before it, and what it says, such as `create group Analysts`.
type Judge = Box<dyn FnMut(usize, &str) -> Reply + Send>;

/// The server.
pub(crate) struct Server {
    content: Mutex<Content>,
    judge: Mutex<Judge>,
}

/// What the server holds.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// Which server it is.
    pub(crate) identity: String,
    /// Whether it refuses a second group of one name and a second account of one username or e-mail address.
    pub(crate) unique_names: bool,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// How many ids it has given.
    given: usize,
    calls: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) members: BTreeSet<String>,
    /// The names of its roles, which are their ids.
    pub(crate) roles: BTreeSet<String>,
    pub(crate) mark: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) attributes: Attributes,
    pub(crate) active: bool,
    pub(crate) mark: Option<String>,
}

/// Why a call came to nothing, or may have.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    Refused(String),
    Failed(String),
    Lost(String),
}

/// One call that writes.
#[derive(Debug)]
pub(super) enum Call {
    CreateGroup { name: String, mark: String, roles: Vec<String> },
    EditGroup { id: String, name: Edit, description: Edit },
    DeleteGroup { id: String },
    CreateAccount { attributes: Attributes, active: bool, mark: String },
    EditAccount { id: String, edits: AttributeEdits, active: Option<bool> },
    DeleteAccount { id: String },
    AddMember { group: String, account: String },
    RemoveMember { group: String, account: String },
    SetRoles { group: String, give: Vec<String>, take: Vec<String> },
}

impl Server {
    pub(crate) fn new(identity: &str) -> Arc<Self> {
        let content = Content {
            identity: identity.to_owned(),
            unique_names: false,
            groups: BTreeMap::new(),
            accounts: BTreeMap::new(),
            given: 0,
            calls: 0,
        };
        Arc::new(Self { content: Mutex::new(content), judge: Mutex::new(Box::new(|_, _| Reply::Done)) })
    }

    /// What it holds: for an administrator, who may change it.
    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap()
    }

    /// Who decides from now on about each call, counted anew.
    pub(crate) fn judge(&self, judge: impl FnMut(usize, &str) -> Reply + Send + 'static) {
        *self.judge.lock().unwrap() = Box::new(judge);
        self.content().calls = 0;
    }

    /// How many calls came since the judge did.
    pub(crate) fn calls(&self) -> usize {
        self.content().calls
    }

    /// Does what a call says; answers the id of what it creates.
    pub(super) fn call(&self, call: &Call) -> Result<String, Failure> {
        let mut content = self.content();
        let words = content.words(call);
        content.calls += 1;
        let reply = self.judge.lock().unwrap()(content.calls - 1, &words);
        match reply {
            Reply::Done => content.answer(call).map_err(Failure::Refused),
            Reply::Refused(why) => Err(Failure::Refused(why)),
            Reply::Failed => Err(Failure::Failed(format!("the server does not answer: {words}"))),
            Reply::Lost => {
                content.answer(call).map_err(Failure::Refused)?;
                Err(Failure::Lost(format!("the answer was lost: {words}")))
            }
        }
    }
}

impl Content {
    /// The group of this name.
    pub(crate) fn group(&mut self, name: &str) -> &mut Group {
        self.groups.values_mut().find(|group| group.name == name).unwrap()
    }

    /// The ids of a group and of an account.
    pub(crate) fn ids(&self, group: &str, username: &str) -> (String, String) {
        let group = self.groups.iter().find(|(_, held)| held.name == group).unwrap().0;
        let is_it = |account: &Account| account.attributes.username.as_deref() == Some(username);
        let account = self.accounts.iter().find(|(_, account)| is_it(account)).unwrap().0;
        (group.clone(), account.clone())
    }

    /// Ids ascend in the order in which they are given.
    fn next_id(&mut self, kind: &str) -> String {
        self.given += 1;
        format!("{kind}-{:06}", self.given)
    }

    pub(crate) fn create_group(&mut self, name: &str, mark: Option<String>) -> String {
        let id = self.next_id("group");
        let (members, roles) = (BTreeSet::new(), BTreeSet::new());
        let group = Group { name: name.to_owned(), description: None, members, roles, mark };
        self.groups.insert(id.clone(), group);
        id
    }

    pub(crate) fn create_account(&mut self, attributes: Attributes, mark: Option<String>) -> String {
        let id = self.next_id("account");
        self.accounts.insert(id.clone(), Account { attributes, active: true, mark });
        id
    }

    pub(crate) fn delete_account(&mut self, id: &str) {
        self.accounts.remove(id);
        self.groups.values_mut().for_each(|group| {
            group.members.remove(id);
        });
    }

    fn words(&self, call: &Call) -> String {
        let group = |id: &str| self.groups.get(id).map_or("?", |group| &*group.name).to_owned();
        let username = |attributes: &Attributes| attributes.username.as_deref().unwrap_or("?").to_owned();
        let account = |id: &str| self.accounts.get(id).map_or("?".to_owned(), |account| username(&account.attributes));
        match call {
            Call::CreateGroup { name, .. } => format!("create group {name}"),
            Call::EditGroup { id, .. } => format!("edit group {}", group(id)),
            Call::DeleteGroup { id } => format!("delete group {}", group(id)),
            Call::CreateAccount { attributes, .. } => format!("create account {}", username(attributes)),
            Call::EditAccount { id, .. } => format!("edit account {}", account(id)),
            Call::DeleteAccount { id } => format!("delete account {}", account(id)),
            Call::AddMember { group: to, account: member } => format!("add {} to {}", account(member), group(to)),
            Call::RemoveMember { group: from, account: member } => {
                format!("remove {} from {}", account(member), group(from))
            }
            Call::SetRoles { group: of, .. } => format!("set roles of {}", group(of)),
        }
    }

    fn answer(&mut self, call: &Call) -> Result<String, String> {
        let gone = || "it was deleted while this run was writing".to_owned();
        match call {
            Call::CreateGroup { name, mark, roles } => {
                self.check_group_name(name, None)?;
                let id = self.create_group(name, Some(mark.clone()));
                self.groups.get_mut(&id).unwrap().roles.extend(roles.iter().cloned());
                return Ok(id);
            }
            Call::EditGroup { id, name, description } => {
                if let Edit::Set(name) = name {
                    self.check_group_name(name, Some(id))?;
                }
                let group = self.groups.get_mut(id).ok_or_else(gone)?;
                if let Edit::Set(name) = name {
                    group.name = name.to_string();
                }
                match description {
                    Edit::Keep => {}
                    Edit::Clear => group.description = None,
                    Edit::Set(text) => group.description = Some(text.to_string()),
                }
            }
            Call::DeleteGroup { id } => drop(self.groups.remove(id)),
            Call::CreateAccount { attributes, active, mark } => {
                self.check_names(attributes, None)?;
                let id = self.create_account(attributes.clone(), Some(mark.clone()));
                self.accounts.get_mut(&id).unwrap().active = *active;
                return Ok(id);
            }
            Call::EditAccount { id, edits, active } => {
                let attributes = edits.applied_to(&self.accounts.get(id).ok_or_else(gone)?.attributes);
                self.check_names(&attributes, Some(id))?;
                let account = self.accounts.get_mut(id).ok_or_else(gone)?;
                account.attributes = attributes;
                account.active = active.unwrap_or(account.active);
            }
            Call::DeleteAccount { id } => self.delete_account(id),
            Call::AddMember { group, account } => {
                if !self.accounts.contains_key(account) {
                    return Err(gone());
                }
                self.groups.get_mut(group).ok_or_else(gone)?.members.insert(account.clone());
            }
            Call::RemoveMember { group, account } => {
                self.groups.get_mut(group).ok_or_else(gone)?.members.remove(account);
            }
            Call::SetRoles { group, give, take } => {
                let roles = &mut self.groups.get_mut(group).ok_or_else(gone)?.roles;
                roles.retain(|role| !take.contains(role));
                roles.extend(give.iter().cloned());
            }
        }
        Ok(String::new())
    }

    fn check_group_name(&self, name: &str, own: Option<&String>) -> Result<(), String> {
        let same = |(id, group): (&String, &Group)| Some(id) != own && group.name.to_lowercase() == name.to_lowercase();
        let is_used = self.unique_names && self.groups.iter().any(same);
        if is_used { Err("a group of this name exists: unique_names".to_owned()) } else { Ok(()) }
    }

    fn check_names(&self, wanted: &Attributes, own: Option<&String>) -> Result<(), String> {
        let same = |one: &Option<Box<str>>, other: &Option<Box<str>>| {
            one.as_deref().zip(other.as_deref()).is_some_and(|(one, other)| one.to_lowercase() == other.to_lowercase())
        };
        let meets = |(id, account): (&String, &Account)| {
            let held = &account.attributes;
            Some(id) != own && (same(&held.username, &wanted.username) || same(&held.email, &wanted.email))
        };
        let is_used = self.unique_names && self.accounts.iter().any(meets);
        if is_used { Err("an account of this name exists: unique_names".to_owned()) } else { Ok(()) }
    }
}

/// A book in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryBook(Mutex<Entries>);

impl MemoryBook {
    /// What it says.
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl LinkBook for MemoryBook {
    async fn read(&self) -> Result<Entries, Error> {
        Ok(self.entries().clone())
    }

    async fn write(&self, changes: Vec<BookChange>) -> Result<(), Error> {
        let mut entries = self.entries();
        for change in changes {
            entries.change(change);
        }
        Ok(())
    }
}
