//! A small company, as it was when a run filled the store, and as it is now: a run has something to do, and whatever an
//! answer leaves out is something to lose.
//!
//! | group | was | is |
//! |---|---|---|
//! | 1 | users 1, 3, 4 | users 1, 5 and 3, whose entry is not shown, in ranges with one who is out of scope |
//! | 2 | user 1 | no member |
//! | 3 | user 1 | "renamed", users 1, 5 |
//! | 6 | user 1 | hidden but for its id |
//! | 7, by its DN | user 1 | user 1 |
//! | 8 | users 1, 4 | deleted |
//! | 9 | user 1 | users 1, 4; it came into the base while it was read |
//!
//! In a large one group 1 has so many users that all users are read.

use super::place::{Place, place};
use crate::scripted_ldap::{Answer, Attribute, LAST_PAGE, SUCCESS, Search, group, guid, member, user, user_guid};

/// A company, at one of the two times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Company {
    pub(super) is_large: bool,
    pub(super) has_changed: bool,
}

impl Company {
    /// Its answers to a search.
    pub(super) fn answer(self, search: &Search) -> Vec<Answer> {
        if self.has_changed { self.now(search) } else { self.before(search) }
    }

    fn before(self, search: &Search) -> Vec<Answer> {
        match place(Some(search), false) {
            Place::Groups => {
                let first = if self.is_large { (0..2100).map(member).collect() } else { members(&[1, 3, 4]) };
                vec![group(1, vec![("member", first)]), group(2, of(&[1])), next_page()]
            }
            Place::LaterGroups => {
                let rest = [(3, of(&[1])), (6, of(&[1])), (8, of(&[1, 4])), (9, of(&[1]))];
                rest.map(|(octet, members)| group(octet, members)).into_iter().chain([LAST_PAGE]).collect()
            }
            Place::NamedGroup => vec![group(7, of(&[1])), SUCCESS],
            Place::Users => (0..1000).map(user).chain([next_page()]).collect(),
            Place::LaterUsers => (1000..2100).map(user).chain([LAST_PAGE]).collect(),
            _ => wanted(search, &[1, 3, 4]),
        }
    }

    fn now(self, search: &Search) -> Vec<Answer> {
        match place(Some(search), false) {
            Place::Groups if self.is_large => {
                vec![group(1, vec![("member", (1..=2100).map(member).collect())]), next_page()]
            }
            Place::Groups => ranged("member;range=0-1", &[1, 2]).into_iter().take(1).chain([next_page()]).collect(),
            Place::Again => ranged("member;range=0-1", &[1, 2]),
            Place::LaterGroups => vec![group(2, vec![]), renamed(), LAST_PAGE],
            Place::NamedGroup => vec![group(7, of(&[1])), SUCCESS],
            Place::Range => ranged("member;range=2-*", &[3, 5]),
            Place::Users => (0..1000).map(user).chain([next_page()]).collect(),
            Place::LaterUsers => (1000..2099).chain([2100]).map(user).chain([LAST_PAGE]).collect(),
            Place::UsersById => wanted(search, &[1, 4, 5]),
            Place::OthersById => wanted(search, &[2]),
            Place::LocatedById => {
                shown(search, || vec![(7, group(7, of(&[1]))), (8, tombstone()), (9, group(9, of(&[1, 4])))])
            }
            Place::LocatedByGuid if search.base == "<GUID=06060606-0606-0606-0606-060606060606>" => {
                vec![Answer::Entry("CN=group 6,DC=corp".into(), vec![]), SUCCESS]
            }
            Place::InScope => shown(search, || vec![(9, group(9, vec![]))]),
            Place::Kinds => shown(search, || [1, 2, 3, 7, 9].map(|octet| (octet, group(octet, vec![]))).into()),
            // One witness shows that it can be asked, and no user names group 2.
            Place::Claims if search.filter_has("CN=group 1,DC=corp") => {
                vec![Answer::Entry("CN=user1,DC=corp".into(), vec![]), SUCCESS]
            }
            Place::Claims => vec![SUCCESS],
            _ => vec![Answer::Done(32, "", None)],
        }
    }
}

/// The end of a page that is not the last.
pub(super) const fn next_page() -> Answer {
    Answer::Done(0, "", Some(b"next"))
}

/// The first group with a part of its members.
pub(super) fn ranged(attribute: &'static str, numbers: &[u32]) -> Vec<Answer> {
    vec![group(1, vec![("member", vec![]), (attribute, members(numbers))]), SUCCESS]
}

fn members(numbers: &[u32]) -> Vec<Vec<u8>> {
    numbers.iter().copied().map(member).collect()
}

fn of(numbers: &[u32]) -> Vec<Attribute> {
    vec![("member", members(numbers))]
}

fn renamed() -> Answer {
    let attributes = vec![
        ("objectClass", vec![b"group".to_vec()]),
        ("objectGUID", vec![guid(3)]),
        ("cn", vec![b"renamed".to_vec()]),
        ("uSNChanged", vec![b"9".to_vec()]),
        ("member", members(&[1, 5])),
    ];
    Answer::Entry("CN=renamed,DC=corp".into(), attributes)
}

fn tombstone() -> Answer {
    let attributes = vec![("objectGUID", vec![guid(8)]), ("isDeleted", vec![b"TRUE".to_vec()])];
    Answer::Entry("CN=group 8\\0ADEL:08,CN=Deleted Objects,DC=corp".into(), attributes)
}

/// Those of the users whose ids the filter has.
fn wanted(search: &Search, numbers: &[u32]) -> Vec<Answer> {
    let wanted = numbers.iter().filter(|number| search.filter_has_octets(&user_guid(**number)));
    wanted.copied().map(user).chain([SUCCESS]).collect()
}

/// Those of the groups whose ids the filter has.
fn shown(search: &Search, groups: impl FnOnce() -> Vec<(u8, Answer)>) -> Vec<Answer> {
    let shown = groups().into_iter().filter(|(octet, _)| search.filter_has_octets(&guid(*octet)));
    shown.map(|(_, entry)| entry).chain([SUCCESS]).collect()
}
