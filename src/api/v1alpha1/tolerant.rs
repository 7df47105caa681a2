//! Reading one's own status after a downgrade.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A part of status, or nothing where a newer version wrote what this one cannot read. The next run writes it anew; an
/// operator that could not read its own status could not even do that.
pub(super) fn readable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}
