//! Rule `emptied-group`: a group that shows no members may hide them, so users are asked for their `memberOf`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::sync::context::PlanContext;
use crate::sync::found::{AccountRef, Found};
use crate::sync::identity::ExternalId;
use crate::sync::link::GroupLink;
use crate::sync::snapshot::{DirectoryGroup, MemberOf, Snapshot};

/// What is known of a group that lists no member at all although linked accounts would leave it, which may be an
/// access rule on `member`. Users that have the group as primary group are shown all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Emptiness {
    /// It lists members, or no linked account would leave it.
    #[default]
    None,
    /// A user says that it is a member, so the group hides its members.
    Denied,
    /// It is unknown whether it is empty. It counts as empty from this time on, if it still shows no member.
    Doubtful(Timestamp),
    /// It is empty.
    Proven,
}

/// Rule `emptied-group`: what `memberOf` of users says of it. `leaves`: the group lists no member, and linked accounts
/// would leave it for that. An entry of a file shows all that it has.
pub(crate) fn emptiness(
    group: &DirectoryGroup,
    link: Option<&GroupLink>,
    leaves: bool,
    context: &PlanContext<'_>,
) -> Emptiness {
    let side = context.snapshot.member_of.get(&group.id);
    if !leaves {
        // It may have hidden its members from the first read on.
        let hides = group.shows_no_members() && side == Some(&MemberOf::NamedByUser);
        return if hides { Emptiness::Denied } else { Emptiness::None };
    }
    match side {
        Some(MemberOf::NamedByUser) => Emptiness::Denied,
        _ if context.snapshot.is_of_a_file() => Emptiness::Proven,
        Some(MemberOf::NamedByNobody) => Emptiness::Proven,
        Some(MemberOf::Unanswerable) | None => {
            let since = link.and_then(|link| link.empty_since).unwrap_or(context.now);
            let confirmed = context.policy.confirmed_at(since);
            if context.now < confirmed { Emptiness::Doubtful(confirmed) } else { Emptiness::Proven }
        }
    }
}

/// The groups that list no members, and are selected or hold accounts that would leave for it: users must be asked for
/// their `memberOf` about these. One that was never seen with members may hide them from the first read on.
pub(crate) fn without_members<'a>(
    groups: impl Iterator<Item = &'a DirectoryGroup>,
    snapshot: &Snapshot,
    found: &Found,
) -> BTreeSet<ExternalId> {
    let memberless = groups.filter(|group| !group.shows_members).map(|group| (group.id, group));
    let memberless: BTreeMap<ExternalId, &DirectoryGroup> = memberless.collect();
    if memberless.is_empty() || snapshot.is_of_a_file() {
        return BTreeSet::new();
    }
    let linked = found.groups.iter().filter_map(|held| {
        let link = held.link.as_ref().filter(|link| link.directory_id == snapshot.directory_id)?;
        let group = memberless.get(&link.id)?;
        let shown: HashSet<ExternalId> =
            group.members.iter().filter_map(|user| Some(snapshot.users.get(*user as usize)?.id)).collect();
        let leaves = |account: &AccountRef| {
            let link = found.account_link(*account);
            link.is_some_and(|link| !shown.contains(&link.id))
        };
        held.members.iter().any(leaves).then_some(link.id)
    });
    let empty =
        memberless.values().filter(|group| group.shows_no_members() && !group.selectors.is_empty() && !group.excluded);
    linked.chain(empty.map(|group| group.id)).collect()
}
