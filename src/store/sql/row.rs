//! The rows that a plan writes, each with its columns in the one order that both databases' statements name them in.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::snapshot::{Attributes, DnHash};

/// Takes the columns of one row after the other.
pub(super) trait Encoder {
    /// An id.
    fn integer(&mut self, value: i64);
    /// A text, or NULL.
    fn text(&mut self, value: Option<&str>);
    /// A truth value.
    fn flag(&mut self, value: bool);
    /// The row is complete.
    fn end_row(&mut self);
}

/// A row of one table.
pub(super) trait TableRow {
    /// Writes the row's columns.
    fn encode(&self, row: &mut impl Encoder);
}

/// An account that a plan creates, with its id and its link.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewAccount<'p> {
    pub(super) id: i64,
    pub(super) attributes: &'p Attributes,
    pub(super) active: bool,
    pub(super) link: &'p AccountLink,
}

/// A group that a plan creates, with its id and its link.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewGroup<'p> {
    pub(super) id: i64,
    pub(super) name: &'p str,
    pub(super) description: Option<&'p str>,
    pub(super) link: &'p GroupLink,
}

/// A link and the id of its object.
#[derive(Debug)]
pub(super) struct LinkOf<'p, L> {
    pub(super) id: i64,
    pub(super) link: &'p L,
}

impl<'p> NewAccount<'p> {
    /// The row of its link.
    pub(super) const fn link_of(&self) -> LinkOf<'p, AccountLink> {
        LinkOf { id: self.id, link: self.link }
    }
}

impl<'p> NewGroup<'p> {
    /// The row of its link.
    pub(super) const fn link_of(&self) -> LinkOf<'p, GroupLink> {
        LinkOf { id: self.id, link: self.link }
    }
}

/// What becomes of a column: it stays, becomes NULL, or becomes a text.
pub(super) type ColumnEdit<'p> = Option<Option<&'p str>>;

/// What becomes of an account.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AccountEdit<'p> {
    pub(super) id: i64,
    /// `username`, `email`, `first_name`, `last_name`, `display_name`, `phone`.
    pub(super) texts: [ColumnEdit<'p>; 6],
    pub(super) active: Option<bool>,
}

/// What becomes of a group.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GroupEdit<'p> {
    pub(super) id: i64,
    /// `name`, `description`.
    pub(super) texts: [ColumnEdit<'p>; 2],
}

/// The rows of a part, from `start` on, whose objects were not among those written.
pub(super) fn gone(ids: &[i64], written: Vec<i64>, start: usize) -> Vec<usize> {
    let written: HashSet<i64> = written.into_iter().collect();
    (start..).zip(ids).filter(|(_, id)| !written.contains(id)).map(|(row, _)| row).collect()
}

/// A membership, by ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Membership {
    pub(super) group: i64,
    pub(super) account: i64,
}

/// What an edit makes of its column.
pub(super) fn column(edit: &Edit) -> ColumnEdit<'_> {
    match edit {
        Edit::Keep => None,
        Edit::Clear => Some(None),
        Edit::Set(text) => Some(Some(text)),
    }
}

impl<'p> AccountEdit<'p> {
    /// Sets attributes.
    pub(super) fn attributes(id: i64, edits: &'p AttributeEdits) -> Self {
        let AttributeEdits { username, email, first_name, last_name, display_name, phone } = edits;
        Self { id, texts: [username, email, first_name, last_name, display_name, phone].map(column), active: None }
    }
}

/// Which columns an edit touches, as bits from the first column on. Statements test them, so that one statement serves
/// edits of different columns.
pub(super) fn edited(texts: &[ColumnEdit<'_>], active: Option<bool>) -> i64 {
    let touched = texts.iter().map(Option::is_some).chain([active.is_some()]);
    touched.enumerate().map(|(bit, touched)| i64::from(touched) << bit).sum()
}

impl<R: TableRow> TableRow for &R {
    fn encode(&self, row: &mut impl Encoder) {
        (**self).encode(row);
    }
}

/// id, edited, username, email, `first_name`, `last_name`, `display_name`, phone, active
impl TableRow for AccountEdit<'_> {
    fn encode(&self, row: &mut impl Encoder) {
        row.integer(self.id);
        row.integer(edited(&self.texts, self.active));
        for text in self.texts {
            row.text(text.flatten());
        }
        row.flag(self.active.unwrap_or_default());
        row.end_row();
    }
}

