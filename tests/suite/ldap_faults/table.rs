//! What a directory does wrong, and the reason that a run gives for it: the tables of the fault matrix.

use std::collections::BTreeSet;

use directory_group_sync::api::v1alpha1::condition::Reason;

use super::company::{next_page, ranged};
use super::place::{PLACES, Place};
use crate::scripted_ldap::{Answer, LAST_PAGE, SERVICE, SUCCESS, group, guid, member, user};

use Place::{
    Base, BaseAtEnd, Bind, Claims, Kinds, LaterGroups, LaterUsers, LocatedByGuid, LocatedById, NamedGroup, OthersById,
    Range, RootDse, RootDseAtEnd, ServiceAtEnd, Users,
};

use Reason::{
    BindRefused, DirectoryAnswerMalformed as Malformed, DirectoryMisconfigured as Configuration,
    DirectoryReadIncomplete as Incomplete, DirectoryTimedOut as TimedOut, DirectoryUnreachable as Unreachable,
};

/// What may go wrong anywhere: its name, how every answer ends then, and the reason that a run gives for it at each
/// place; `None` where there is none, because the place asks a question that this answers.
pub(super) type Everywhere = (&'static str, fn(Option<&'static [u8]>) -> Vec<Answer>, fn(Place) -> Option<Reason>);

pub(super) const EVERYWHERE: &[Everywhere] = &[
    ("result 1, operations error", |cookie| vec![Answer::Done(1, "", cookie)], |_| Some(Incomplete)),
    ("result 3, time limit exceeded", |cookie| vec![Answer::Done(3, "", cookie)], limit),
    ("result 4, size limit exceeded", |cookie| vec![Answer::Done(4, "", cookie)], limit),
    ("result 10, referral", |cookie| vec![Answer::Done(10, "", cookie)], not_here),
    ("result 11, administrative limit exceeded", |cookie| vec![Answer::Done(11, "", cookie)], limit),
    ("result 12, unavailable critical extension", |cookie| vec![Answer::Done(12, "", cookie)], |_| Some(Incomplete)),
    ("result 32, no such object", |cookie| vec![Answer::Done(32, "", cookie)], not_here),
    (
        "result 49, invalid credentials",
        |cookie| vec![Answer::Done(49, "", cookie)],
        |place| match place {
            Bind => Some(BindRefused),
            _ => Some(Incomplete),
        },
    ),
    (
        "result 50, insufficient access rights",
        |cookie| vec![Answer::Done(50, "", cookie)],
        |place| match place {
            Claims => None,
            Base | BaseAtEnd | Users | LaterUsers => Some(Configuration),
            _ => Some(Incomplete),
        },
    ),
    ("result 51, busy", |cookie| vec![Answer::Done(51, "", cookie)], |_| Some(Unreachable)),
    ("result 52, unavailable", |cookie| vec![Answer::Done(52, "", cookie)], |_| Some(Unreachable)),
    (
        "result 53, unwilling to perform",
        |cookie| vec![Answer::Done(53, "", cookie)],
        |place| match place {
            Claims => None,
            Bind => Some(Configuration),
            _ => Some(Incomplete),
        },
    ),
    ("result 80, other", |cookie| vec![Answer::Done(80, "", cookie)], |_| Some(Unreachable)),
    ("the connection is cut", |_| vec![Answer::Close], |_| Some(Unreachable)),
    ("the server sends a notice of disconnection", |_| vec![Answer::Notice], |_| Some(Unreachable)),
    ("the server falls silent", |_| vec![Answer::Silence], |_| Some(TimedOut)),
    ("an operation that does not exist", |_| vec![Answer::Unknown], |_| Some(Malformed)),
    (
        "a reference into the base",
        |cookie| vec![Answer::Reference("ldap://child.corp/DC=child,DC=corp"), Answer::Done(0, "", cookie)],
        |place| match place {
            // A bind is not answered by a reference.
            Bind => Some(Malformed),
            // An object that is found nowhere in the directory is not proven to be deleted.
            OthersById | LocatedById | LocatedByGuid | Kinds | Claims => None,
            _ => Some(Incomplete),
        },
    ),
];

/// A limit of the server, or of the bind account.
fn limit(place: Place) -> Option<Reason> {
    (place != Claims).then_some(Incomplete)
}

/// The base of a request is not on this server.
fn not_here(place: Place) -> Option<Reason> {
    match place {
        NamedGroup | LocatedByGuid => None,
        Base | BaseAtEnd | Users | LaterUsers => Some(Configuration),
        _ => Some(Incomplete),
    }
}

