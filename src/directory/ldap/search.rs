//! The search operation (RFC 4511 section 4.5): one request and its whole answer, checked before it is used.
//! Rule `complete-read`.

use ldap3::asn1::StructureTag;
use ldap3::controls::RawControl;
use ldap3::{LdapError, LdapResult, Scope, SearchOptions};

use std::collections::HashSet;

use super::connection::Connection;
use super::control;
use super::decoder::Decoded;
use super::reference::IgnoredReferences;
use super::result;
use crate::directory::Error;

/// The filter that every entry matches.
pub(super) const EVERY_ENTRY: &str = "(objectClass=*)";
/// The attribute list that asks for none (RFC 4511 section 4.5.1.8).
pub(super) const NO_ATTRIBUTES: &str = "1.1";

/// What was read to its end: every answer had result 0. Only this file builds one.
#[must_use]
#[derive(Debug)]
pub(super) struct Complete<T>(T);

impl<T> Complete<T> {
    /// What was read.
    pub(super) fn into_inner(self) -> T {
        self.0
    }
}

/// One search.
#[derive(Debug, Clone)]
pub(super) struct Search<'a> {
    /// What errors call it: `reading the groups`.
    pub(super) attempt: &'a str,
    /// The setting that the base and the filter come from, where there is one.
    pub(super) field: Option<&'a str>,
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: &'a str,
    pub(super) attributes: &'a [String],
    pub(super) controls: Vec<RawControl>,
}

impl<'a> Search<'a> {
    /// A read of the entry with this name.
    pub(super) const fn entry(attempt: &'a str, base: &'a str, attributes: &'a [String]) -> Self {
        let (scope, filter) = (Scope::Base, EVERY_ENTRY);
        Self { attempt, field: None, base, scope, filter, attributes, controls: Vec::new() }
    }

    /// A search for the entries at and below the base that match the filter.
    pub(super) const fn below(attempt: &'a str, base: &'a str, filter: &'a str, attributes: &'a [String]) -> Self {
        Self { attempt, field: None, base, scope: Scope::Subtree, filter, attributes, controls: Vec::new() }
    }

    /// With the setting that the base and the filter come from.
    pub(super) const fn with_field(mut self, field: &'a str) -> Self {
        self.field = Some(field);
        self
    }

    /// With a filter that the entry must match.
    pub(super) const fn with_filter(mut self, filter: &'a str) -> Self {
        self.filter = filter;
        self
    }

    /// With controls.
    pub(super) fn with_controls(mut self, controls: Vec<RawControl>) -> Self {
        self.controls = controls;
        self
    }
}

/// Whether a search finds any entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It finds one.
    There,
    /// This server has none and refers to no other server.
    NotThere,
    /// The server refuses to search, or refers to another server for a part of the answer.
    Unanswered,
}

/// What is done with each entry. An error ends the search.
pub(super) type Each<'a> = &'a mut (dyn FnMut(Decoded) -> Result<(), Error> + Send);

impl Connection {
    /// Sends one request and takes its whole answer. Each entry is handed over as it comes, and the result is returned
    /// with its controls, whatever its code. After an error the connection cannot be used.
    pub(super) async fn ask(
        &mut self,
        search: &Search<'_>,
        ignored: &IgnoredReferences,
        each: Each<'_>,
    ) -> Result<LdapResult, Error> {
        self.exchange(search, 0, &mut |reference| ignored.check(search.attempt, reference), each).await
    }

