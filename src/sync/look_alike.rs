//! Rule `look-alike`: names that look the same and are written in different scripts, such as `anna` with a Cyrillic
//! letter. Unicode Technical Standard 39, section 4, says which letters look alike; a library has its table.

use std::collections::BTreeSet;

use unicode_script::{Script, UnicodeScript as _};
use unicode_security::skeleton;

use super::fold::fold;

/// The scripts of a name's letters, by their names. Digits, punctuation and accents belong to none.
#[must_use]
pub fn scripts(name: &str) -> BTreeSet<&'static str> {
    if name.is_ascii() {
        let has_letters = name.bytes().any(|octet| octet.is_ascii_alphabetic());
        return has_letters.then(|| Script::Latin.full_name()).into_iter().collect();
    }
    let folded = fold(name);
    let scripts = folded.chars().map(|character| character.script());
    let of_letters = scripts.filter(|script| !matches!(script, Script::Common | Script::Inherited | Script::Unknown));
    of_letters.map(Script::full_name).collect()
}

/// Rule `look-alike`: whether two names look the same although their letters are of different scripts. Letters of one
/// script that look alike, such as `l` and `I`, are not meant.
#[must_use]
pub fn look_alike(one: &str, other: &str) -> bool {
    let (of_one, of_other) = (scripts(one), scripts(other));
    let differ = !of_one.is_empty() && !of_other.is_empty() && of_one != of_other;
    differ && looks(one).iter().any(|look| looks(other).contains(look))
}

/// What a name looks like, as it is written and as names are compared: capitals may look alike where small letters do
/// not.
#[must_use]
pub fn looks(name: &str) -> [String; 2] {
    [skeleton(name).collect(), skeleton(&fold(name)).collect()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LATIN: &[&str] =
        &["anna", "josé", "müller", "Zoë", "øystein", "łukasz", "o'hara", "user1", "dağlı", "nguyễn"];
    const CYRILLIC: &[&str] = &["анна", "борис", "дмитрий", "юлия", "Ольга"];
    const GREEK: &[&str] = &["άννα", "γιώργος", "Νίκος", "ελένη"];
    const CJK: &[&str] = &["田中", "たなか", "タナカ", "王小明", "김철수", "山田 太郎"];

    /// Rule `look-alike`.
    #[test]
    fn letters_of_another_script_do_not_make_another_name() {
        for (one, other) in [
            ("anna", "\u{430}nna"),
            ("anna", "\u{430}nn\u{430}"),
            ("boss", "b\u{43e}ss"),
            ("Anna", "\u{391}nna"),
            ("copa", "\u{441}\u{43e}\u{440}\u{430}"),
            ("BOB", "\u{412}\u{41e}\u{412}"),
            ("root", "r\u{3bf}ot"),
        ] {
            assert!(look_alike(one, other) && look_alike(other, one), "{one} and {}", other.escape_unicode());
        }
    }

    #[test]
    fn letters_of_one_script_are_not_meant() {
        for (one, other) in
            [("user1", "userl"), ("user0", "userO"), ("Ian", "lan"), ("rn", "m"), ("11", "ll"), ("1", "l")]
        {
            assert!(!look_alike(one, other), "{one} and {other}");
        }
        assert!(!look_alike("anna", "ANNA"), "they are one name");
    }

    #[test]
    fn names_as_people_have_them_are_no_alarm() {
        let names: Vec<&str> = [LATIN, CYRILLIC, GREEK, CJK].concat();
        for one in &names {
            for other in &names {
                assert!(!look_alike(one, other), "{one} and {other}");
            }
        }
    }

    proptest! {
        #[test]
        fn names_of_one_script_are_never_an_alarm(
            latin in "[a-zA-ZÀ-ÖØ-öø-ÿĀ-ž0-9._-]{1,12}", other_latin in "[a-zA-ZÀ-ÖØ-öø-ÿĀ-ž0-9._-]{1,12}",
            cyrillic in "[а-яА-ЯёЁ0-9._-]{1,12}", other_cyrillic in "[а-яА-ЯёЁ0-9._-]{1,12}",
            greek in "[α-ωάέήίόύώ0-9._-]{1,12}", other_greek in "[α-ωάέήίόύώ0-9._-]{1,12}",
        ) {
            prop_assert!(!look_alike(&latin, &other_latin));
            prop_assert!(!look_alike(&cyrillic, &other_cyrillic));
            prop_assert!(!look_alike(&greek, &other_greek));
        }

        #[test]
        fn it_is_the_same_in_both_directions(one in any::<String>(), other in any::<String>()) {
            prop_assert_eq!(look_alike(&one, &other), look_alike(&other, &one));
            prop_assert!(!look_alike(&one, &one));
        }

        #[test]
        fn one_letter_of_another_script_is_an_alarm(before in "[a-z]{0,8}", after in "[a-z]{1,8}") {
            // Cyrillic о for o.
            let (one, other) = (format!("{before}o{after}"), format!("{before}\u{43e}{after}"));
            prop_assert!(look_alike(&one, &other));
        }
    }
}
