//! The other side of a membership: a group that shows no members may hide them, while `memberOf` of some entry still
//! names it.

use std::collections::{BTreeMap, BTreeSet};

use ldap3::Scope;

use super::look_up::{Area, BATCH, Key};
use super::search::{Presence, Search};
use super::session::Session;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::directory::schema::PrimaryGroupId;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DirectoryGroup, OtherSide, Snapshot};

const ATTEMPT: &str = "asking who is a member of groups that show nobody";
/// What a server keeps of memberships on the members' entries: the back link of `member` in Active Directory (MS-ADTS
/// section 3.1.1.1.6), elsewhere slapo-memberof(5) or the plugin of 389DS and FreeIPA.
const MEMBER_OF: &str = "memberOf";
const SID: &str = "objectSid";
/// How many groups, and how many members of each, may witness that `memberOf` can be read.
const WITNESSES: usize = 10;
const MEMBERS_OF_A_WITNESS: usize = 3;

/// What of a group's entry decides how the other side is asked about it.
struct Nature {
    /// Its object classes, in lower case: a server keeps `memberOf` for some kinds of groups and not for others.
    classes: BTreeSet<String>,
    /// What the entries match that name it as theirs.
    claim: Filter,
}

impl Session {
    /// Asks about groups that the read showed without members. Who says to be a member is believed; that nobody does counts
    /// only where the same server shows the `memberOf` of a member of another group of that kind; all others stay silent.
    pub(super) async fn ask_other_side(
        &mut self,
        emptied: &[ExternalId],
        snapshot: &mut Snapshot,
    ) -> Result<(), Error> {
        if emptied.is_empty() {
            return Ok(());
        }
        let mut answers: BTreeMap<ExternalId, OtherSide> = emptied.iter().map(|id| (*id, OtherSide::Silent)).collect();
        let silent: Vec<_> = read_groups(snapshot).filter(|group| answers.contains_key(&group.id)).collect();
        let others: Vec<_> = read_groups(snapshot).filter(|group| !group.members.is_empty()).take(BATCH).collect();
        let natures = self.natures(silent.iter().chain(&others)).await?;

        let mut kinds: BTreeMap<&BTreeSet<String>, Vec<(ExternalId, &Filter)>> = BTreeMap::new();
        for (id, nature) in silent.iter().filter_map(|group| Some((group.id, natures.get(&group.id)?))) {
            kinds.entry(&nature.classes).or_default().push((id, &nature.claim));
        }
        for (classes, groups) in kinds {
            let same = others.iter().filter(|group| natures.get(&group.id).is_some_and(|it| it.classes == *classes));
            let witnesses: Vec<Filter> = same.take(WITNESSES).map(|group| witness(group, snapshot)).collect();
            let is_witnessed =
                !witnesses.is_empty() && self.presence(Filter::any_of(witnesses)).await? == Presence::There;
            self.ask(&groups, is_witnessed, &mut answers).await?;
        }
        snapshot.other_sides.append(&mut answers);
        Ok(())
    }

    /// Asks about many groups at once, and about halves of them where somebody names one, so that a thousand empty
    /// groups cost ten questions.
    async fn ask(
        &mut self,
        groups: &[(ExternalId, &Filter)],
        is_witnessed: bool,
        answers: &mut BTreeMap<ExternalId, OtherSide>,
    ) -> Result<(), Error> {
        let mut parts: Vec<&[(ExternalId, &Filter)]> = groups.chunks(BATCH).collect();
        while let Some(part) = parts.pop() {
            let claims = Filter::any_of(part.iter().map(|(_, claim)| (*claim).clone()));
            match (self.presence(claims).await?, part) {
                (Presence::There, [(id, _)]) => drop(answers.insert(*id, OtherSide::Claimed)),
                (Presence::There, _) => {
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.extend([one, other]);
                }
                (Presence::NotThere, _) if is_witnessed => {
                    answers.extend(part.iter().map(|(id, _)| (*id, OtherSide::Unclaimed)));
                }
                (Presence::NotThere | Presence::Unanswered, _) => {}
            }
        }
        Ok(())
    }

    async fn presence(&mut self, filter: Filter) -> Result<Presence, Error> {
        let (base, filter) = (self.context.as_str().to_owned(), filter.to_string());
        let search = Search {
            attempt: ATTEMPT,
            field: None,
            base: &base,
            scope: Scope::Subtree,
            filter: &filter,
            attributes: &["1.1".to_owned()],
            controls: Vec::new(),
        };
        self.connection.presence(&search, &self.contexts).await
    }

    /// Reads what the groups are; one that cannot be seen any more has no nature.
    async fn natures<'a>(
        &mut self,
        groups: impl Iterator<Item = &'a &'a DirectoryGroup>,
    ) -> Result<BTreeMap<ExternalId, Nature>, Error> {
        let groups: BTreeMap<ExternalId, &DirectoryGroup> = groups.map(|group| (group.id, *group)).collect();
        let keys: Vec<Key> = groups.keys().copied().map(Key::Id).collect();
        let (context, effective) = (self.context.clone(), self.effective.clone());
        let attributes: Vec<String> =
            effective.id_attributes().chain(["objectClass", SID]).map(str::to_owned).collect();
        let area = Area { base: &context, filter: None, attributes: &attributes, controls: Vec::new() };
        let mut natures = BTreeMap::new();
        self.look_up(ATTEMPT, &keys, &area, &mut |decoded| {
            let classes = decoded.entry.values("objectclass");
            let classes: BTreeSet<String> =
                classes.iter().map(|class| String::from_utf8_lossy(class).to_ascii_lowercase()).collect();
            let ids = decoded.entry.external_ids(&effective.ids).unwrap_or_default();
            if let Some((id, group)) = ids.iter().find_map(|id| groups.get(id).map(|group| (*id, group)))
                && !classes.is_empty()
                // The back links of a group that was renamed meanwhile bear its new name.
                && Dn::parse(&decoded.entry.dn).is_ok_and(|dn| dn.hash() == group.place.dn)
            {
                // Whom the read showed by their primary group, nobody asks for: the others are in doubt.
                let primary = primary_group(&decoded.entry).filter(|_| group.is_silent());
                let member_of = Filter::equality(MEMBER_OF, &*group.label);
                let claim = Filter::any_of([Some(member_of), primary].into_iter().flatten());
                natures.insert(id, Nature { classes, claim });
            }
            Ok(())
        })
        .await?;
        Ok(natures)
    }
}

/// Every group that the read or a look-up showed.
fn read_groups(snapshot: &Snapshot) -> impl Iterator<Item = &DirectoryGroup> {
    snapshot.readable_groups().chain(snapshot.subgroups.values())
}

/// What a member of the group matches that shows its `memberOf`.
fn witness(group: &DirectoryGroup, snapshot: &Snapshot) -> Filter {
    let members = group.members.iter().filter_map(|user| snapshot.users.get(*user as usize));
    let keys = members.take(MEMBERS_OF_A_WITNESS).map(|user| Key::Id(user.id).filter(""));
    Filter::equality(MEMBER_OF, &*group.label).and(Filter::any_of(keys))
}

/// What the users match whose primary group this is in Active Directory: the one group that `memberOf` does not name. Of
/// POSIX accounts the read has asked.
fn primary_group(group: &Entry) -> Option<Filter> {
    group.values(SID).first().and_then(|sid| PrimaryGroupId::of_sid(sid)).map(PrimaryGroupId::filter)
}