/// What may go wrong at one place: its name, the place, what is answered there, and the reason that a run gives.
pub(super) type Somewhere = (&'static str, Place, fn() -> Vec<Answer>, Reason);

pub(super) const SOMEWHERE: &[Somewhere] = &[
    ("a page comes a second time", LaterGroups, || vec![group(1, vec![]), next_page()], Malformed),
    ("empty pages under one cookie", LaterGroups, || vec![next_page()], Malformed),
    ("a later page without its control", LaterGroups, || vec![SUCCESS], Malformed),
    ("a page of users comes a second time", LaterUsers, || vec![user(0), next_page()], Malformed),
    ("a user comes twice", LaterUsers, || vec![user(1), LAST_PAGE], Malformed),
    ("a later page of users without its control", LaterUsers, || vec![SUCCESS], Malformed),
    (
        "a range past the end, as Active Directory says it",
        Range,
        || vec![Answer::Done(1, "00002121: SvcErr: DSID-031401E4, problem 5012 (DIR_ERROR), data 8995", None)],
        Incomplete,
    ),
    ("a range past the end, as Samba says it", Range, || ranged("member;range=2-*", &[]), Incomplete),
    ("a range that repeats", Range, || ranged("member;range=0-1", &[1, 2]), Incomplete),
    ("a range that leaves values out", Range, || ranged("member;range=3-*", &[3]), Incomplete),
    ("a range that holds less than it says", Range, || ranged("member;range=2-9", &[3]), Malformed),
    ("a range without bounds", Range, || ranged("member;range=9-1", &[3]), Malformed),
    ("a range of which the entry is gone", Range, || vec![SUCCESS], Incomplete),
    (
        "an entry that changes at every range",
        Range,
        || {
            let rest = vec![("uSNChanged", vec![b"8".to_vec()]), ("member;range=2-*", vec![member(3)])];
            vec![group(1, rest), SUCCESS]
        },
        Incomplete,
    ),
    (
        "another attribute in ranges",
        LaterGroups,
        || vec![group(2, vec![("description;range=0-0", vec![b"x".to_vec()])]), LAST_PAGE],
        Malformed,
    ),
    (
        "a group without an id",
        LaterGroups,
        || vec![Answer::Entry("CN=x,DC=corp".into(), vec![]), LAST_PAGE],
        Configuration,
    ),
    (
        "a base with an id of another length",
        Base,
        || vec![Answer::Entry("DC=corp".into(), vec![("objectGUID", vec![vec![1; 15]])]), SUCCESS],
        Malformed,
    ),
    ("the base shows no id", Base, || vec![Answer::Entry("DC=corp".into(), vec![]), SUCCESS], Configuration),
    ("the base is not shown", Base, || vec![SUCCESS], Configuration),
    ("the root DSE is not shown", RootDse, || vec![SUCCESS], Incomplete),
    ("another invocation id at the end", ServiceAtEnd, || service(2), Incomplete),
    ("no invocation id at the end", ServiceAtEnd, || vec![Answer::Done(32, "", None)], Incomplete),
    (
        "another directory at the end",
        BaseAtEnd,
        || vec![Answer::Entry("DC=corp".into(), vec![("objectGUID", vec![guid(0xde)])]), SUCCESS],
        Incomplete,
    ),
    ("another naming context at the end", RootDseAtEnd, || root_dse("DC=other", "100"), Configuration),
    ("a server that went back", RootDseAtEnd, || root_dse("DC=corp", "99"), Incomplete),
];

/// The rows of both tables.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    EVERYWHERE.iter().map(|row| row.0).chain(SOMEWHERE.iter().map(|row| row.0))
}

/// Whether a run goes on after the fault of this name at some request.
pub(crate) fn goes_on(name: &str) -> bool {
    EVERYWHERE.iter().filter(|row| row.0 == name).any(|row| PLACES.into_iter().any(|place| row.2(place).is_none()))
}

/// The reasons that a run gives for the fault of this name, at whichever request it meets it.
pub(crate) fn reasons(name: &str) -> BTreeSet<Reason> {
    let everywhere = EVERYWHERE.iter().filter(|row| row.0 == name);
    let somewhere = SOMEWHERE.iter().filter(|row| row.0 == name);
    everywhere.flat_map(|row| PLACES.into_iter().filter_map(row.2)).chain(somewhere.map(|row| row.3)).collect()
}

fn service(invocation: u8) -> Vec<Answer> {
    vec![Answer::Entry(SERVICE.into(), vec![("invocationId", vec![guid(invocation)])]), SUCCESS]
}

fn root_dse(context: &str, position: &str) -> Vec<Answer> {
    let attributes = [
        ("defaultNamingContext", context),
        ("dsServiceName", SERVICE),
        ("supportedCapabilities", "1.2.840.113556.1.4.800"),
        ("highestCommittedUSN", position),
    ]
    .map(|(name, value)| (name, vec![value.as_bytes().to_vec()]));
    vec![Answer::Entry(String::new(), attributes.into()), SUCCESS]
}
