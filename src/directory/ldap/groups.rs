//! The groups: every search that the selection needs, one after the other, in pages.

use ldap3::controls::RawControl;

use super::control::{self, EXTENDED_DN};
use super::decoder::Decoded;
use super::range::{CHANGE, Truncated};
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::{Assembly, GroupNumber};
use crate::directory::schema::MemberAttribute;
use crate::directory::selection::{Finding, GroupSearch, Scope};

/// Entries in one page. One page of large groups is in memory at a time.
const PAGE: u32 = 500;
const ATTEMPT: &str = "reading the groups";

impl Session {
    /// Reads the groups that all these searches find into the assembly.
    pub(super) async fn read_groups(&mut self, searches: &[GroupSearch], assembly: &mut Assembly) -> Result<(), Error> {
        for search in searches {
            let truncated = self.read_groups_of(search, assembly).await?;
            // Not earlier: while pages are open no other search runs, because some servers keep one cookie per
            // connection.
            self.read_rests(ATTEMPT, truncated, assembly).await?;
        }
        Ok(())
    }

    /// Reads the groups that one search finds; returns those whose members the server truncated.
    async fn read_groups_of(
        &mut self,
        search: &GroupSearch,
        assembly: &mut Assembly,
    ) -> Result<Vec<(GroupNumber, Truncated)>, Error> {
        let (base, filter, attributes) = (search.base.as_str(), search.filter.to_string(), self.group_attributes());
        let (finding, members) = (search.finding(), self.effective.schema.member_attributes());
        let mut truncated = Vec::new();
        let mut each = |decoded| {
            truncated.extend(add(&decoded, finding, members, assembly)?);
            Ok(())
        };
        match search.scope {
            Scope::Base => {
                let request = Search::entry(ATTEMPT, base, &attributes).with_filter(&filter);
                let request = request.with_controls(self.extended_names());
                // A group that does not exist is a valid answer.
                if let Some(shown) = self.connection.search_if_there(&request, &self.ignored).await? {
                    shown.into_inner().into_iter().try_for_each(each)?;
                }
            }
            Scope::Subtree => {
                let request = Search::below(ATTEMPT, base, &filter, &attributes).with_controls(self.extended_names());
                let page = self.root.page_size(PAGE);
                self.connection.each(&request, page, &self.ignored, &mut each).await?.into_inner();
            }
        }
        Ok(truncated)
    }

    pub(super) fn group_attributes(&self) -> Vec<String> {
        let change = self.effective.schema.is_of_active_directory().then_some(CHANGE);
        self.effective.group_attributes().into_iter().chain(change).map(str::to_owned).collect()
    }

    /// In Active Directory, names with their ids, by which members are matched to entries.
    pub(super) fn extended_names(&self) -> Vec<RawControl> {
        if self.effective.schema.is_of_active_directory() && self.root.supports(EXTENDED_DN) {
            vec![control::extended_dn()]
        } else {
            Vec::new()
        }
    }
}

/// Adds a group entry. `Some` where the server truncated its members and they are needed.
fn add(
    decoded: &Decoded,
    finding: Finding<'_>,
    members: &[MemberAttribute],
    assembly: &mut Assembly,
) -> Result<Option<(GroupNumber, Truncated)>, Error> {
    let truncated = Truncated::from_entry(ATTEMPT, decoded, members)?;
    let number = assembly.add_group(&decoded.entry, finding)?;
    Ok(number.zip(truncated))
}
