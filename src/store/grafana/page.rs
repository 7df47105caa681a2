//! Lists that have pages, to an end that is proven.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::Value;

use super::row::Row;
use super::server::GrafanaServer;
use crate::store::Error;
use crate::store::remote::http::Request;
use crate::sync::store_id::StoreId;

/// How many rows are asked for. A server may give fewer.
const PAGE_SIZE: usize = 1_000;
/// How often a list is read because it changed meanwhile.
const ATTEMPTS: usize = 4;

/// What to list.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The path, such as `api/teams/search`.
    pub(super) path: &'static str,
    /// What the list is called in answers.
    pub(super) key: &'static str,
}

/// All teams of the organization.
pub(super) const TEAMS: List = List { path: "api/teams/search", key: "teams" };
/// All users of the server.
pub(super) const USERS: List = List { path: "api/users/search", key: "users" };

/// What came of one reading.
enum Reading<T> {
    /// All rows, from so many pages.
    Rows(Vec<T>, usize),
    /// It is not complete, or changed meanwhile.
    Doubtful(String),
}

impl GrafanaServer {
    /// All rows, ascending by id.
    ///
    /// Pages are counted by rows and ordered by names, so a row may move to a page that was read. A list has as many rows as
    /// each of its pages says, each once. One page is one answer, in which nothing moves. Several count only if they are the
    /// same twice.
    ///
    /// # Errors
    /// When a page could not be read, or no reading is proven.
    pub(super) async fn list<T: Row>(&self, list: List) -> Result<Vec<T>, Error> {
        let (mut before, mut doubt): (Option<Vec<StoreId>>, _) = (None, String::new());
        for _ in 0..ATTEMPTS {
            match self.read_pages::<T>(list).await? {
                Reading::Doubtful(why) => (before, doubt) = (None, why),
                Reading::Rows(mut rows, pages) => {
                    rows.sort_by_cached_key(Row::id);
                    let ids: Vec<StoreId> = rows.iter().map(Row::id).collect();
                    if pages <= 1 || before.as_ref() == Some(&ids) {
                        return Ok(rows);
                    }
                    (before, doubt) = (Some(ids), "it changes while it is read".to_owned());
                }
            }
        }
        let attempt = format!("listing {} of the dashboard server", list.key);
        Err(Error::unexpected(attempt, format!("after {ATTEMPTS} readings it is not known to be complete: {doubt}")))
    }

    async fn read_pages<T: Row>(&self, list: List) -> Result<Reading<T>, Error> {
        let (mut rows, mut ids, mut total, mut pages) = (Vec::new(), BTreeSet::new(), None, 0);
        for number in 1.. {
            let request =
                Request::get(list.path).with("page", number.to_string()).with("perpage", PAGE_SIZE.to_string());
            let answer = self.session.send(&request, None).await?;
            let (page, said) = page::<T>(&answer.into_body()?, list)?;
            if *total.get_or_insert(said) != said {
                return Ok(Reading::Doubtful("its number of rows changes from page to page".to_owned()));
            }
            if page.is_empty() {
                break;
            }
            pages = number;
            for row in page {
                if !ids.insert(row.id()) {
                    return Ok(Reading::Doubtful(format!("the id {} occurs twice", row.id())));
                }
                rows.push(row);
            }
            if rows.len() >= said {
                break;
            }
        }
        let said = total.unwrap_or_default();
        if rows.len() == said {
            return Ok(Reading::Rows(rows, pages));
        }
        Ok(Reading::Doubtful(format!("it has {} rows and says that it has {said}", rows.len())))
    }
}

/// The rows of an answer, and how many the whole list has.
fn page<T: Row>(body: &Value, List { path, key }: List) -> Result<(Vec<T>, usize), Error> {
    let unexpected = |cause: String| Error::unexpected(format!("asking the dashboard server (GET {path})"), cause);
    let total = body.get("totalCount").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    let total = total.ok_or_else(|| unexpected("the answer has no totalCount, as Grafana's has".to_owned()))?;
    let rows = body.get(key).ok_or_else(|| unexpected(format!("the answer has no {key}, as Grafana's has")))?;
    let rows = Vec::deserialize(rows)
        .map_err(|error| unexpected(format!("{key} are not those of Grafana ({error})")).caused_by(error))?;
    Ok((rows, total))
}
