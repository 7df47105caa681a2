//! Rows as they arrive become a [`Found`]. Rows may come in any order: what points at what is settled at the end.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::known::KnownDirectories;
use super::text_bounds::{TextBounds, beginning};
use crate::store::Error;
use crate::sync::found::{Account, AccountRef, Found, Group, Links};
use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::snapshot::{Attributes, DnHash, Place};

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Reading {
    accounts: Vec<Account>,
    groups: Vec<Group>,
    account_links: Vec<(i64, AccountLink)>,
    group_links: Vec<(i64, GroupLink)>,
    members: Vec<(i64, Vec<i64>)>,
    owners: HashMap<Box<str>, Arc<Owner>>,
    texts: TextBounds,
    known: KnownDirectories,
}

/// What both tables of links hold, as text.
#[derive(Debug, Clone, Copy)]
pub(super) struct LinkColumns<'r> {
    pub(super) directory_id: &'r str,
    pub(super) external_id: &'r str,
    pub(super) owner: Option<&'r str>,
    pub(super) origin: &'r str,
    pub(super) dn_hash: &'r str,
    pub(super) parent_hash: &'r str,
}

/// What both tables of links hold, understood.
struct Linked {
    directory_id: DirectoryId,
    id: ExternalId,
    owner: Option<Arc<Owner>>,
    origin: Origin,
    place: Place,
}

impl Reading {
    /// A row of `users`.
    pub(super) fn account(&mut self, account: Account) -> Result<(), Error> {
        let Attributes { username, email, first_name, last_name, display_name, phone } = &account.attributes;
        let texts = [username, email, first_name, last_name, display_name, phone];
        self.texts.admit("users", texts.map(Option::as_deref))?;
        self.accounts.push(account);
        Ok(())
    }

    /// A row of `groups`; its members come as rows of their own.
    pub(super) fn group(&mut self, id: i64, name: &str, description: Option<&str>) -> Result<(), Error> {
        self.texts.admit("groups", [Some(name), description])?;
        self.groups.push(Group {
            id: id.into(),
            name: name.into(),
            description: present(description),
            members: Vec::new(),
            roles: Vec::new(),
            link: None,
        });
        Ok(())
    }

    /// Rows of `group_members`, of one group.
    pub(super) fn members(&mut self, group: i64, accounts: Vec<i64>) {
        self.members.push((group, accounts));
    }

