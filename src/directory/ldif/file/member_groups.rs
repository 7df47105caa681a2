//! The groups of a file that are members of groups, down to the last.

use tokio::task::coop::consume_budget;

use super::super::role::Role;
use super::{File, FileEntry};
use crate::directory::Error;
use crate::directory::assembly::{Assembly, MOST_LEVELS, too_deep};

impl File {
    /// Adds the groups that member values name, then those that their values name, until no value names another one.
    ///
    /// # Errors
    /// When there are more levels than any directory has.
    pub(in super::super) async fn add_member_groups(&self, assembly: &mut Assembly) -> Result<(), Error> {
        let is_group = |entry: &&FileEntry| matches!(self.role(entry), Role::Group { .. });
        let groups: Vec<&FileEntry> = self.entries.iter().filter(is_group).collect();
        for _ in 0..=MOST_LEVELS {
            let mut named = Vec::new();
            for group in &groups {
                if assembly.awaits(&group.entry) {
                    named.push(group);
                }
                consume_budget().await;
            }
            if named.is_empty() {
                return Ok(());
            }
            // All at once: if one value may name two of them, both must be known before the value is resolved.
            for group in named {
                assembly.add_member_group(&group.entry)?;
                consume_budget().await;
            }
        }
        Err(too_deep())
    }
}
