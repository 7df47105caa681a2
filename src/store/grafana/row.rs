//! What rows of lists have in common.

use serde::de::DeserializeOwned;

use crate::sync::store_id::StoreId;

/// A row that has an id.
pub(super) trait Row: DeserializeOwned {
    /// Its id.
    fn id(&self) -> StoreId;
}
