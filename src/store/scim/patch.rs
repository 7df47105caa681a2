//! A PATCH of one attribute (RFC 7644 section 3.5.2).

use serde_json::{Value, json};

use super::server::ScimServer;
use crate::store::Guard;
use crate::store::remote::http::{Answer, Request, RequestFailure};

impl ScimServer {
    /// Sends operations. Each sets or removes something, so that it does no more when it is sent twice.
    pub(super) async fn patch(
        &self,
        path: &str,
        operations: Vec<Value>,
        guard: &dyn Guard,
    ) -> Result<Answer, RequestFailure> {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        self.session.send(&Request::patch(path.to_owned(), body), Some(guard)).await
    }
}
