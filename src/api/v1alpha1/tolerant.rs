//! Reading the status after a downgrade.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field of status, or its default if a newer version wrote a value that this one cannot read. The next run writes it
/// again, which an operator that failed to read its own status could not do.
pub(super) fn readable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}
