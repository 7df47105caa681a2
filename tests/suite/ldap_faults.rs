//! A read is complete or it is an error: whatever a directory does wrong, at whichever request it does it. The two
//! tables are the directory's part of the fault matrix, each row under its name.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::directory::settings::DirectorySettings;
use directory_group_sync::directory::{Error, LookUp, Query, Selector};
use directory_group_sync::run::error::directory_reason;
use directory_group_sync::sync::identity::ExternalId;
use directory_group_sync::sync::snapshot::{GroupSighting, MemberSighting, OtherSide, Snapshot};
use tokio::task::JoinSet;

use crate::directories::{group as group_named, members, open, with};
use crate::scripted_ldap::{
    Answer, LAST_PAGE, SERVICE, SUCCESS, Search, group, guid, member, serve_changed, user, user_guid,
};

/// Each request of a run, from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Bind,
    RootDse,
    /// The server's own entry, with its invocation id.
    Service,
    Base,
    Groups,
    LaterGroups,
    /// The entry that an item names by its DN.
    NamedGroup,
    Range,
    /// A group that changed while its ranges were read, from its first value again.
    Again,
    /// The scan of the users.
    Users,
    LaterUsers,
    UsersById,
    /// Members that are no users in scope, by their ids.
    OthersById,
    /// Who answers, at the end of a read.
    RootDseAtEnd,
    ServiceAtEnd,
    BaseAtEnd,
    LocatedById,
    LocatedByGuid,
    /// Which filters of the selection a located group matches.
    InScope,
    /// What kind of group is asked about from the other side.
    Kinds,
    /// Who claims to be a member.
    Claims,
}

use Place::{
    Again, Base, BaseAtEnd, Bind, Claims, Groups, InScope, Kinds, LaterGroups, LaterUsers, LocatedByGuid, LocatedById,
    NamedGroup, OthersById, Range, RootDse, RootDseAtEnd, Service, ServiceAtEnd, Users, UsersById,
};

use Reason::{
    BindRefused, DirectoryAnswerMalformed as Malformed, DirectoryMisconfigured as Configuration,
    DirectoryReadIncomplete as Incomplete, DirectoryTimedOut as TimedOut, DirectoryUnreachable as Unreachable,
};

/// Those of a run in which nothing is wrong.
const PLACES: [Place; 20] = [
    Bind,
    RootDse,
    Service,
    Base,
    Groups,
    LaterGroups,
    NamedGroup,
    Range,
    Users,
    LaterUsers,
    UsersById,
    OthersById,
    RootDseAtEnd,
    ServiceAtEnd,
    BaseAtEnd,
    LocatedById,
    LocatedByGuid,
    InScope,
    Kinds,
    Claims,
];

/// What may go wrong anywhere: its name, how every answer ends then, and the reason that a run gives for it at each
/// place; `None` where there is none, because the place asks a question that this answers.
type Everywhere = (&'static str, fn(Option<&'static [u8]>) -> Vec<Answer>, fn(Place) -> Option<Reason>);

const EVERYWHERE: &[Everywhere] = &[
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
            // What is not found across the whole directory proves nothing.
            OthersById | LocatedById | LocatedByGuid | Kinds | Claims => None,
            _ => Some(Incomplete),
        },
    ),
];