    /// One request and its answers, `limit` entries at most if the server respects that (0: all).
    async fn exchange(
        &mut self,
        search: &Search<'_>,
        limit: i32,
        reference: &mut (dyn FnMut(StructureTag) -> Result<(), Error> + Send),
        each: Each<'_>,
    ) -> Result<LdapResult, Error> {
        let attempt = search.attempt;
        let queue = &self.queue;
        let mut ldap = self.ldap.clone();
        ldap.with_search_options(SearchOptions::new().sizelimit(limit));
        if !search.controls.is_empty() {
            ldap.with_controls(search.controls.clone());
        }
        let answer = async {
            let started =
                ldap.streaming_search(search.base, search.scope, search.filter, search.attributes.to_vec()).await;
            let mut stream = match started {
                Ok(stream) => stream,
                Err(error) => return Ok(Err(error)),
            };
            let id = u32::try_from(stream.ldap_handle().last_id()).unwrap_or_default();
            loop {
                let next = tokio::select! {
                    next = stream.next() => Some(next),
                    () = queue.entries_added() => None,
                };
                // These entries came before the message that `ldap3` returns now.
                while let Some(entry) = queue.take_entry(id) {
                    each(entry.map_err(|cause| Error::malformed(attempt, cause))?)?;
                    // Without this, a server that sends entries without end would keep the time-out from being checked.
                    tokio::task::coop::consume_budget().await;
                }
                let Some(next) = next else { continue };
                queue.take_other();
                match next {
                    Ok(Some(answer)) if answer.is_ref() => reference(answer.0)?,
                    Ok(Some(answer)) if answer.is_intermediate() => {}
                    Ok(Some(_)) => return Err(Error::malformed(attempt, "an entry took the way of other answers")),
                    Ok(None) => return Ok(Ok(stream.finish().await)),
                    Err(error) => return Ok(Err(error)),
                }
            }
        };
        match self.within(attempt, answer).await? {
            Ok(result) => Ok(LdapResult { text: self.withheld.without(&result.text), ..result }),
            Err(error @ LdapError::FilterParsing) => {
                let problem = format!("`{}` is not a valid search filter (RFC 4515)", search.filter);
                Err(Error::configuration(search.field.unwrap_or("spec"), problem).caused_by(error))
            }
            Err(error) => Err(self.lost(attempt, error).await),
        }
    }

    /// A search in one answer. Any result but 0 is an error: Rules `error-is-never-absence` and `complete-read`.
    pub(super) async fn search(
        &mut self,
        search: &Search<'_>,
        ignored: &IgnoredReferences,
    ) -> Result<Complete<Vec<Decoded>>, Error> {
        self.search_if_there(search, ignored).await?.ok_or_else(|| {
            let cause = format!("`{}` is not there any more, or cannot be read (result 32)", search.base);
            Error::incomplete(search.attempt, cause)
        })
    }

    /// A search in one answer. `None` where it reads one entry by name, no setting demands that entry, and the server
    /// does not have it. A base that is gone with everything below it is an error.
    pub(super) async fn search_if_there(
        &mut self,
        search: &Search<'_>,
        ignored: &IgnoredReferences,
    ) -> Result<Option<Complete<Vec<Decoded>>>, Error> {
        let mut entries = Vec::new();
        let result = self
            .ask(search, ignored, &mut |entry| {
                entries.push(entry);
                Ok(())
            })
            .await?;
        match (result.rc, search.field, search.scope) {
            (0, _, _) => Ok(Some(Complete(entries))),
            (result::NO_SUCH_OBJECT | result::REFERRAL | result::INVALID_DN_SYNTAX, None, Scope::Base) => Ok(None),
            _ => Err(result::failure(search.attempt, search.field, &result)),
        }
    }

    /// Whether a search finds any entry. One is enough, so reaching a limit with it is not a failure. A server that
    /// refuses to search has not answered "no".
    pub(super) async fn presence(
        &mut self,
        search: &Search<'_>,
        ignored: &IgnoredReferences,
    ) -> Result<Presence, Error> {
        let (mut is_there, mut is_elsewhere) = (false, false);
        let mut reference = |reference| {
            is_elsewhere |= ignored.check(search.attempt, reference).is_err();
            Ok(())
        };
        let mut each = |_| {
            is_there = true;
            Ok(())
        };
        let result = self.exchange(search, 1, &mut reference, &mut each).await?;
        if result.rc != 0 && !result::REFUSALS.contains(&result.rc) {
            return Err(result::failure(search.attempt, search.field, &result));
        }
        Ok(match (is_there, is_elsewhere, result.rc) {
            (true, _, _) => Presence::There,
            (false, false, 0) => Presence::NotThere,
            (false, _, _) => Presence::Unanswered,
        })
    }

