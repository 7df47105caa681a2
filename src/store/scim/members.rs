//! Who is in a group.
//!
//! Only what every server understands is sent: `add` with a list of values, and one removal for each operation. `replace`,
//! and members in a POST or PUT, are ignored, refused, or do something else on one server or another.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::listing::segment;
use super::refusal::{About, accepted};
use super::resource::Group;
use super::server::ScimServer;
use super::settings::MemberRemoval;
use crate::store::Guard;
use crate::store::remote::{CallFailure, Done, Members};
use crate::sync::store_id::StoreId;

/// What is done with members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Add,
    Remove(MemberRemoval),
}

/// What is not written, and why.
#[derive(Default)]
pub(super) struct Left {
    pub(super) ids: Vec<String>,
    pub(super) failure: Option<CallFailure>,
}

impl Left {
    pub(super) fn leave(&mut self, ids: impl IntoIterator<Item = String>, failure: CallFailure) {
        self.ids.extend(ids);
        self.failure.get_or_insert(failure);
    }

    fn done(self) -> Done {
        let ids: Vec<StoreId> = self.ids.iter().map(|id| StoreId::from(&**id)).collect();
        Done { left: self.failure.map(|failure| (ids, failure)), ..Done::default() }
    }
}

impl ScimServer {
    pub(super) async fn set_members(&self, members: &Members, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let group = text(&members.group);
        let mut left = Left::default();
        let remove: Vec<String> = members.remove.iter().map(text).collect();
        self.remove_members(&group, remove, &mut left, guard).await?;
        let add: Vec<String> = members.add.iter().map(text).collect();
        self.write_members(&group, Deed::Add, &add, &mut left, guard).await?;
        Ok(left.done())
    }

    /// Writes members in pieces. One account that does not exist makes a server refuse a whole piece, so a piece that is
    /// refused is halved, without what is so already.
    pub(super) async fn write_members(
        &self,
        group: &str,
        deed: Deed,
        ids: &[String],
        left: &mut Left,
        guard: &dyn Guard,
    ) -> Result<(), CallFailure> {
        let size = self.dialect.said().max_members_per_patch.max(1);
        let mut pieces: Vec<Vec<String>> = ids.chunks(size).rev().map(<[String]>::to_vec).collect();
        while let Some(mut piece) = pieces.pop() {
            let Err(failure) = self.write_piece(group, deed, &piece, guard).await else { continue };
            if !matches!(failure, CallFailure::Refused(_) | CallFailure::Gone) {
                return Err(failure);
            }
            let held = self.held(group).await?;
            piece.retain(|id| held.contains(id) == (deed != Deed::Add));
            match (piece.len(), deed) {
                (0, _) => {}
                (1, Deed::Add) if !self.is_account(&piece[0]).await? => {
                    let why = "an account was deleted while this run was writing".to_owned();
                    left.leave(piece, CallFailure::Refused(why));
                }
                (1, _) => left.leave(piece, not_gone(failure)),
                (length, _) => {
                    let half = piece.split_off(length / 2);
                    pieces.extend([half, piece]);
                }
            }
        }
        Ok(())
    }

    async fn write_piece(&self, group: &str, deed: Deed, ids: &[String], guard: &dyn Guard) -> Result<(), CallFailure> {
        let answer = self.patch(&group_path(group), operations(deed, ids), guard).await?;
        accepted(&answer, About::Group).map(drop)
    }

    /// The members of a group now.
    pub(super) async fn held(&self, group: &str) -> Result<HashSet<String>, CallFailure> {
        let group: Group = self.group_alone(group.to_owned()).await?.ok_or(CallFailure::Gone)?;
        Ok(group.members.into_iter().flatten().map(|member| member.value).collect())
    }
}

/// The group is there, so a 404 is not about it.
fn not_gone(failure: CallFailure) -> CallFailure {
    match failure {
        CallFailure::Gone => CallFailure::Refused("the server answered 404 Not Found for a member".to_owned()),
        other => other,
    }
}

fn operations(deed: Deed, ids: &[String]) -> Vec<Value> {
    let value = |id: &String| json!({ "value": id });
    match deed {
        Deed::Add => {
            vec![json!({ "op": "add", "path": "members", "value": ids.iter().map(value).collect::<Vec<_>>() })]
        }
        Deed::Remove(MemberRemoval::Filter) => {
            let path = |id: &String| format!("members[value eq {}]", Value::from(&**id));
            ids.iter().map(|id| json!({ "op": "remove", "path": path(id) })).collect()
        }
        Deed::Remove(MemberRemoval::Value) => {
            ids.iter().map(|id| json!({ "op": "remove", "path": "members", "value": [value(id)] })).collect()
        }
    }
}

pub(super) fn group_path(id: &str) -> String {
    format!("Groups/{}", segment(id))
}

/// An id as the server spells it. [`StoreId`]'s own text is for messages.
pub(super) fn text(id: &StoreId) -> String {
    match id {
        StoreId::Text(text) => text.to_string(),
        StoreId::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_added_in_one_operation_and_removed_in_one_each() {
        let ids = ["1".to_owned(), "a\"b".to_owned()];
        assert_eq!(
            operations(Deed::Add, &ids),
            [json!({"op": "add", "path": "members", "value": [{"value": "1"}, {"value": "a\"b"}]})]
        );
        let removed = operations(Deed::Remove(MemberRemoval::Filter), &ids);
        assert_eq!(removed[0], json!({"op": "remove", "path": "members[value eq \"1\"]"}));
        assert_eq!(removed[1], json!({"op": "remove", "path": "members[value eq \"a\\\"b\"]"}));
        let removed = operations(Deed::Remove(MemberRemoval::Value), &ids[..1]);
        assert_eq!(removed, [json!({"op": "remove", "path": "members", "value": [{"value": "1"}]})]);
    }
}
