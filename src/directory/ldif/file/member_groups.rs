//! The groups of a file that are members of groups, down to the last.

use super::super::role::Role;
use super::{File, FileEntry};
use crate::directory::Error;
use crate::directory::assembly::Assembly;

impl File {
    /// Adds the groups that member values name, then those that their values name, until no value names another one.
    pub(in super::super) fn add_member_groups(&self, assembly: &mut Assembly) -> Result<(), Error> {
        let is_group = |entry: &&FileEntry| matches!(self.role(entry), Role::Group { .. });
        let groups: Vec<&FileEntry> = self.entries.iter().filter(is_group).collect();
        loop {
            let mut named = Vec::new();
            for group in &groups {
                if assembly.awaits(&group.entry) {
                    named.push(group);
                }
            }
            if named.is_empty() {
                return Ok(());
            }
            // All at once: if one value may name two of them, both must be known before the value is resolved.
            for group in named {
                assembly.add_member_group(&group.entry)?;
            }
        }
    }
}
