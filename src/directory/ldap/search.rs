//! The search operation (RFC 4511 section 4.5): one request and its whole answer, judged before anybody may use it.

use ldap3::controls::RawControl;
use ldap3::{LdapError, LdapResult, Scope};

use super::connection::Connection;
use super::decoder::{self, Decoded};
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
        let attempt = search.attempt;
        let mut ldap = self.ldap.clone();
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
            loop {
                match stream.next().await {
                    Ok(Some(answer)) if answer.is_ref() => contexts.judge(attempt, answer.0)?,
                    Ok(Some(answer)) if answer.is_intermediate() => {}
                    Ok(Some(answer)) => each(decoder::decode(answer.0).map_err(|cause| malformed(attempt, cause))?)?,
                    Ok(None) => return Ok(Ok(stream.finish().await)),
                    Err(error) => return Ok(Err(error)),
                }
            }
        };
        match self.within(attempt, answer).await? {
            Ok(result) => Ok(result),
            Err(LdapError::FilterParsing) => Err(Error::Configuration {
                field: search.field.unwrap_or("spec").to_owned(),
                problem: format!("`{}` is no search filter (RFC 4515)", search.filter),
            }),
            Err(error) => Err(self.lost(attempt, &error.to_string()).await),
        }
    }

    /// A search in one answer; any result but 0 is an error.
    pub(super) async fn search(
        &mut self,
        search: &Search<'_>,
        contexts: &Contexts,
    ) -> Result<Complete<Vec<Decoded>>, Error> {
        self.search_if_there(search, contexts).await?.ok_or_else(|| {
            let cause = "the entry is not there any more, or may not be seen (result 32)".to_owned();
            Error::Incomplete { attempt: search.attempt.to_owned(), cause }
        })
    }

    /// A search in one answer, `None` where no entry of that name is on the server and no setting demands one.
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
        match (result.rc, search.field) {
            (0, _) => Ok(Some(Complete(entries))),
            (result::NO_SUCH_OBJECT | result::REFERRAL | result::INVALID_DN_SYNTAX, None) => Ok(None),
            _ => Err(result::failure(search.attempt, search.field, &result)),
        }
    }

    /// A search in pages (RFC 2696). The result of every page is judged, and the cookie must move on: a size limit
    /// beside a cookie and a cookie that repeats itself are errors, not ends.
    pub(super) async fn pages(
        &mut self,
        search: &Search<'_>,
        size: u32,
        contexts: &Contexts,
        each: Each<'_>,
    ) -> Result<Complete<()>, Error> {
        let attempt = search.attempt;
        let mut cookie = Vec::new();
        let mut entries = 0usize;
        for page in 0..MOST_PAGES {
            let mut request = search.clone();
            request.controls.push(super::control::page(size, &cookie));
            let result = self
                .ask(&request, contexts, &mut |entry| {
                    entries += 1;
                    if entries > MOST_ENTRIES {
                        return Err(incomplete(
                            attempt,
                            format!("more than {MOST_ENTRIES} entries: narrow the filter"),
                        ));
                    }
                    each(entry)
                })
                .await?;
            if result.rc != 0 {
                return Err(result::failure(attempt, search.field, &result));
            }
            let control = result.ctrls.into_iter().find(|control| control.1.ctype == super::control::PAGED_RESULTS);
            let next =
                match control {
                    Some(control) => control.1.val.as_deref().and_then(super::control::cookie).ok_or_else(|| {
                        malformed(attempt, "the paged results control of an answer cannot be decoded")
                    })?,
                    // OpenLDAP leaves the control out where nothing matched.
                    None if page == 0 => Vec::new(),
                    None => return Err(malformed(attempt, "a page after the first has no paged results control")),
                };
            if next.is_empty() {
                return Ok(Complete(()));
            }
            if next == cookie {
                return Err(malformed(attempt, "the paging cookie does not move on, so the read would never end"));
            }
            cookie = next;
        }
        Err(incomplete(attempt, format!("more than {MOST_PAGES} pages")))
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

/// Bounds against an answer that never ends; ten times what the largest known directories hold.
const MOST_PAGES: usize = 1_000_000;
const MOST_ENTRIES: usize = 20_000_000;

pub(super) fn malformed(attempt: &str, cause: &str) -> Error {
    Error::Malformed { attempt: attempt.to_owned(), cause: cause.to_owned() }
}

pub(super) fn incomplete(attempt: &str, cause: String) -> Error {
    Error::Incomplete { attempt: attempt.to_owned(), cause }
}
