//! Member groups: read like the groups that have them, wherever they are in the directory, each once.

use super::look_up::{Area, Key};
use super::range::Cut;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::Assembly;

/// A bound against groups that never end, far beyond the largest directories.
const MOST_GROUPS: usize = 200_000;
const ATTEMPT: &str = "reading the member groups";

impl Session {
    /// Reads those of the entries that are groups, with their members.
    pub(super) async fn read_member_groups(&mut self, keys: &[Key], assembly: &mut Assembly) -> Result<(), Error> {
        // A `memberUid` names no group (RFC 2307 section 2.3).
        let keys: Vec<Key> = keys.iter().filter(|key| !matches!(key, Key::Username(_))).cloned().collect();
        let (effective, context, attributes) = (self.effective.clone(), self.context.clone(), self.group_attributes());
        let area = Area {
            base: &context,
            filter: Some(effective.filter_of_named_group()),
            attributes: &attributes,
            controls: self.extended_names(),
        };
        let members = effective.schema.member_attributes();
        let mut cuts = Vec::new();
        self.look_up(ATTEMPT, &keys, &area, &mut |decoded| {
            let cut = Cut::of(ATTEMPT, &decoded, members)?;
            cuts.extend(assembly.add_member_group(&decoded.entry)?.zip(cut));
            within_bounds(assembly.group_count())
        })
        .await?;
        self.read_cuts(ATTEMPT, cuts, assembly).await
    }
}

fn within_bounds(groups: usize) -> Result<(), Error> {
    if groups > MOST_GROUPS {
        let cause = format!("there are more than {MOST_GROUPS} groups in the selected ones: select fewer");
        return Err(Error::incomplete(ATTEMPT, cause));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_groups_than_any_directory_has_fail_the_read() {
        assert!(within_bounds(MOST_GROUPS).is_ok());
        assert!(matches!(within_bounds(MOST_GROUPS + 1), Err(Error::Incomplete { .. })));
    }
}