    /// A search in pages (RFC 2696). The result of every page is checked, also a size limit beside a cookie, and every
    /// page must bring new entries.
    pub(super) async fn pages(
        &mut self,
        search: &Search<'_>,
        size: u32,
        ignored: &IgnoredReferences,
        each: Each<'_>,
    ) -> Result<Complete<()>, Error> {
        let attempt = search.attempt;
        let mut cookie = Vec::new();
        let mut progress = Progress::default();
        loop {
            let mut request = search.clone();
            request.controls.push(control::page(size, &cookie));
            let mut first = None;
            let result = self
                .ask(&request, ignored, &mut |entry| {
                    first.get_or_insert_with(|| entry.entry.dn.clone());
                    each(entry)
                })
                .await?;
            if result.rc != 0 {
                return Err(result::failure(attempt, search.field, &result));
            }
            let page = result.ctrls.into_iter().find(|control| control.1.ctype == control::PAGED_RESULTS);
            let next = match page {
                Some(page) => page.1.val.as_deref().and_then(control::cookie).ok_or_else(|| {
                    Error::malformed(attempt, "the paged results control of an answer cannot be decoded")
                })?,
                // A server may leave the control out where the first page is the last.
                None if cookie.is_empty() => Vec::new(),
                None => {
                    return Err(Error::malformed(attempt, "a page after the first has no paged results control"));
                }
            };
            if next.is_empty() {
                return Ok(Complete(()));
            }
            progress.note_page(first, next == cookie).map_err(|cause| Error::malformed(attempt, cause))?;
            cookie = next;
        }
    }

    /// A search in pages where the server supports them, else in one answer.
    pub(super) async fn each(
        &mut self,
        search: &Search<'_>,
        page_size: Option<u32>,
        ignored: &IgnoredReferences,
        each: Each<'_>,
    ) -> Result<Complete<()>, Error> {
        if let Some(size) = page_size {
            return self.pages(search, size, ignored, each).await;
        }
        let result = self.ask(search, ignored, each).await?;
        match result.rc {
            0 => Ok(Complete(())),
            _ => Err(result::failure(search.attempt, search.field, &result)),
        }
    }
}

/// Whether the pages of a search bring new entries. The cookie alone does not tell: Samba uses the same one for all
/// pages of a search.
#[derive(Debug, Default)]
struct Progress {
    /// The names of the first entries of the pages so far. A page that is sent again starts with one of them.
    firsts: HashSet<String>,
    /// The number of empty pages in a row.
    empty: usize,
}

impl Progress {
    /// Active Directory sends an empty page after it has looked at many entries that did not match.
    const MOST_EMPTY_PAGES: usize = 10_000;
    /// Far more than the largest directories need.
    const MOST_PAGES: usize = 1_000_000;

    /// Notes a page that is not the last, by its first entry. An error if the pages would never end.
    fn note_page(&mut self, first: Option<String>, same_cookie: bool) -> Result<(), &'static str> {
        let Some(first) = first else {
            self.empty += 1;
            return if same_cookie || self.empty > Self::MOST_EMPTY_PAGES {
                Err("the server sends empty pages again and again, so the read would never end")
            } else {
                Ok(())
            };
        };
        self.empty = 0;
        if !self.firsts.insert(first) {
            return Err("the server sent a page a second time, so the read would never end");
        }
        if self.firsts.len() > Self::MOST_PAGES {
            return Err("the server sent more pages than any directory has");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_on_under_one_cookie_as_long_as_they_differ() {
        let mut progress = Progress::default();
        assert!(progress.note_page(Some("cn=a".into()), true).is_ok());
        assert!(progress.note_page(Some("cn=b".into()), true).is_ok());
        assert!(progress.note_page(Some("cn=a".into()), false).is_err());
    }

    #[test]
    fn empty_pages_need_a_new_cookie_and_an_end() {
        let mut progress = Progress::default();
        assert!(progress.note_page(None, true).is_err());
        let mut progress = Progress::default();
        assert!((0..Progress::MOST_EMPTY_PAGES).all(|_| progress.note_page(None, false).is_ok()));
        assert!(progress.note_page(None, false).is_err());
    }
}
