//! Lists, page by page, to an end that is proven.

use std::collections::HashSet;

use serde_json::Value;

use super::resource::Resource;
use super::server::ScimServer;
use crate::store::Error;
use crate::store::remote::http::Request;

/// How often a list is read because it changed meanwhile.
const ATTEMPTS: usize = 4;

/// What came of one reading.
enum Reading<T> {
    Complete(Vec<T>),
    /// It is not complete, or changed meanwhile.
    Doubtful(String),
}

impl ScimServer {
    /// All resources of an endpoint such as `Groups`.
    ///
    /// A page begins with the last resource of the page before it, which must still be there: a resource that was deleted
    /// meanwhile shifts those behind it. A page that has only this one is the end. What a server says of the length of a
    /// page is not believed, and `totalResults` only where it says that there is more.
    ///
    /// # Errors
    /// When a page could not be read, or no reading is proven.
    pub(super) async fn list<T: Resource>(&self, endpoint: &str, attributes: &str) -> Result<Vec<T>, Error> {
        let mut doubt = String::new();
        for _ in 0..ATTEMPTS {
            match self.read_pages(endpoint, attributes).await? {
                Reading::Complete(resources) => return Ok(resources),
                Reading::Doubtful(why) => doubt = why,
            }
        }
        let attempt = format!("listing {endpoint} of the dashboard server");
        Err(Error::unexpected(attempt, format!("after {ATTEMPTS} readings it is not known to be complete: {doubt}")))
    }

    async fn read_pages<T: Resource>(&self, endpoint: &str, attributes: &str) -> Result<Reading<T>, Error> {
        let mut all: Vec<T> = Vec::new();
        let mut ids: HashSet<String> = HashSet::new();
        loop {
            let start = all.len().max(1);
            let request = Request::get(endpoint.to_owned())
                .with("startIndex", start.to_string())
                .with("count", self.dialect.said().page_size.to_string())
                .with("attributes", attributes);
            let (page, total) = page::<T>(self.session.send(&request, None).await?.into_body()?, endpoint)?;
            let mut page = page.into_iter();
            if let Some(last) = all.last() {
                match page.next() {
                    Some(first) if first.id() == last.id() => {}
                    // It begins at its first resource, wherever it is asked to begin: then it is all in one page.
                    Some(first) if first.id() == all[0].id() => {
                        let rest = page.map(|it| it.id().to_owned());
                        let again: HashSet<String> = rest.chain([first.id().to_owned()]).collect();
                        if again == ids && total.is_none_or(|total| total <= ids.len()) {
                            return Ok(Reading::Complete(all));
                        }
                        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                        return Ok(Reading::Doubtful(format!(
                            "the server does not heed startIndex, and answers its first {}{of} for every page",
                            again.len()
                        )));
                    }
                    _ => return Ok(Reading::Doubtful("it changes while it is read".to_owned())),
                }
            }
            let before = all.len();
            for resource in page {
                if !ids.insert(resource.id().to_owned()) {
                    return Ok(Reading::Doubtful(format!("the id {} occurs twice", resource.id())));
                }
                all.push(resource);
            }
            if all.len() > before {
                continue;
            }
            return Ok(match total {
                Some(total) if total > all.len() => {
                    Reading::Doubtful(format!("it ends after {}, and the server says that it has {total}", all.len()))
                }
                _ => Reading::Complete(all),
            });
        }
    }

    /// One resource; `None` if it does not exist.
    pub(super) async fn one(&self, path: &str, attributes: &str) -> Result<Option<Value>, Error> {
        let mut request = Request::get(path.to_owned());
        if !attributes.is_empty() {
            request = request.with("attributes", attributes);
        }
        let answer = self.session.send(&request, None).await?;
        if answer.status == http::StatusCode::NOT_FOUND && !answer.is_foreign {
            return Ok(None);
        }
        answer.into_body().map(Some)
    }
}

/// The resources of a `ListResponse` (RFC 7644 section 3.4.2), and how many the whole list has, if it says so.
fn page<T: Resource>(body: Value, endpoint: &str) -> Result<(Vec<T>, Option<usize>), Error> {
    let unexpected = |cause: String| Error::unexpected(format!("listing {endpoint} of the dashboard server"), cause);
    let total = body.get("totalResults").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    match body.get("Resources") {
        // Some servers leave out an empty list, or have null there.
        None | Some(Value::Null) if total.is_some() => Ok((Vec::new(), total)),
        Some(Value::Array(_)) => {
            let Value::Object(mut body) = body else { return Err(unexpected("the answer is no object".to_owned())) };
            let resources = body.remove("Resources").unwrap_or_default();
            let resources = serde_json::from_value(resources)
                .map_err(|error| unexpected(format!("a resource is not one of SCIM ({error})")))?;
            Ok((resources, total))
        }
        _ => Err(unexpected("the answer has no Resources: correct spec.scim.url".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::resource::Group;
    use super::*;

    #[test]
    fn an_empty_page_has_no_resources_and_says_how_many_there_are() {
        let page = |body: Value| page::<Group>(body, "Groups").map(|(rows, total)| (rows.len(), total)).ok();
        let group = json!({"id": "1", "displayName": "a"});
        assert_eq!(page(json!({"totalResults": 0, "Resources": null})), Some((0, Some(0))));
        assert_eq!(page(json!({"totalResults": 0})), Some((0, Some(0))));
        assert_eq!(page(json!({"Resources": [group]})), Some((1, None)));
        for body in [json!({}), json!([]), json!({"Resources": [{"id": "1"}]}), json!({"Resources": 1}), Value::Null] {
            assert_eq!(page(body.clone()), None, "{body}");
        }
    }
}
