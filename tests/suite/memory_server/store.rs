//! The adapter for the server in memory: what it says of its server, and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use directory_group_sync::store::link_book::LinkBook;
use directory_group_sync::store::remote::{self, CallFailure, Done, Listing, RemoteStore};
use directory_group_sync::store::{Capabilities, Error, Guard};
use directory_group_sync::sync::ability::{Abilities, GroupDeletion};
use directory_group_sync::sync::form::Form;
use directory_group_sync::sync::found::{Account, AccountRef, Group};
use directory_group_sync::sync::plan::Edit;
use directory_group_sync::sync::role::Role;
use directory_group_sync::sync::store_id::StoreId;

use super::{Call, Failure, Server};

/// The store of a server in memory.
pub(crate) fn memory_store(server: Arc<Server>, book: Arc<dyn LinkBook>) -> RemoteStore {
    let address = server.content().identity.clone() + &format!(" at {:p}", Arc::as_ptr(&server));
    RemoteStore::new(Arc::new(Adapter { server, address }), book)
}

struct Adapter {
    server: Arc<Server>,
    address: String,
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adapter")
    }
}

#[async_trait]
impl remote::Server for Adapter {
    fn address(&self) -> &str {
        &self.address
    }

    /// Its ids ascend in the order of the plan.
    fn at_a_time(&self) -> usize {
        1
    }

    async fn probe(&self) -> Result<Capabilities, Error> {
        Ok(Capabilities {
            identity: Some(self.server.content().identity.clone()),
            product: "Memory".to_owned(),
            version: "1".to_owned(),
            dialect: Vec::new(),
            signed_in_as: None,
            administrator_accounts: Vec::new(),
            missing_rights: Vec::new(),
            administrators: Vec::new(),
            foreign_groups: Vec::new(),
            administrator_role: Some("Admin".into()),
            roles: ["Admin", "Public"].map(role).into(),
            default_group: None,
            is_atomic: false,
            abilities: Abilities {
                group_roles: true,
                group_deletion: GroupDeletion::WithoutForeignRoles,
                ..Abilities::DATABASE
            },
            form: Form::ANY,
        })
    }

    async fn read(&self) -> Result<Listing, Error> {
        let content = self.server.content().clone();
        let text = |id: &String| StoreId::from(&**id);
        let mut marked = BTreeMap::new();
        let indices: BTreeMap<&String, u32> = content.accounts.keys().zip(0..).collect();
        let accounts = content.accounts.iter().map(|(id, account)| {
            marked.extend(account.mark.as_deref().map(|mark| (mark.into(), text(id))));
            Account { id: text(id), attributes: account.attributes.clone(), active: account.active, link: None }
        });
        let accounts = accounts.collect();
        let groups = content.groups.iter().map(|(id, group)| {
            marked.extend(group.mark.as_deref().map(|mark| (mark.into(), text(id))));
            Group {
                id: text(id),
                name: group.name.as_str().into(),
                description: group.description.as_deref().map(Into::into),
                members: group.members.iter().map(|member| AccountRef(indices[member])).collect(),
                roles: group.roles.iter().map(|name| role(name)).collect(),
                link: None,
            }
        });
        let groups = groups.collect();
        Ok(Listing { identity: content.identity.into(), accounts, groups, marked })
    }

    async fn call(&self, call: &remote::Call, guard: &dyn Guard) -> Result<Done, CallFailure> {
        if let remote::Call::DeleteGroup { id, roles, .. } = call {
            let held = self.server.content().groups.get(&text(id)).map(|group| group.roles.clone());
            if let Some(role) = held.unwrap_or_default().iter().find(|role| !texts(roles).contains(role)) {
                return Err(CallFailure::Refused(format!("it was given the role {role:?} while this run was writing")));
            }
        }
        let mut id = None;
        let (mut left, mut why) = (Vec::new(), None);
        for call in Self::calls(call) {
            let member = match &call {
                Call::AddMember { account, .. } | Call::RemoveMember { account, .. } => Some(StoreId::from(&**account)),
                _ => None,
            };
            match (self.one(&call, guard).await, member) {
                (Ok(text), _) => id = Some(StoreId::from(&*text)),
                (Err(failure), None) => return Err(failure),
                (Err(failure), Some(member)) => {
                    left.push(member);
                    if !matches!(why, Some(CallFailure::Ended(_) | CallFailure::Gone)) {
                        why = Some(failure);
                    }
                }
            }
        }
        Ok(Done { id, joined: false, left: why.map(|why| (left, why)) })
    }
}

impl Adapter {
    async fn one(&self, call: &Call, guard: &dyn Guard) -> Result<String, CallFailure> {
        guard.may_go_on().await.map_err(Error::from)?;
        tokio::task::yield_now().await;
        let group = match call {
            Call::AddMember { group, .. } | Call::RemoveMember { group, .. } => Some(group),
            _ => None,
        };
        if group.is_some_and(|group| !self.server.content().groups.contains_key(group)) {
            return Err(CallFailure::Gone);
        }
        self.server.call(call).map_err(|failure| match failure {
            Failure::Refused(message) => CallFailure::Refused(message),
            Failure::Lost(message) => CallFailure::Lost(message),
            Failure::Failed(problem) => Error::unreachable("writing to the server", problem).into(),
        })
    }

    /// The server has a call for each membership.
    fn calls(call: &remote::Call) -> Vec<Call> {
        match call {
            remote::Call::CreateGroup { name, mark, roles } => {
                vec![Call::CreateGroup { name: name.to_string(), mark: mark.to_string(), roles: texts(roles) }]
            }
            remote::Call::SetRoles { group, give, take, .. } => {
                vec![Call::SetRoles { group: text(group), give: texts(give), take: texts(take) }]
            }
            remote::Call::EditGroup { id, name, description } => {
                vec![Call::EditGroup { id: text(id), name: name.clone(), description: description.clone() }]
            }
            remote::Call::DeleteGroup { id, .. } => vec![Call::DeleteGroup { id: text(id) }],
            remote::Call::CreateAccount { attributes, active, mark, .. } => {
                let (attributes, mark) = (attributes.clone(), mark.to_string());
                vec![Call::CreateAccount { attributes, active: *active, mark }]
            }
            remote::Call::EditAccount { id, edits, active } => {
                vec![Call::EditAccount { id: text(id), edits: edits.clone(), active: *active }]
            }
            remote::Call::DeleteAccount { id } => vec![Call::DeleteAccount { id: text(id) }],
            remote::Call::SetMembers(remote::Members { group, add, remove, description, .. }) => {
                let of = |id: &StoreId| (text(group), text(id));
                let removals = remove.iter().map(of).map(|(group, account)| Call::RemoveMember { group, account });
                let additions = add.iter().map(of).map(|(group, account)| Call::AddMember { group, account });
                let described = (*description != Edit::Keep).then(|| Call::EditGroup {
                    id: text(group),
                    name: Edit::Keep,
                    description: description.clone(),
                });
                described.into_iter().chain(removals).chain(additions).collect()
            }
        }
    }
}

fn role(name: &str) -> Role {
    Role { id: name.into(), name: name.into() }
}

fn texts(ids: &[StoreId]) -> Vec<String> {
    ids.iter().map(text).collect()
}

fn text(id: &StoreId) -> String {
    if let StoreId::Text(text) = id { text.to_string() } else { panic!("{id} is a number") }
}
