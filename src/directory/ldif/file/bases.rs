//! Whether the file has every base that is read: one that is missing would look like an empty one.

use super::File;
use crate::directory::bases::bases;
use crate::directory::dn::Dn;
use crate::directory::{Error, Query};

impl File {
    /// Rule `complete-read`: makes sure that every base that the settings and the query name is an entry of the file.
    pub(in super::super) fn check_bases(&self, query: &Query) -> Result<(), Error> {
        for (field, base) in bases(&self.effective, query)? {
            if !self.names().any(|dn| *dn == base) {
                let problem = format!(
                    "{} has no entry `{base}`; correct the base, or export that entry with everything below it",
                    self.origin
                );
                return Err(Error::configuration(field, problem));
            }
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &Dn> {
        self.entries.iter().map(|entry| &entry.dn).chain(self.broken.iter().filter_map(|broken| broken.dn.as_ref()))
    }
}
