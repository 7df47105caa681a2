//! Tombstones of 389 Directory Server and FreeIPA. Where replication or the USN plug-in is on, a deleted entry stays for
//! a while as an `nsTombstone`, with its ids, below the name that it had; a search shows it if its filter asks for that
//! class. The server shows tombstones to the Directory Manager alone (`ldbm_back_next_search_entry`: `isroot`), so to
//! anybody else they say nothing, whatever the access rules grant.

use std::collections::BTreeSet;

use ldap3::Scope;

use super::look_up::{BATCH, Key};
use super::reference::Contexts;
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
    /// Those of the objects whose tombstones the server shows: each is the proof of a deletion. That one is not shown
    /// proves nothing, and a server that refuses to look for them goes on being read.
    pub(super) async fn tombstones(&mut self, ids: &[ExternalId]) -> Result<BTreeSet<ExternalId>, Error> {
        let mut deleted = BTreeSet::new();
        if !self.root.is_389_directory_server {
            return Ok(deleted);
        }
        let attributes: Vec<String> = self.effective.id_attributes().chain([OBJECT_CLASS]).map(str::to_owned).collect();
        let base = self.context.as_str().to_owned();
        for batch in ids.chunks(BATCH) {
            let wanted = Filter::any_of(batch.iter().map(|id| Key::Id(*id).filter("")));
            let filter = Filter::equality(OBJECT_CLASS, TOMBSTONE).and(wanted).to_string();
            let search = Search {
                attempt: ATTEMPT,
                field: None,
                base: &base,
                scope: Scope::Subtree,
                filter: &filter,
                attributes: &attributes,
                controls: Vec::new(),
            };
            let answer = self
                .connection
                .ask(&search, &Contexts::All, &mut |decoded| {
                    let classes = decoded.entry.values("objectclass");
                    if classes.iter().any(|class| class.eq_ignore_ascii_case(TOMBSTONE.as_bytes())) {
                        deleted.extend(batch.iter().filter(|id| Key::Id(**id).is(&decoded.entry)));
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
