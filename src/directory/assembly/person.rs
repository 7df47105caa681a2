//! What a user entry says of a person.

use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Users};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{Attributes, DirectoryUser, ShownAttributes};

/// Reads a user entry and notes which optional attributes it bears.
pub(super) fn read(
    entry: &Entry,
    id: ExternalId,
    effective: &Effective,
    shown: &mut ShownAttributes,
) -> Result<DirectoryUser, Error> {
    let Users { username, email, first_name, last_name, display_name, phone, base: _, filter: _ } = &effective.users;
    let text = |attribute: &str| Ok::<_, Error>(entry.text(attribute)?.map(Box::<str>::from));
    let attributes = Attributes {
        username: text(username)?,
        email: text(email)?,
        first_name: text(first_name)?,
        last_name: text(last_name)?,
        display_name: text(display_name)?,
        phone: text(phone)?,
    };
    shown.first_name |= attributes.first_name.is_some();
    shown.last_name |= attributes.last_name.is_some();
    shown.display_name |= attributes.display_name.is_some();
    shown.phone |= attributes.phone.is_some();
    let (state, expires) = effective.schema.account_state(entry);
    Ok(DirectoryUser { id, place: super::parse_dn(entry)?.place(), attributes, state, expires })
}
