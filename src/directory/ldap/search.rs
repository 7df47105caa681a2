//! The search operation (RFC 4511 section 4.5): one request and its whole answer, judged before anybody may use it.

use ldap3::asn1::StructureTag;
use ldap3::controls::RawControl;
use ldap3::{LdapError, LdapResult, Scope, SearchOptions};

use std::collections::HashSet;

use super::connection::Connection;
use super::control;
use super::decoder::Decoded;
use super::reference::Contexts;
use super::result;
use crate::directory::Error;

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

/// What a question for any entry came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// There is one.
    There,
    /// There is none on this server, and it refers to no other.
    NotThere,
    /// The server refuses to search, or leaves a part to others.
    Unanswered,
}

/// What is done with each entry; an error ends the search.
pub(super) type Each<'a> = &'a mut (dyn FnMut(Decoded) -> Result<(), Error> + Send);

impl Connection {
    /// Asks once and takes the whole answer: each entry is handed over as it comes, and the result, whatever its code,
    /// is returned with its controls. After an error the connection is of no use.
    pub(super) async fn ask(
        &mut self,
        search: &Search<'_>,
        contexts: &Contexts,
        each: Each<'_>,
    ) -> Result<LdapResult, Error> {
        self.converse(search, 0, &mut |reference| contexts.judge(search.attempt, reference), each).await
    }

    /// One request and its answers, no more than `most` entries as far as the server heeds that (0: all).
    async fn converse(
        &mut self,
        search: &Search<'_>,
        most: i32,
        reference: &mut (dyn FnMut(StructureTag) -> Result<(), Error> + Send),
        each: Each<'_>,
    ) -> Result<LdapResult, Error> {
        let attempt = search.attempt;
        let backlog = &self.backlog;
        let mut ldap = self.ldap.clone();
        ldap.with_search_options(SearchOptions::new().sizelimit(most));
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
                    () = backlog.entries_added() => None,
                };
                // They came before whatever `ldap3` says now.
                while let Some(entry) = backlog.take_entry(id) {
                    each(entry.map_err(|cause| Error::malformed(attempt, cause))?)?;
                    // Else a server that never stops would never let the time-out be looked at.
                    tokio::task::coop::consume_budget().await;
                }
                let Some(next) = next else { continue };
                backlog.take_other();
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
            Ok(result) => Ok(result),
            Err(error @ LdapError::FilterParsing) => {
                let problem = format!("`{}` is no search filter (RFC 4515)", search.filter);
                Err(Error::configuration(search.field.unwrap_or("spec"), problem).caused_by(error))
            }
            Err(error) => Err(self.lost(attempt, error).await),
        }
    }

    /// A search in one answer; any result but 0 is an error.
    pub(super) async fn search(
        &mut self,
        search: &Search<'_>,
        contexts: &Contexts,
    ) -> Result<Complete<Vec<Decoded>>, Error> {
        self.search_if_there(search, contexts).await?.ok_or_else(|| {
            Error::incomplete(search.attempt, "the entry is not there any more, or may not be seen (result 32)")
        })
    }

    /// A search in one answer, `None` where it asks for one entry by name, that is not on the server, and no setting
    /// demands it. A base that is gone with all below it is an error.
    pub(super) async fn search_if_there(
        &mut self,
        search: &Search<'_>,
        contexts: &Contexts,
    ) -> Result<Option<Complete<Vec<Decoded>>>, Error> {
        let mut entries = Vec::new();
        let result = self
            .ask(search, contexts, &mut |entry| {
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

    /// Whether a search finds anything at all. One entry is enough, so a limit that is reached with it is no failure,
    /// and a server that will not search has not said no.
    pub(super) async fn presence(&mut self, search: &Search<'_>, contexts: &Contexts) -> Result<Presence, Error> {
        let (mut is_there, mut is_elsewhere) = (false, false);
        let mut reference = |reference| {
            is_elsewhere |= contexts.judge(search.attempt, reference).is_err();
            Ok(())
        };
        let mut each = |_| {
            is_there = true;
            Ok(())
        };
        let result = self.converse(search, 1, &mut reference, &mut each).await?;
        if result.rc != 0 && !result::REFUSALS.contains(&result.rc) {
            return Err(result::failure(search.attempt, search.field, &result));
        }
        Ok(match (is_there, is_elsewhere, result.rc) {
            (true, _, _) => Presence::There,
            (false, false, 0) => Presence::NotThere,
            (false, _, _) => Presence::Unanswered,
        })
    }

    /// A search in pages (RFC 2696). The result of every page is judged, a size limit beside a cookie too, and every
    /// page must bring the read on.
    pub(super) async fn pages(
        &mut self,
        search: &Search<'_>,
        size: u32,
        contexts: &Contexts,
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
                .ask(&request, contexts, &mut |entry| {
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
                None => return Err(Error::malformed(attempt, "a page after the first has no paged results control")),
            };
            if next.is_empty() {
                return Ok(Complete(()));
            }
            progress.judge(first, next == cookie).map_err(|cause| Error::malformed(attempt, cause))?;
            cookie = next;
        }
    }

    /// A search in pages where the server has them, else in one answer.
    pub(super) async fn each(
        &mut self,
        search: &Search<'_>,
        page_size: Option<u32>,
        contexts: &Contexts,
        each: Each<'_>,
    ) -> Result<Complete<()>, Error> {
        if let Some(size) = page_size {
            return self.pages(search, size, contexts, each).await;
        }
        let result = self.ask(search, contexts, each).await?;
        match result.rc {
            0 => Ok(Complete(())),
            _ => Err(result::failure(search.attempt, search.field, &result)),
        }
    }
}

/// Whether the pages of a search go on, or come again and again. The cookie alone does not tell: Samba's is the same
/// for all pages of a search.
#[derive(Debug, Default)]
struct Progress {
    /// The names of the first entries of the pages so far; a page that comes again begins with one of them.
    firsts: HashSet<String>,
    /// How many pages without an entry came in a row.
    empty: usize,
}

impl Progress {
    /// Active Directory sends a page without an entry where it looked at many that did not match.
    const MOST_EMPTY_PAGES: usize = 10_000;
    /// Far beyond the largest directories.
    const MOST_PAGES: usize = 1_000_000;

    /// Judges a page that is not the last by its first entry.
    fn judge(&mut self, first: Option<String>, same_cookie: bool) -> Result<(), &'static str> {
        let Some(first) = first else {
            self.empty += 1;
            return if same_cookie || self.empty > Self::MOST_EMPTY_PAGES {
                Err("empty pages come again and again, so the read would never end")
            } else {
                Ok(())
            };
        };
        self.empty = 0;
        if !self.firsts.insert(first) {
            return Err("a page came a second time, so the read would never end");
        }
        if self.firsts.len() > Self::MOST_PAGES {
            return Err("more pages than any directory has");
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
        assert!(progress.judge(Some("cn=a".into()), true).is_ok());
        assert!(progress.judge(Some("cn=b".into()), true).is_ok());
        assert!(progress.judge(Some("cn=a".into()), false).is_err());
    }

    #[test]
    fn empty_pages_need_a_new_cookie_and_an_end() {
        let mut progress = Progress::default();
        assert!(progress.judge(None, true).is_err());
        let mut progress = Progress::default();
        assert!((0..Progress::MOST_EMPTY_PAGES).all(|_| progress.judge(None, false).is_ok()));
        assert!(progress.judge(None, false).is_err());
    }
}
