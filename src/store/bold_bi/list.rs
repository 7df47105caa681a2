//! Lists, to an end that is proven.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use super::page::{Page, Row, page};
use super::server::BoldBiServer;
use super::version::Version;
use crate::store::Error;
use crate::store::remote::http::Request;

/// How many rows are asked for: the most that version 5.0 documents. A server may give fewer.
const PAGE_SIZE: usize = 100;
/// How often a list is read because it changed meanwhile.
const ATTEMPTS: usize = 4;

/// What to list.
#[derive(Debug, Clone)]
pub(super) struct List {
    /// The path behind the version, such as `groups/7/users`.
    pub(super) path: String,
    /// What the list is called in answers.
    pub(super) key: &'static str,
}

/// What came of one reading.
enum Reading<T> {
    /// All rows, from so many pages.
    Rows(Vec<T>, usize),
    /// It is not complete, or changed meanwhile.
    Doubtful(String),
    Missing,
}

impl BoldBiServer {
    /// All rows; `None`: the group whose members they are does not exist.
    ///
    /// The order of pages is not documented, and neither is what a count counts. So a list ends where the server says that
    /// there is no further page, or with a page that is shorter than another page of this server; and it has as many rows
    /// as each of its pages says, each once. One page is one answer, in which nothing moves. Of several pages a row may
    /// move to one that was read while another row comes and goes, so they count only if they are the same twice.
    ///
    /// # Errors
    /// When a page could not be read, or no reading is proven.
    pub(super) async fn list<T: Row>(&self, list: &List) -> Result<Option<Vec<T>>, Error> {
        let version = self.version().await?;
        let (mut before, mut doubt): (Option<Vec<i64>>, _) = (None, String::new());
        for _ in 0..ATTEMPTS {
            let reading = match version {
                Version::V5 => self.read_pages(list).await?,
                Version::V4 => self.read_whole(list).await?,
            };
            match reading {
                Reading::Missing => return Ok(None),
                Reading::Doubtful(why) => (before, doubt) = (None, why),
                Reading::Rows(rows, 0 | 1) => return Ok(Some(rows)),
                Reading::Rows(rows, _) => {
                    let ids = Some(rows.iter().map(Row::id).collect());
                    if ids == before {
                        return Ok(Some(rows));
                    }
                    (before, doubt) = (ids, "it changes while it is read".to_owned());
                }
            }
        }
        let attempt = format!("listing {} of the dashboard server", list.path);
        Err(Error::unexpected(attempt, format!("after {ATTEMPTS} readings it is not known to be complete: {doubt}")))
    }

    /// The same of a list that the server always has, and that is never empty: we are among the accounts, and each site has
    /// a group of administrators. A cut answer would read as the loss of everything that is linked.
    pub(super) async fn list_all<T: Row>(&self, path: &str, key: &'static str) -> Result<Vec<T>, Error> {
        let rows = self.list(&List { path: path.to_owned(), key }).await?;
        let rows = rows.ok_or_else(|| {
            let problem =
                format!("the server has no list of {path} there: correct spec.boldBI.url, site and apiVersion");
            Error::configuration("spec.boldBI.url", problem)
        })?;
        if rows.is_empty() {
            let attempt = format!("listing {path} of the dashboard server");
            return Err(Error::unexpected(attempt, "the list is empty, which it never is"));
        }
        Ok(rows)
    }

    /// Version 4.0 has no pages.
    async fn read_whole<T: Row>(&self, list: &List) -> Result<Reading<T>, Error> {
        let request = Request::get(format!("{}/{}", Version::V4.name(), list.path));
        let (rows, total) = match page(self.session.send(&request, None).await?, list.key, 1)? {
            Page::Rows(rows, total) => (rows, total),
            Page::End => (Vec::new(), None),
            Page::Missing => return Ok(Reading::Missing),
        };
        let mut gathered = Gathered::default();
        let doubt = gathered.add(rows).or_else(|| gathered.differs_from(total.unwrap_or(gathered.rows.len())));
        Ok(doubt.map_or(Reading::Rows(gathered.rows, 1), Reading::Doubtful))
    }

    async fn read_pages<T: Row>(&self, list: &List) -> Result<Reading<T>, Error> {
        let mut gathered = Gathered::default();
        let (mut total, mut longest, mut length, mut pages) = (None, 0, 0, 0);
        for number in 1.. {
            let request = Request::get(format!("{}/{}", Version::V5.name(), list.path))
                .with("page", number.to_string())
                .with("page_size", PAGE_SIZE.to_string())
                .with("sort", "+");
            let (rows, said) = match page(self.session.send(&request, None).await?, list.key, number)? {
                Page::Rows(rows, said) => (rows, said),
                Page::End => break,
                Page::Missing if number == 1 => return Ok(Reading::Missing),
                Page::Missing => return Ok(Reading::Doubtful("it vanished while it was read".to_owned())),
            };
            let Some(said) = said else {
                return Ok(Reading::Doubtful("it does not say how many rows it has (TotalResults)".to_owned()));
            };
            if *total.get_or_insert(said) != said {
                return Ok(Reading::Doubtful("its number of rows changes from page to page".to_owned()));
            }
            if rows.is_empty() {
                break;
            }
            if number > 1 && length < longest {
                return Ok(Reading::Doubtful("a page in its middle is shorter than others".to_owned()));
            }
            (length, pages) = (rows.len(), number);
            longest = longest.max(length);
            if let Some(doubt) = gathered.add(rows) {
                return Ok(Reading::Doubtful(doubt));
            }
            let longest_of_all = self.longest_page.fetch_max(length, Ordering::Relaxed);
            if length < longest_of_all && gathered.rows.len() >= said {
                break;
            }
        }
        let doubt = gathered.differs_from(total.unwrap_or_default());
        Ok(doubt.map_or(Reading::Rows(gathered.rows, pages), Reading::Doubtful))
    }
}

/// The rows of a reading, each once.
struct Gathered<T> {
    rows: Vec<T>,
    ids: HashSet<i64>,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), ids: HashSet::new() }
    }
}

impl<T: Row> Gathered<T> {
    /// A doubt, if there is one.
    fn add(&mut self, rows: Vec<T>) -> Option<String> {
        for row in rows {
            if !self.ids.insert(row.id()) {
                return Some(format!("the id {} occurs twice", row.id()));
            }
            self.rows.push(row);
        }
        None
    }

    fn differs_from(&self, total: usize) -> Option<String> {
        (self.rows.len() != total).then(|| format!("it has {} rows and says that it has {total}", self.rows.len()))
    }
}
