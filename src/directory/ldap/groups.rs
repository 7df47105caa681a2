//! The groups: every search that the selection needs, one after the other, in pages.

use ldap3::controls::RawControl;

use super::control::{self, EXTENDED_DN};
use super::decoder::Decoded;
use super::range::{CHANGE, Cut, Part};
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::{Assembly, GroupNumber};
use crate::directory::schema::MemberAttribute;
use crate::directory::selection::{Finding, GroupSearch, Scope};

/// Entries in one page: a page of large groups is what is in memory at once.
const PAGE: u32 = 500;
const ATTEMPT: &str = "reading the groups";

impl Session {
    /// Reads the groups of all searches into the assembly.
    pub(super) async fn read_groups(&mut self, searches: &[GroupSearch], assembly: &mut Assembly) -> Result<(), Error> {
        for search in searches {
            let cuts = match search.scope {
                Scope::Base => self.read_named_group(search, assembly).await?,
                Scope::Subtree => self.read_groups_below(search, assembly).await?,
            };
            // Only now: while pages are open no other search runs, as some servers keep one cookie a connection.
            self.read_cuts(ATTEMPT, cuts, assembly).await?;
        }
        Ok(())
    }

    /// Reads the rest of the groups whose members the server cut.
    pub(super) async fn read_cuts(
        &mut self,
        attempt: &str,
        cuts: Vec<(GroupNumber, Cut)>,
        assembly: &mut Assembly,
    ) -> Result<(), Error> {
        for (number, cut) in cuts {
            self.read_rest(attempt, cut, |part| match part {
                Part::Values(attribute, values) => assembly.add_members(number, attribute, &values),
                Part::Restart => assembly.restart_members(number),
            })
            .await?;
        }
        Ok(())
    }

    /// The group with a certain name; that there is none is an answer.
    async fn read_named_group(
        &mut self,
        search: &GroupSearch,
        assembly: &mut Assembly,
    ) -> Result<Vec<(GroupNumber, Cut)>, Error> {
        let (attributes, filter) = (self.group_attributes(), search.filter.to_string());
        let request = Search {
            attempt: ATTEMPT,
            field: None,
            base: search.base.as_str(),
            scope: ldap3::Scope::Base,
            filter: &filter,
            attributes: &attributes,
            controls: self.extended_names(),
        };
        let Some(shown) = self.connection.search_if_there(&request, &self.contexts).await? else {
            return Ok(Vec::new());
        };
        // A name asks for no filter, and a group that an item by name wants too is found by that item's own search.
        let finding = Finding { by_filter: &search.finds, matches_group_filter: false };
        let members = self.effective.schema.member_attributes();
        let mut cuts = Vec::new();
        for decoded in &shown.into_inner() {
            cuts.extend(add(decoded, finding, members, assembly)?);
        }
        Ok(cuts)
    }

    async fn read_groups_below(
        &mut self,
        search: &GroupSearch,
        assembly: &mut Assembly,
    ) -> Result<Vec<(GroupNumber, Cut)>, Error> {
        let (attributes, filter) = (self.group_attributes(), search.filter.to_string());
        let request = Search {
            attempt: ATTEMPT,
            field: None,
            base: search.base.as_str(),
            scope: ldap3::Scope::Subtree,
            filter: &filter,
            attributes: &attributes,
            controls: self.extended_names(),
        };
        let finding = Finding { by_filter: &search.finds, matches_group_filter: true };
        let members = self.effective.schema.member_attributes();
        let mut cuts = Vec::new();
        let mut each = |decoded| {
            cuts.extend(add(&decoded, finding, members, assembly)?);
            Ok(())
        };
        let page = self.root.page_size(PAGE);
        self.connection.each(&request, page, &self.contexts, &mut each).await?.into_inner();
        Ok(cuts)
    }

    pub(super) fn group_attributes(&self) -> Vec<String> {
        let change = self.effective.schema.is_of_active_directory().then_some(CHANGE);
        self.effective.group_attributes().into_iter().chain(change).map(str::to_owned).collect()
    }

    /// In Active Directory, names with their ids: members are joined by those.
    pub(super) fn extended_names(&self) -> Vec<RawControl> {
        if self.effective.schema.is_of_active_directory() && self.root.supports(EXTENDED_DN) {
            vec![control::extended_dn()]
        } else {
            Vec::new()
        }
    }
}

/// Adds a group entry; `Some` where the server cut its members and they are wanted.
fn add(
    decoded: &Decoded,
    finding: Finding<'_>,
    members: &[MemberAttribute],
    assembly: &mut Assembly,
) -> Result<Option<(GroupNumber, Cut)>, Error> {
    let cut = Cut::of(ATTEMPT, decoded, members)?;
    let number = assembly.add_group(&decoded.entry, finding)?;
    Ok(number.zip(cut))
}
