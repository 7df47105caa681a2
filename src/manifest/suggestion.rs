//! Suggestions for misspelled words.

/// The message about a field that is not a known one.
pub(super) fn unknown_field<'a>(field: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(field, known) {
        Some(nearest) => format!("unknown field; did you mean `{nearest}`?"),
        None => "unknown field".to_owned(),
    }
}

/// The known word that differs from this one by typing errors: wrong, missing, additional or transposed letters, at most
/// one in three. Case, `_` and `-` are ignored, because other formats write words differently.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = plain(word);
    let distances = known.into_iter().map(|known| (strsim::osa_distance(&written, &plain(known)), known));
    let near = distances.filter(|(distance, known)| distance * 3 <= known.chars().count());
    near.min().map(|(_, known)| known)
}

fn plain(word: &str) -> String {
    // No known word is longer, and the time of the comparison is quadratic in the length.
    word.chars().take(64).filter(|letter| !matches!(letter, '_' | '-')).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_words_are_recognized() {
        let known = ["baseDN", "groups", "interval", "ldap", "ldif", "sql"];
        for (written, meant) in [
            ("intervall", Some("interval")),
            ("inetrval", Some("interval")),
            ("Interval", Some("interval")),
            ("base_dn", Some("baseDN")),
            ("baseDn", Some("baseDN")),
            ("group", Some("groups")),
            ("ldpa", Some("ldap")),
            ("sqll", Some("sql")),
            ("schedule", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
    }
}
