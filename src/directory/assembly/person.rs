//! What is read of a user entry.

use super::identity::Identity;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Users};
use crate::sync::snapshot::{DirectoryUser, ShownAttributes, UserValues};
use crate::sync::values::Values;

/// Reads a user entry and notes which optional attributes it has.
pub(super) fn read(
    entry: &Entry,
    identity: Identity,
    effective: &Effective,
    shown: &mut ShownAttributes,
) -> DirectoryUser {
    let Users { username, email, first_name, last_name, display_name, phone, base: _, filter: _ } = &effective.users;
    let attributes = UserValues {
        username: entry.texts(username),
        email: entry.texts(email),
        first_name: entry.texts(first_name),
        last_name: entry.texts(last_name),
        display_name: entry.texts(display_name),
        phone: entry.texts(phone),
    };
    shown.first_name |= attributes.first_name != Values::Absent;
    shown.last_name |= attributes.last_name != Values::Absent;
    shown.display_name |= attributes.display_name != Values::Absent;
    shown.phone |= attributes.phone != Values::Absent;
    let (state, expires) = effective.schema.account_state(entry);
    let Identity { id, other_ids, dn } = identity;
    let has_no_name = attributes.username.first().is_none();
    DirectoryUser {
        id,
        other_ids,
        place: dn.place(),
        dn: has_no_name.then(|| dn.as_str().into()),
        attributes,
        state,
        expires,
    }
}
