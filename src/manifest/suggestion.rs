//! What somebody may have meant who wrote a word that nothing knows.

/// What is said of a field that is not among these.
pub(super) fn unknown_field<'a>(field: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(field, known) {
        Some(nearest) => format!("unknown field; did you mean `{nearest}`?"),
        None => "unknown field".to_owned(),
    }
}

/// The known word that this one is a typing error of: letters that are wrong, missing, too many or in the wrong order, at
/// most one in three. Neither capitals nor `_` and `-` count, as other formats write words differently.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = plain(word);
    let distances = known.into_iter().map(|known| (strsim::osa_distance(&written, &plain(known)), known));
    let near = distances.filter(|(distance, known)| distance * 3 <= known.chars().count());
    near.min().map(|(_, known)| known)
}

fn plain(word: &str) -> String {
    // Longer ones are no words of ours; the comparison takes time by the square of their length.
    word.chars().take(64).filter(|letter| !matches!(letter, '_' | '-')).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_lead_to_the_word_that_was_meant() {
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
