//! The one way in which names are compared.

use caseless::Caseless as _;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

/// Two names are one if their folds are equal: compatibility forms, case and the amount of white space do not tell
/// names apart, accents do. It is the compatibility caseless match of the Unicode Standard (section 3.13, D146): NFKC,
/// full case folding, NFKC again; then every run of white space becomes one blank, with none at the ends.
///
/// Folding twice changes nothing.
#[must_use]
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    fold_into(name, &mut folded);
    folded
}

/// Appends the fold of a name to a buffer that the caller reuses.
pub fn fold_into(name: &str, buffer: &mut String) {
    let start = buffer.len();
    if name.is_ascii() {
        push_words(name, buffer);
        buffer[start..].make_ascii_lowercase();
    } else {
        push_words(&without_case(name), buffer);
    }
}

/// NFKC, then case folding and NFKC until both together change nothing: a few characters (a capital under a combining
/// iota, say) need a second round. Folding alone may always change something: it takes `ǰ` apart, NFKC composes it.
fn without_case(name: &str) -> String {
    let mut text = nfkc(name.to_owned());
    loop {
        let again = nfkc(text.chars().default_case_fold().collect());
        if again == text {
            return text;
        }
        text = again;
    }
}

fn nfkc(text: String) -> String {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text,
        IsNormalized::No | IsNormalized::Maybe => text.nfkc().collect(),
    }
}

/// Appends with one blank between words and none around them.
fn push_words(text: &str, buffer: &mut String) {
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            buffer.push(' ');
        }
        buffer.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn case_forms_and_blanks_do_not_tell_names_apart() {
        for (one, other) in [
            ("BI Analysts", "bi  analysts"),
            (" BI\tAnalysts ", "bi analysts"),
            ("STRASSE", "straße"),
            ("ＢＩ", "bi"),
            ("Jose\u{301}", "JOSÉ"),
            ("ﬁnance", "FINANCE"),
            ("İstanbul", "i\u{307}stanbul"),
            ("a\u{a0}b", "A B"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ǰ", "J\u{30c}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn other_letters_do() {
        for (one, other) in [("é", "e"), ("BI-Test", "BI Test"), ("ab", "a b"), ("İ", "i"), ("ı", "i"), ("о", "o")]
        {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in any::<String>()) {
            let once = fold(&name);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn ascii_takes_a_short_way_to_the_same_end(name in "[ -~\t]{0,40}") {
            let mut words = String::new();
            super::push_words(&super::without_case(&name), &mut words);
            prop_assert_eq!(fold(&name), words);
        }
    }
}
