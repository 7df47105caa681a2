//! Member groups: read like the groups that contain them, anywhere in the directory, each once. Rule `nesting`.

use super::look_up::{EntryKey, LookUpScope};
use super::range::Truncated;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::Assembly;

/// A bound against groups without end, far beyond the largest directories.
const MOST_GROUPS: usize = 200_000;
const ATTEMPT: &str = "reading the member groups";

impl Session {
    /// Reads those of the entries that are groups, with their members.
    pub(super) async fn read_member_groups(&mut self, keys: &[EntryKey], assembly: &mut Assembly) -> Result<(), Error> {
        // A `memberUid` never refers to a group (RFC 2307 section 2.3).
        let keys: Vec<EntryKey> = keys.iter().filter(|key| !matches!(key, EntryKey::Username(_))).cloned().collect();
        let (effective, context, attributes) = (self.effective.clone(), self.context.clone(), self.group_attributes());
        let scope = LookUpScope {
            base: &context,
            filter: Some(effective.filter_of_named_group()),
            attributes: &attributes,
            controls: self.extended_names(),
        };
        let members = effective.schema.member_attributes();
        let mut truncated = Vec::new();
        self.look_up(ATTEMPT, &keys, &scope, &mut |decoded| {
            let rest = Truncated::from_entry(ATTEMPT, &decoded, members)?;
            truncated.extend(assembly.add_member_group(&decoded.entry)?.zip(rest));
            within_bounds(assembly.group_count())
        })
        .await?;
        self.read_rests(ATTEMPT, truncated, assembly).await
    }
}

fn within_bounds(groups: usize) -> Result<(), Error> {
    if groups > MOST_GROUPS {
        let cause = format!("the selected groups contain more than {MOST_GROUPS} groups; select fewer");
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
