//! Lists, page by page, to an end that is proven.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::store::Error;
use crate::store::remote::http::{Request, Session};

/// How many rows a page has: the most that the server gives, whatever is asked for (`FAB_API_MAX_PAGE_SIZE`).
const PAGE_SIZE: usize = 100;
/// How often a list is read again from its beginning because it changed meanwhile.
const ATTEMPTS: usize = 3;

/// A row that has an id, by which lists are ordered.
pub(super) trait Row: DeserializeOwned {
    /// Its id.
    fn id(&self) -> i64;
}

#[derive(Deserialize)]
struct Page<T> {
    count: usize,
    result: Vec<T>,
}

/// What to list.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    /// The collection, such as `groups`.
    pub(super) of: &'a str,
    /// The columns, separated by commas.
    pub(super) columns: &'a str,
    /// Conditions in Rison, such as `(col:name,opr:eq,value:Admin)`.
    pub(super) filters: &'a str,
}

impl List<'_> {
    /// All rows, ascending by id.
    ///
    /// Pages are counted by rows, so a row that is deleted meanwhile moves a later one to a page that was read. The list is
    /// read from its newest row on. So a row that is created meanwhile moves all others back, and one of them is read twice.
    /// If no row is read twice, and each page says the same number of rows, then none was missed: for each row that was
    /// deleted, another one was created before it could move anything.
    ///
    /// # Errors
    /// When a page could not be read, or the list changed each time.
    pub(super) async fn read<T: Row>(self, session: &Session) -> Result<Vec<T>, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(rows) = self.read_once(session).await? {
                return Ok(rows);
            }
        }
        Err(self.unexpected("objects were deleted on the server during each of three reads, so none is complete"))
    }

    /// `None`: it changed meanwhile.
    async fn read_once<T: Row>(self, session: &Session) -> Result<Option<Vec<T>>, Error> {
        let mut rows: Vec<T> = Vec::new();
        let mut total = None;
        loop {
            let page: Page<T> = self.page(session, rows.len() / PAGE_SIZE).await?;
            let (count, is_last) = (page.count, page.result.len() < PAGE_SIZE);
            if *total.get_or_insert(count) != count {
                return Ok(None);
            }
            for row in page.result {
                if rows.last().is_some_and(|last| last.id() <= row.id()) {
                    return Ok(None);
                }
                rows.push(row);
            }
            if is_last {
                // Fewer rows than there are, without an end: a page that the server or a proxy has cut.
                return Ok((rows.len() >= count).then(|| {
                    rows.reverse();
                    rows
                }));
            }
        }
    }

    async fn page<T: Row>(self, session: &Session, page: usize) -> Result<Page<T>, Error> {
        let List { of, columns, filters } = self;
        let query = format!(
            "(columns:!({columns}),filters:!({filters}),order_column:id,order_direction:desc,page:{page},page_size:{PAGE_SIZE})"
        );
        let request = Request::get(format!("api/v1/security/{of}/")).with("q", query);
        let body = session.send(&request, None).await?.into_body()?;
        serde_json::from_value(body).map_err(|error| {
            self.unexpected(&format!("the answer is not a list of Superset or Flask-AppBuilder 5 ({error})"))
                .caused_by(error)
        })
    }

    fn unexpected(self, cause: &str) -> Error {
        Error::unexpected(format!("listing the {} of the dashboard server", self.of), cause)
    }
}