    /// A row of `user_links`.
    pub(super) fn account_link(
        &mut self,
        account: i64,
        columns: LinkColumns<'_>,
        username: &str,
        email: Option<&str>,
        deactivated_by_us: bool,
        (unused_since, missing_since): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<(), Error> {
        self.texts.admit("user_links", [Some(username), email, columns.owner])?;
        let Linked { directory_id, id, owner, origin, place } = self.linked("user_links", columns)?;
        let link = AccountLink {
            directory_id,
            id,
            owner,
            origin,
            username: username.into(),
            email: present(email),
            place,
            deactivated_by_us,
            unused_since,
            missing_since,
        };
        self.account_links.push((account, link));
        Ok(())
    }

    /// A row of `group_links`.
    pub(super) fn group_link(
        &mut self,
        group: i64,
        columns: LinkColumns<'_>,
        [name, item, exclusions]: [&str; 3],
        missing_since: Option<Timestamp>,
        empty_since: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.texts.admit("group_links", [Some(name), Some(item), Some(exclusions), columns.owner])?;
        let Linked { directory_id, id, owner, origin, place } = self.linked("group_links", columns)?;
        let link = GroupLink {
            directory_id,
            id,
            owner,
            selector: item.into(),
            exclusions: exclusions.into(),
            origin,
            name: name.into(),
            place,
            roles: Vec::new(),
            missing_since,
            empty_since,
        };
        self.group_links.push((group, link));
        Ok(())
    }

    /// A row of `known_directories`.
    pub(super) fn directory_id(&mut self, directory_id: &str, first_seen: Timestamp) -> Result<(), Error> {
        self.texts.admit("known_directories", [Some(directory_id)])?;
        self.known.directory_id(directory_id, first_seen)
    }

    /// A row of `directory_servers`.
    pub(super) fn server(
        &mut self,
        directory_id: &str,
        identity: &str,
        first_seen: Timestamp,
        position: Option<i64>,
    ) -> Result<(), Error> {
        self.texts.admit("directory_servers", [Some(directory_id), Some(identity)])?;
        self.known.server(directory_id, identity, first_seen, position)
    }

    /// A row of `directory_claims`: the claimant's installation and namespace, addresses and authorities as lines.
    pub(super) fn claim(&mut self, directory_id: &str, texts: [&str; 4], first_seen: Timestamp) -> Result<(), Error> {
        self.texts.admit("directory_claims", texts.map(Some).into_iter().chain([Some(directory_id)]))?;
        self.known.claim(directory_id, texts, first_seen)
    }

    fn linked(&mut self, table: &str, columns: LinkColumns<'_>) -> Result<Linked, Error> {
        let broken = |problem: String| Error::unexpected(format!("reading {table}"), problem);
        let hash = |text: &str| hash(text).ok_or_else(|| broken(format!("`{}` is not a hash", beginning(text))));
        let external_id = |text: &str| text.parse::<ExternalId>().map_err(|error| broken(error.to_string()));
        let owner = columns.owner.map(|text| self.owner(text));
        Ok(Linked {
            directory_id: DirectoryId(external_id(columns.directory_id)?),
            id: external_id(columns.external_id)?,
            owner,
            origin: match columns.origin {
                "created" => Origin::Created,
                "adopted" => Origin::Adopted,
                other => {
                    let found = beginning(other);
                    return Err(broken(format!("`{found}` is not an origin: it must be created or adopted")));
                }
            },
            place: Place { dn: hash(columns.dn_hash)?, parent: hash(columns.parent_hash)? },
        })
    }

    /// One value for each owner, however many links it has.
    fn owner(&mut self, text: &str) -> Arc<Owner> {
        if let Some(owner) = self.owners.get(text) {
            return Arc::clone(owner);
        }
        let owner = Arc::new(Owner::of_link(text));
        self.owners.insert(text.into(), Arc::clone(&owner));
        owner
    }

    /// Joins what was read. A link or membership whose object is not there is left out: without the database's own
    /// foreign keys (SQLite, unless each program asks for them) deletions leave such rows behind.
    pub(super) fn finish(mut self) -> Result<Found, Error> {
        self.accounts.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        self.groups.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let account_ids: Vec<i64> = self.accounts.iter().filter_map(|account| account.id.number()).collect();
        let group_ids: Vec<i64> = self.groups.iter().filter_map(|group| group.id.number()).collect();
        if u32::try_from(account_ids.len()).is_err() || u32::try_from(self.groups.len()).is_err() {
            return Err(Error::unexpected("reading the store", "it has more than 4,294,967,295 accounts or groups"));
        }
        for (id, link) in self.account_links {
            if let Some(index) = position(&account_ids, id) {
                self.accounts[index].link = Some(link);
            }
        }
        for (id, link) in self.group_links {
            if let Some(index) = position(&group_ids, id) {
                self.groups[index].link = Some(link);
            }
        }
        for (id, accounts) in self.members {
            if let Some(index) = position(&group_ids, id) {
                let members = &mut self.groups[index].members;
                members.extend(accounts.iter().filter_map(|id| position(&account_ids, *id)).map(account_ref));
                members.sort_unstable();
                members.dedup();
                members.shrink_to_fit();
            }
        }
        let (directories, claims) = self.known.finish();
        Ok(Found { accounts: self.accounts, groups: self.groups, directories, claims, links: Links::Inside })
    }
}

/// Where an id is among ascending ones. None stands further from the first than the two differ, and where no account was
/// ever deleted it stands exactly there: that is looked at first, a million times a read.
fn position(ids: &[i64], id: i64) -> Option<usize> {
    let furthest = id.checked_sub(*ids.first()?).map_or(Ok(ids.len()), usize::try_from).ok()?;
    match ids.get(furthest) {
        Some(found) if *found == id => Some(furthest),
        _ => ids[..ids.len().min(furthest)].binary_search(&id).ok(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "`finish` has refused more accounts than 32 bits count")]
const fn account_ref(index: usize) -> AccountRef {
    AccountRef(index as u32)
}

/// An optional text: an empty one is absent.
pub(super) fn present(text: Option<&str>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

fn hash(text: &str) -> Option<DnHash> {
    // `from_str_radix` accepts a sign, which is not a digit.
    let is_hexadecimal = text.len() == 32 && !text.starts_with('+');
    let number = is_hexadecimal.then(|| u128::from_str_radix(text, 16).ok())??;
    Some(DnHash(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: LinkColumns<'static> = LinkColumns {
        directory_id: "entryUUID:00000000-0000-4000-8000-000000000001",
        external_id: "entryUUID:00000000-0000-4000-8000-000000000002",
        owner: Some("standalone/bi/analysts"),
        origin: "created",
        dn_hash: "000102030405060708090a0b0c0d0e0f",
        parent_hash: "ffffffffffffffffffffffffffffffff",
    };

    fn account(id: i64) -> Account {
        Account { id: id.into(), attributes: Attributes::default(), active: true, link: None }
    }

    #[test]
    fn rows_in_any_order_are_one_store() {
        let mut reading = Reading::default();
        reading.members(20, vec![3, 1, 3, 99]);
        reading.members(98, vec![1]);
        reading.account_link(3, COLUMNS, "c", Some(""), true, (None, None)).unwrap();
        reading.account_link(99, COLUMNS, "gone", None, false, (None, None)).unwrap();
        for id in [3, 1, 2] {
            reading.account(account(id)).unwrap();
        }
        reading.group(20, "b", Some("")).unwrap();
        reading.group(10, "a", Some("text")).unwrap();
        reading.group_link(20, COLUMNS, ["b", "dn:x", ""], None, None).unwrap();
        let found = reading.finish().unwrap();
        assert_eq!(found.accounts.iter().filter_map(|account| account.id.number()).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(found.groups.iter().filter_map(|group| group.id.number()).collect::<Vec<_>>(), [10, 20]);
        assert_eq!(found.groups[1].members, [AccountRef(0), AccountRef(2)]);
        assert_eq!(found.groups[0].description.as_deref(), Some("text"));
        assert_eq!(found.groups[1].description, None);
        let link = found.accounts[2].link.as_ref().unwrap();
        assert_eq!((link.email.as_deref(), link.deactivated_by_us), (None, true));
        assert_eq!(link.place.dn.0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let group_link = found.groups[1].link.as_ref().unwrap();
        assert!(Arc::ptr_eq(link.owner.as_ref().unwrap(), group_link.owner.as_ref().unwrap()));
    }

    #[test]
    fn an_id_is_found_with_and_without_gaps() {
        for ids in [&[][..], &[7], &[1, 2, 3, 4], &[1, 2, 4, 9, 10], &[-5, 0, 100], &[i64::MIN, 0, i64::MAX]] {
            for id in (-6..12).chain([i64::MIN, i64::MAX]) {
                assert_eq!(position(ids, id), ids.iter().position(|found| *found == id), "{id} in {ids:?}");
            }
        }
    }

    #[test]
    fn a_link_whose_owner_is_not_one_is_somebody_elses() {
        let mut reading = Reading::default();
        reading.account(account(1)).unwrap();
        let columns = LinkColumns { owner: Some("bi/analysts"), ..COLUMNS };
        reading.account_link(1, columns, "a", None, false, (None, None)).unwrap();
        let found = reading.finish().unwrap();
        let owner = found.accounts[0].link.as_ref().unwrap().owner.as_ref().unwrap();
        assert_eq!((owner.to_string().as_str(), owner.may_be_an_object()), ("bi/analysts", false));
    }

    #[test]
    fn a_link_that_cannot_be_true_fails_the_read() {
        for columns in [
            LinkColumns { directory_id: "x", ..COLUMNS },
            LinkColumns { external_id: "", ..COLUMNS },
            LinkColumns { origin: "", ..COLUMNS },
            LinkColumns { dn_hash: "00", ..COLUMNS },
            LinkColumns { parent_hash: "+0000000000000000000000000000000", ..COLUMNS },
        ] {
            assert!(
                Reading::default().account_link(1, columns, "a", None, false, (None, None)).is_err(),
                "{columns:?}"
            );
        }
    }
}
