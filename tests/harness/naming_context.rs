//! The entry at the top of a naming context `dc=NAME,dc=…`.

/// The entries, with the top entry and its naming attributes before them if it is not among them.
#[must_use]
pub fn with_root(suffix: &str, entries: &str, attributes: impl FnOnce(&str) -> String) -> String {
    let dn = format!("dn: {suffix}").to_lowercase();
    if entries.lines().any(|line| line.trim_end().to_lowercase() == dn) {
        return entries.to_owned();
    }
    let name = suffix.split([',', '=']).nth(1).unwrap_or_default();
    format!("dn: {suffix}\n{}\n\n{entries}", attributes(name))
}