/// id, edited, name, description
impl TableRow for GroupEdit<'_> {
    fn encode(&self, row: &mut impl Encoder) {
        row.integer(self.id);
        row.integer(edited(&self.texts, None));
        for text in self.texts {
            row.text(text.flatten());
        }
        row.end_row();
    }
}

/// `users`: id, username, email, `first_name`, `last_name`, `display_name`, phone, active
impl TableRow for NewAccount<'_> {
    fn encode(&self, row: &mut impl Encoder) {
        let Attributes { username, email, first_name, last_name, display_name, phone } = self.attributes;
        row.integer(self.id);
        for text in [username, email, first_name, last_name, display_name, phone] {
            row.text(text.as_deref());
        }
        row.flag(self.active);
        row.end_row();
    }
}

/// `groups`: id, name, description
impl TableRow for NewGroup<'_> {
    fn encode(&self, row: &mut impl Encoder) {
        row.integer(self.id);
        row.text(Some(self.name));
        row.text(self.description);
        row.end_row();
    }
}

/// `user_links`: `user_id`, `directory_id`, `external_id`, owner, origin, `dn_hash`, `parent_hash`, username, email,
/// `deactivated_by_us`, `unused_since`, `missing_since`
impl TableRow for LinkOf<'_, AccountLink> {
    fn encode(&self, row: &mut impl Encoder) {
        let AccountLink {
            directory_id,
            id,
            owner,
            origin,
            username,
            email,
            place,
            deactivated_by_us,
            unused_since,
            missing_since,
        } = self.link;
        row.integer(self.id);
        row.text(Some(&directory_id.to_string()));
        row.text(Some(&id.to_string()));
        row.text(owner.as_ref().map(ToString::to_string).as_deref());
        row.text(Some(origin_text(*origin)));
        row.text(Some(&hash_text(place.dn)));
        row.text(Some(&hash_text(place.parent)));
        row.text(Some(username));
        row.text(email.as_deref());
        row.flag(*deactivated_by_us);
        row.text(unused_since.map(time_text).as_deref());
        row.text(missing_since.map(time_text).as_deref());
        row.end_row();
    }
}

/// `group_links`: `group_id`, `directory_id`, `external_id`, owner, origin, `dn_hash`, `parent_hash`, name, item,
/// exclusions, `missing_since`, `empty_since`
impl TableRow for LinkOf<'_, GroupLink> {
    fn encode(&self, row: &mut impl Encoder) {
        let GroupLink {
            directory_id,
            id,
            owner,
            selector,
            exclusions,
            origin,
            name,
            place,
            roles: _,
            missing_since,
            empty_since,
        } = self.link;
        row.integer(self.id);
        row.text(Some(&directory_id.to_string()));
        row.text(Some(&id.to_string()));
        row.text(owner.as_ref().map(ToString::to_string).as_deref());
        row.text(Some(origin_text(*origin)));
        row.text(Some(&hash_text(place.dn)));
        row.text(Some(&hash_text(place.parent)));
        row.text(Some(name));
        row.text(Some(selector));
        row.text(Some(exclusions));
        row.text(missing_since.map(time_text).as_deref());
        row.text(empty_since.map(time_text).as_deref());
        row.end_row();
    }
}

/// `group_members`: `group_id`, `user_id`
impl TableRow for Membership {
    fn encode(&self, row: &mut impl Encoder) {
        row.integer(self.group);
        row.integer(self.account);
        row.end_row();
    }
}

const fn origin_text(origin: Origin) -> &'static str {
    match origin {
        Origin::Created => "created",
        Origin::Adopted => "adopted",
    }
}

fn hash_text(hash: DnHash) -> String {
    format!("{:032x}", u128::from_be_bytes(hash.0))
}

/// RFC 3339 in UTC, with the microseconds that PostgreSQL keeps; what is finer is cut off.
pub(super) fn time_text(time: Timestamp) -> String {
    format!("{time:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_marks_the_columns_that_it_touches() {
        let edits = AttributeEdits { email: Edit::Clear, phone: Edit::Set("1".into()), ..AttributeEdits::default() };
        let edit = AccountEdit { active: Some(false), ..AccountEdit::attributes(7, &edits) };
        assert_eq!(edit.texts, [None, Some(None), None, None, None, Some(Some("1"))]);
        assert_eq!(edited(&edit.texts, edit.active), 0b110_0010);
        assert_eq!(edited(&[None, None], None), 0);
    }

    #[test]
    fn a_time_is_cut_to_microseconds() {
        let time: Timestamp = "2026-01-02T03:04:05.678901999Z".parse().unwrap();
        assert_eq!(time_text(time), "2026-01-02T03:04:05.678901Z");
    }
}
