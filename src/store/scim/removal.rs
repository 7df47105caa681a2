//! How a server removes members: learned with the first removal of each run, by reading the group before and after.

use std::collections::HashSet;

use super::dialect::Removals;
use super::members::{Deed, Left};
use super::server::ScimServer;
use super::settings::MemberRemoval;
use crate::store::Guard;
use crate::store::remote::CallFailure;

impl ScimServer {
    pub(super) async fn remove_members(
        &self,
        group: &str,
        ids: Vec<String>,
        left: &mut Left,
        guard: &dyn Guard,
    ) -> Result<(), CallFailure> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut ids = ids;
        // Held while one of the groups that are written side by side finds out.
        let mut removals = self.removals.lock().await;
        if matches!(*removals, Removals::Untried) {
            let held = self.held(group).await?;
            ids.retain(|id| held.contains(id));
            let Some(first) = ids.pop() else { return Ok(()) };
            *removals = self.learn_removal(group, &first, held, guard).await?;
            match &*removals {
                Removals::Work(form) => self.dialect.learned().member_removal = Some(*form),
                _ => ids.push(first),
            }
        }
        let known = removals.clone();
        drop(removals);
        match known {
            Removals::Work(form) => self.write_members(group, Deed::Remove(form), &ids, left, guard).await,
            Removals::Fail(why) => {
                left.leave(ids, CallFailure::Refused(why));
                Ok(())
            }
            Removals::Untried => Ok(()),
        }
    }

    /// Removes one member in one form after the other, until the group no longer shows it. A form that removes somebody else
    /// too is undone.
    async fn learn_removal(
        &self,
        group: &str,
        id: &str,
        held: HashSet<String>,
        guard: &dyn Guard,
    ) -> Result<Removals, CallFailure> {
        let mut said = Vec::new();
        for form in self.forms() {
            let mut refused = Left::default();
            self.write_members(group, Deed::Remove(form), &[id.to_owned()], &mut refused, guard).await?;
            let now = self.held(group).await?;
            let lost: Vec<String> =
                held.iter().filter(|other| *other != id && !now.contains(*other)).cloned().collect();
            if !lost.is_empty() {
                let others = held.iter().filter(|other| *other != id).cloned().collect();
                self.restore_members(group, &others).await?;
                said.push(format!("the form {form:?} removes other members too, who were added again"));
                if !now.contains(id) {
                    // The member that was to go is gone.
                    return Ok(Removals::Fail(in_words(&said)));
                }
            } else if !now.contains(id) {
                return Ok(Removals::Work(form));
            } else {
                said.push(match refused.failure {
                    Some(CallFailure::Refused(words)) => format!("the form {form:?} is refused ({words})"),
                    _ => format!("the form {form:?} is accepted and does nothing"),
                });
            }
        }
        Ok(Removals::Fail(in_words(&said)))
    }

    /// The forms to try: the one that is known, or both. A form that a person has set is the only one.
    fn forms(&self) -> Vec<MemberRemoval> {
        use MemberRemoval::{Filter, Value};
        match (self.dialect.said().member_removal, self.dialect.member_removal()) {
            (Some(form), _) => vec![form],
            (None, Some(Value)) => vec![Value, Filter],
            // The standard has no other than this one.
            (None, Some(Filter) | None) => vec![Filter, Value],
        }
    }
}

fn in_words(said: &[String]) -> String {
    format!("the server does not remove members: {}", said.join("; "))
}
