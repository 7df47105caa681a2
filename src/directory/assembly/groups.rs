//! The groups that an assembly was given, each once.

use std::collections::HashMap;

use super::group::GroupBuilder;
use crate::sync::identity::ExternalId;

/// A group of an assembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupNumber(u32);

/// Groups whose members may not all have come.
#[derive(Debug, Default)]
pub(super) struct Groups {
    builders: Vec<GroupBuilder>,
    /// By identity.
    known: HashMap<ExternalId, GroupNumber>,
    /// Groups that excluding searches found before a selecting one.
    excluded: Vec<ExternalId>,
}

impl Groups {
    /// How many groups were added so far, those that were taken out included.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    pub(super) fn contains(&self, id: ExternalId) -> bool {
        self.known.contains_key(&id)
    }

    pub(super) fn add(&mut self, builder: GroupBuilder) -> GroupNumber {
        let number = GroupNumber(u32::try_from(self.builders.len()).unwrap_or(u32::MAX));
        self.known.insert(builder.id, number);
        self.builders.push(builder);
        number
    }

    pub(super) fn get_mut(&mut self, number: GroupNumber) -> &mut GroupBuilder {
        &mut self.builders[number.0 as usize]
    }

    /// A group that was not taken out yet.
    pub(super) fn find_mut(&mut self, id: ExternalId) -> Option<&mut GroupBuilder> {
        let number = self.known.get(&id)?;
        self.builders.get_mut(number.0 as usize)
    }

    /// Notes that the spec excludes a group, which may come later.
    pub(super) fn exclude(&mut self, id: ExternalId) {
        self.excluded.push(id);
    }

    /// Takes out all groups. Each stays known.
    pub(super) fn take(&mut self) -> Vec<GroupBuilder> {
        for id in std::mem::take(&mut self.excluded) {
            if let Some(group) = self.find_mut(id) {
                group.matches.excluded = true;
            }
        }
        std::mem::take(&mut self.builders)
    }
}