/// A limit of the server, or of the account that reads.
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
type Somewhere = (&'static str, Place, fn() -> Vec<Answer>, Reason);

const SOMEWHERE: &[Somewhere] = &[
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
        "an id of another length",
        LaterGroups,
        || vec![Answer::Entry("CN=x,DC=corp".into(), vec![("objectGUID", vec![vec![1; 15]])]), LAST_PAGE],
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

/// The reasons that a run gives for the fault of this name, at whichever request it meets it.
pub(crate) fn reasons(name: &str) -> BTreeSet<Reason> {
    let everywhere = EVERYWHERE.iter().filter(|row| row.0 == name);
    let somewhere = SOMEWHERE.iter().filter(|row| row.0 == name);
    everywhere.flat_map(|row| PLACES.into_iter().filter_map(row.2)).chain(somewhere.map(|row| row.3)).collect()
}

const fn next_page() -> Answer {
    Answer::Done(0, "", Some(b"next"))
}

fn ranged(attribute: &'static str, members: &[u32]) -> Vec<Answer> {
    vec![group(1, vec![("member", vec![]), (attribute, members.iter().copied().map(member).collect())]), SUCCESS]
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

/// Which request it is; `is_end` once the groups were asked for.
fn place(search: Option<&Search>, is_end: bool) -> Place {
    let Some(search) = search else { return Bind };
    let asks = |attribute: &str| search.attributes.iter().any(|asked| asked == attribute);
    match (&*search.base, search.cookie.as_deref()) {
        ("", _) => {
            if is_end {
                RootDseAtEnd
            } else {
                RootDse
            }
        }
        (SERVICE, _) => {
            if is_end {
                ServiceAtEnd
            } else {
                Service
            }
        }
        (base, _) if base.starts_with("<GUID=") => LocatedByGuid,
        (_, _) if search.filter_has("memberOf") => Claims,
        (_, _) if search.attributes == ["objectGUID", "objectClass", "objectSid"] => Kinds,
        (_, _) if search.attributes.iter().any(|asked| asked.starts_with("member;range=")) => Range,
        ("CN=group 7,DC=corp", _) => NamedGroup,
        ("CN=group 1,DC=corp", _) => Again,
        // The first of the base comes before the groups, the last asks for what only the end asks for.
        (_, None) if search.scope == 0 => {
            if is_end {
                BaseAtEnd
            } else {
                Base
            }
        }
        (_, Some(b"")) => {
            if search.is_for_users() {
                Users
            } else {
                Groups
            }
        }
        (_, Some(_)) => {
            if search.is_for_users() {
                LaterUsers
            } else {
                LaterGroups
            }
        }
        (_, None) if search.is_for_users() => UsersById,
        (_, None) if search.is_for_groups() => InScope,
        (_, None) if asks("isDeleted") => LocatedById,
        (_, None) => OthersById,
    }
}

/// A small company, or one with so many members that the users are scanned. Group 1 comes in ranges, has a user, a user
/// out of scope and a member that nobody shows; group 2 shows nobody; group 9 is not selected.
fn company(search: &Search, is_large: bool) -> Vec<Answer> {
    let wanted = |number: u32| search.filter_has_octets(&user_guid(number)).then(|| user(number));
    match place(Some(search), false) {
        Groups if is_large => vec![group(1, vec![("member", (0..2100).map(member).collect())]), next_page()],
        Groups => ranged("member;range=0-1", &[1, 2]).into_iter().take(1).chain([next_page()]).collect(),
        Again => ranged("member;range=0-1", &[1, 2]),
        LaterGroups => vec![group(2, vec![]), group(3, vec![("member", vec![member(1)])]), LAST_PAGE],
        Range => ranged("member;range=2-*", &[3]),
        Users => (0..1000).map(user).chain([next_page()]).collect(),
        LaterUsers => (1000..2099).map(user).chain([LAST_PAGE]).collect(),
        UsersById => wanted(1).into_iter().chain([SUCCESS]).collect(),
        OthersById => wanted(2).into_iter().chain([SUCCESS]).collect(),
        LocatedById | InScope | Kinds => {
            let groups = [1, 2, 3, 9].into_iter().filter(|octet| search.filter_has_octets(&guid(*octet)));
            groups.map(|octet| group(octet, vec![])).chain([SUCCESS]).collect()
        }
        Claims if search.filter_has("CN=group 1,DC=corp") => {
            vec![Answer::Entry("CN=user1,DC=corp".into(), vec![]), SUCCESS]
        }
        Claims => vec![SUCCESS],
        _ => vec![Answer::Done(32, "", None)],
    }
}

/// How often each place was asked, and the settings that read the company with a fault at one of them.
fn faulty(
    at: Option<Place>,
    fault: impl Fn(Vec<Answer>) -> Vec<Answer> + Send + Sync + 'static,
) -> (DirectorySettings, Arc<[AtomicU32; PLACES.len()]>) {
    let asked: Arc<[AtomicU32; PLACES.len()]> = Arc::default();
    let counts = Arc::clone(&asked);
    let is_end = AtomicBool::new(false);
    let is_large = matches!(at, Some(Users | LaterUsers));
    let settings = serve_changed(
        move |search| company(search, is_large),
        move |search, answers| {
            let here = place(search, is_end.load(Ordering::Relaxed));
            is_end.fetch_or(here == UsersById, Ordering::Relaxed);
            if let Some(count) = PLACES.iter().position(|place| *place == here) {
                counts[count].fetch_add(1, Ordering::Relaxed);
            }
            if at == Some(here) { fault(answers) } else { answers }
        },
    );
    (with(settings, |ldap| ldap.request_timeout = Duration::from_secs(5)), asked)
}

fn id(octet: u8) -> ExternalId {
    ExternalId::from_guid_octets([octet; 16])
}

fn user_id(number: u32) -> ExternalId {
    ExternalId::from_guid_octets(user_guid(number).try_into().expect("16 octets"))
}

/// A whole read: the bulk, then the look-ups.
async fn read(settings: DirectorySettings) -> Result<Snapshot, Error> {
    let every = Selector::Filter { filter: "(objectClass=*)".into(), base: None };
    let query = Query { items: vec![every, Selector::Dn("CN=group 7,DC=corp".into())], exclude: vec![], nested: false };
    let mut directory = open(settings);
    let snapshot = directory.snapshot(&query).await?;
    let look_up = LookUp { groups: vec![id(9)], members: vec![user_id(3)], emptied: vec![id(2)] };
    directory.locate(snapshot, &look_up).await
}

/// Reads with a fault at a place, and expects an error of this reason, or none.
async fn expect(
    name: &str,
    at: Place,
    fault: impl Fn(Vec<Answer>) -> Vec<Answer> + Send + Sync + 'static,
    expected: Option<Reason>,
) {
    let (settings, asked) = faulty(Some(at), fault);
    let read = read(settings).await;
    let position = PLACES.iter().position(|place| *place == at).expect("one of them");
    assert!(asked[position].load(Ordering::Relaxed) > 0, "{name}: {at:?} was never asked: {read:?}");
    match (read, expected) {
        (Err(error), expected) => assert_eq!(Some(directory_reason(&error)), expected, "{name}, {at:?}: {error}"),
        (Ok(_), Some(expected)) => panic!("{name}, {at:?}: a read that passes for complete, in place of {expected:?}"),
        (Ok(snapshot), None) => {
            // It is as whole as one without a fault.
            let mut whole = self::read(faulty(None, |answers| answers).0).await.unwrap();
            if at == Claims {
                whole.other_sides.insert(id(2), OtherSide::Silent);
            }
            assert_eq!(snapshot, whole, "{name}, {at:?}");
        }
    }
}

#[tokio::test]
async fn without_a_fault_every_place_is_asked_and_the_read_is_complete() {
    for (at, large) in [(None, false), (Some(LaterUsers), true)] {
        let (settings, asked) = faulty(at, |answers| answers);
        let snapshot = read(settings).await.unwrap();
        for (place, count) in PLACES.iter().zip(asked.iter()) {
            let is_due = match place {
                Users | LaterUsers => large,
                Range => !large,
                _ => true,
            };
            assert_eq!(count.load(Ordering::Relaxed) > 0, is_due, "{place:?}");
        }
        let first = group_named(&snapshot, "group 1");
        if large {
            assert_eq!((first.members.len(), first.unread.len(), first.out_of_scope), (2099, 1, 0));
        } else {
            assert_eq!(
                (members(&snapshot, first), first.unread.len(), first.out_of_scope),
                (vec!["user1".to_owned()], 1, 1)
            );
        }
        assert_eq!(snapshot.groups.len(), 3);
        assert_eq!(snapshot.server.identity, id(1).value());
        assert!(matches!(snapshot.located_groups[&id(9)], GroupSighting::Found(_)));
        assert_eq!(snapshot.located_members[&user_id(3)], MemberSighting::Nowhere);
        assert_eq!(snapshot.other_sides[&id(2)], OtherSide::Unclaimed);
    }
}

#[tokio::test]
async fn what_goes_wrong_at_any_request_fails_the_read() {
    for (name, end, expected) in EVERYWHERE {
        let mut places = JoinSet::new();
        for at in PLACES {
            places.spawn(expect(
                name,
                at,
                move |mut answers| {
                    // What was sent before it is part of the trap.
                    let cookie = match answers.pop() {
                        Some(Answer::Done(_, _, cookie)) => cookie,
                        _ => None,
                    };
                    answers.into_iter().chain(end(cookie)).collect()
                },
                expected(at),
            ));
        }
        places.join_all().await;
    }
}

#[tokio::test]
async fn what_goes_wrong_at_one_request_fails_the_read() {
    for (name, at, answers, expected) in SOMEWHERE {
        expect(name, *at, |_| answers(), Some(*expected)).await;
    }
}

#[test]
fn every_fault_has_a_name_of_its_own() {
    let distinct: BTreeSet<&str> = names().collect();
    assert_eq!(distinct.len(), names().count());
}
