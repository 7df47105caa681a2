//! Tombstones of 389 Directory Server and FreeIPA. Where replication or the USN plug-in is on, a deleted entry stays
//! for a while as an `nsTombstone`, with its ids, below its former name. A search shows it if its filter asks for that
//! class. The server shows tombstones only to the Directory Manager (`ldbm_back_next_search_entry`: `isroot`), whatever
//! the access rules grant. Rule `missing-group`.

use std::collections::BTreeSet;

use super::look_up::{BATCH, EntryKey};
use super::reference::IgnoredReferences;
use super::result::{self, REFUSALS};
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::filter::Filter;
use crate::sync::identity::ExternalId;

const ATTEMPT: &str = "looking for tombstones";
const OBJECT_CLASS: &str = "objectClass";
const TOMBSTONE: &str = "nsTombstone";

impl Session {
    /// Those of the objects whose tombstones the server shows, which proves their deletion. Without a tombstone nothing
    /// is proven. If the server refuses to look for them, the read goes on.
    pub(super) async fn tombstones(&mut self, ids: &[ExternalId]) -> Result<BTreeSet<ExternalId>, Error> {
        let mut deleted = BTreeSet::new();
        if !self.root.is_389_directory_server {
            return Ok(deleted);
        }
        let attributes: Vec<String> = self.effective.id_attributes().chain([OBJECT_CLASS]).map(str::to_owned).collect();
        for batch in ids.chunks(BATCH) {
            let wanted = Filter::any_of(batch.iter().map(|id| EntryKey::Id(*id).filter("")));
            let filter = Filter::equality(OBJECT_CLASS, TOMBSTONE).and(wanted).to_string();
            let search = Search::below(ATTEMPT, self.context.as_str(), &filter, &attributes);
            let answer = self
                .connection
                .ask(&search, &IgnoredReferences::All, &mut |decoded| {
                    let classes = decoded.entry.values("objectclass");
                    if classes.iter().any(|class| class.eq_ignore_ascii_case(TOMBSTONE.as_bytes())) {
                        deleted.extend(batch.iter().filter(|id| EntryKey::Id(**id).identifies(&decoded.entry)));
                    }
                    Ok(())
                })
                .await?;
            if answer.rc != 0 && !REFUSALS.contains(&answer.rc) {
                return Err(result::failure(ATTEMPT, None, &answer));
            }
        }
        Ok(deleted)
    }
}
