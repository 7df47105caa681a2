//! `memberOf`, the other side of a membership. A group that shows no members may hide them, while `memberOf` of an
//! entry still contains the group. Rule `emptied-group`.

use std::collections::{BTreeMap, BTreeSet};

use super::look_up::{BATCH, EntryKey, LookUpScope};
use super::search::{NO_ATTRIBUTES, Presence, Search};
use super::session::Session;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::filter::Filter;
use crate::directory::schema::PrimaryGroupId;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DirectoryGroup, MemberOf, Snapshot};

const ATTEMPT: &str = "asking for members of groups that show none";
/// The memberships on a member's entry: the back link of `member` in Active Directory (MS-ADTS section 3.1.1.1.6),
/// elsewhere kept by slapo-memberof(5) or the plugin of 389 Directory Server and FreeIPA.
const MEMBER_OF: &str = "memberOf";
const SID: &str = "objectSid";
/// How many groups, and how many members of each, are asked whether `memberOf` can be read.
const WITNESSES: usize = 10;
const MEMBERS_OF_A_WITNESS: usize = 3;

/// How users are asked for a group.
struct Question {
    /// The group's object classes, in lower case: a server keeps `memberOf` for some kinds of groups and not for
    /// others.
    classes: BTreeSet<String>,
    /// What the entries match that say they are members.
    members: Filter,
}

impl Session {
    /// Asks about groups that the read showed without members. An entry that says it is a member is evidence that the
    /// group hides its members. If no entry says so, that is evidence only where the same server shows the `memberOf`
    /// of a member of another group of that kind. All other groups stay without an answer.
    pub(super) async fn ask_member_of(
        &mut self,
        without_members: &[ExternalId],
        snapshot: &mut Snapshot,
    ) -> Result<(), Error> {
        if without_members.is_empty() {
            return Ok(());
        }
        let mut answers: BTreeMap<ExternalId, MemberOf> =
            without_members.iter().map(|id| (*id, MemberOf::Unanswerable)).collect();
        let asked: Vec<_> = read_groups(snapshot).filter(|group| answers.contains_key(&group.id)).collect();
        let others: Vec<_> = read_groups(snapshot).filter(|group| !group.members.is_empty()).take(BATCH).collect();
        let questions = self.questions(asked.iter().chain(&others)).await?;

        let mut kinds: BTreeMap<&BTreeSet<String>, Vec<(ExternalId, &Filter)>> = BTreeMap::new();
        for (id, question) in asked.iter().filter_map(|group| Some((group.id, questions.get(&group.id)?))) {
            kinds.entry(&question.classes).or_default().push((id, &question.members));
        }
        for (classes, groups) in kinds {
            let same = others.iter().filter(|group| questions.get(&group.id).is_some_and(|it| it.classes == *classes));
            let witnesses: Vec<Filter> = same.take(WITNESSES).map(|group| witness(group, snapshot)).collect();
            let is_witnessed =
                !witnesses.is_empty() && self.presence(Filter::any_of(witnesses)).await? == Presence::There;
            self.ask(&groups, is_witnessed, &mut answers).await?;
        }
        snapshot.member_of.append(&mut answers);
        Ok(())
    }

    /// Asks about many groups at once, and about halves of them where an entry is a member of one. So a thousand empty
    /// groups cost ten searches.
    async fn ask(
        &mut self,
        groups: &[(ExternalId, &Filter)],
        is_witnessed: bool,
        answers: &mut BTreeMap<ExternalId, MemberOf>,
    ) -> Result<(), Error> {
        let mut batches: Vec<&[(ExternalId, &Filter)]> = groups.chunks(BATCH).collect();
        while let Some(batch) = batches.pop() {
            let members = Filter::any_of(batch.iter().map(|(_, members)| (*members).clone()));
            match (self.presence(members).await?, batch) {
                (Presence::There, [(id, _)]) => drop(answers.insert(*id, MemberOf::NamedByUser)),
                (Presence::There, _) => {
                    let (one, other) = batch.split_at(batch.len() / 2);
                    batches.extend([one, other]);
                }
                (Presence::NotThere, _) if is_witnessed => {
                    answers.extend(batch.iter().map(|(id, _)| (*id, MemberOf::NamedByNobody)));
                }
                (Presence::NotThere | Presence::Unanswered, _) => {}
            }
        }
        Ok(())
    }

    async fn presence(&mut self, filter: Filter) -> Result<Presence, Error> {
        let (filter, attributes) = (filter.to_string(), [NO_ATTRIBUTES.to_owned()]);
        let search = Search::below(ATTEMPT, self.context.as_str(), &filter, &attributes);
        self.connection.presence(&search, &self.ignored).await
    }

    /// The questions about these groups. A group that cannot be seen any more has none.
    async fn questions<'a>(
        &mut self,
        groups: impl Iterator<Item = &'a &'a DirectoryGroup>,
    ) -> Result<BTreeMap<ExternalId, Question>, Error> {
        let groups: BTreeMap<ExternalId, &DirectoryGroup> = groups.map(|group| (group.id, *group)).collect();
        let keys: Vec<EntryKey> = groups.keys().copied().map(EntryKey::Id).collect();
        let (context, effective) = (self.context.clone(), self.effective.clone());
        let attributes: Vec<String> =
            effective.id_attributes().chain(["objectClass", SID]).map(str::to_owned).collect();
        let scope = LookUpScope { base: &context, filter: None, attributes: &attributes, controls: Vec::new() };
        let mut questions = BTreeMap::new();
        self.look_up(ATTEMPT, &keys, &scope, &mut |decoded| {
            let classes = decoded.entry.values("objectclass");
            let classes: BTreeSet<String> =
                classes.iter().map(|class| String::from_utf8_lossy(class).to_ascii_lowercase()).collect();
            let ids = decoded.entry.external_ids(&effective.ids).unwrap_or_default();
            if let Some((id, group)) = ids.iter().find_map(|id| groups.get(id).map(|group| (*id, group)))
                && !classes.is_empty()
                // The back links of a group that was renamed meanwhile have its new name.
                && Dn::parse(&decoded.entry.dn).is_ok_and(|dn| dn.hash() == group.place.dn)
            {
                // Members that the read found by their primary group are known. Only the others are asked for.
                let primary = primary_group(&decoded.entry).filter(|_| group.shows_no_members());
                let member_of = Filter::equality(MEMBER_OF, &*group.label);
                let members = Filter::any_of([Some(member_of), primary].into_iter().flatten());
                questions.insert(id, Question { classes, members });
            }
            Ok(())
        })
        .await?;
        Ok(questions)
    }
}

/// All groups of the read and of look-ups.
fn read_groups(snapshot: &Snapshot) -> impl Iterator<Item = &DirectoryGroup> {
    snapshot.readable_groups().chain(snapshot.subgroups.values())
}

/// What a member of the group matches if its `memberOf` can be read.
fn witness(group: &DirectoryGroup, snapshot: &Snapshot) -> Filter {
    let members = group.members.iter().filter_map(|user| snapshot.users.get(*user as usize));
    let keys = members.take(MEMBERS_OF_A_WITNESS).map(|user| EntryKey::Id(user.id).filter(""));
    Filter::equality(MEMBER_OF, &*group.label).and(Filter::any_of(keys))
}

/// What the users match that have this primary group in Active Directory, the only group that `memberOf` does not
/// contain. For POSIX accounts the read has asked already.
fn primary_group(group: &Entry) -> Option<Filter> {
    group.values(SID).first().and_then(|sid| PrimaryGroupId::from_sid(sid)).map(PrimaryGroupId::filter)
}
