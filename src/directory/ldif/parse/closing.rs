//! The closing lines of `ldapsearch`: whether the server gave everything, and how much that was. They prove the end of
//! a file. Rule `file-end`.
//!
//! This is how OpenLDAP prints them without `-L`. With paged results the first three stand after each page, and the
//! counts are those of all pages:
//!
//! ```text
//! # search result
//! search: 2
//! result: 0 Success
//! control: 1.2.840.113556.1.4.319 false MA0CAQAECAIAAAAAAAAA
//! pagedresults: cookie=AgAAAAAAAAA=
//!
//! # numResponses: 5
//! # numEntries: 3
//! # numReferences: 1
//! ```
//!
//! With `-L` there are counts but no result, so an export that a limit ended looks complete. With `-LL` and `-LLL`
//! there is nothing.

use crate::directory::ldif::problem::{InvalidLdif, Problem};

/// The closing lines that were read so far.
#[derive(Debug, Default)]
pub(super) struct Closing {
    result: SearchResult,
    entries: Option<Count>,
    references: Option<Count>,
}

const ENTRIES: &str = "numEntries";
const REFERENCES: &str = "numReferences";

/// The result after the last entry.
#[derive(Debug, Default, PartialEq, Eq)]
enum SearchResult {
    /// There is none.
    #[default]
    None,
    /// The server gave a page, and another follows.
    Page,
    /// The server gave everything.
    Success,
}

/// How many of a kind the file says that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    /// The line that says it.
    line: usize,
    number: usize,
}

impl Closing {
    /// Notes the result of a search.
    pub(super) fn note_result(&mut self, text: &str) -> Result<(), Problem> {
        let code = text.split(' ').next().unwrap_or_default().parse().ok();
        if code != Some(0) {
            return Err(Problem::Limit(code));
        }
        self.result = SearchResult::Success;
        Ok(())
    }

    /// Notes what the server says about pages: with a cookie, another one follows (RFC 2696 section 2).
    pub(super) fn note_page(&mut self, text: &str) {
        if text.split_once("cookie=").is_some_and(|(_, cookie)| !cookie.trim().is_empty()) {
            self.result = SearchResult::Page;
        }
    }

    /// Notes a count. Other comments are ignored.
    pub(super) fn note_comment(&mut self, line: usize, comment: &[u8]) {
        let Ok(comment) = std::str::from_utf8(comment) else { return };
        let count = |name: &str| {
            let number = comment.strip_prefix(' ')?.strip_prefix(name)?.strip_prefix(": ")?.trim().parse().ok()?;
            Some(Count { line, number })
        };
        self.entries = count(ENTRIES).or(self.entries);
        self.references = count(REFERENCES).or(self.references);
    }

    /// Notes that an entry or a reference starts. None may follow the end of a search.
    pub(super) fn reopen(&mut self) -> Result<(), Problem> {
        if self.result == SearchResult::Success || self.has_counted() {
            return Err(Problem::AfterTheEnd);
        }
        self.result = SearchResult::None;
        Ok(())
    }

    /// Whether the number of entries came, one of the last lines.
    pub(super) const fn has_counted(&self) -> bool {
        self.entries.is_some()
    }

    /// Rule `file-end`: whether the closing lines prove that the file is complete, which has this number of entries and
    /// references.
    pub(super) fn proves_the_end(&self, entries: usize, references: usize) -> Result<bool, InvalidLdif> {
        if let Some(Count { line, number }) = self.entries.filter(|count| count.number != entries) {
            return Err(Problem::Miscounted { name: ENTRIES, counted: number, found: entries }.at(line));
        }
        // One reference may have several URLs, RFC 4511 section 4.5.3.
        if let Some(Count { line, number }) = self.references.filter(|count| count.number > references) {
            return Err(Problem::Miscounted { name: REFERENCES, counted: number, found: references }.at(line));
        }
        Ok(self.result == SearchResult::Success && self.has_counted())
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::directory::ldif::problem::InvalidLdif;

    /// What OpenLDAP 2.5 prints of two entries and a reference with these options, the entries cut down to their names.
    const NONE: &str = "# extended LDIF\n#\n# LDAPv3\n# base <dc=x> with scope subtree\n#\n\n# x\ndn: dc=x\n\n\
                        # a, x\ndn: cn=a,dc=x\n\n# search reference\nref: ldap://y/dc=z??sub\n\n\
                        # search result\nsearch: 2\nresult: 0 Success\n\n\
                        # numResponses: 4\n# numEntries: 2\n# numReferences: 1\n";
    const NONE_PAGED: &str = "# extended LDIF\n#\n# with pagedResults control: size=1\n#\n\n# x\ndn: dc=x\n\n\
                              # search result\nsearch: 2\nresult: 0 Success\n\
                              control: 1.2.840.113556.1.4.319 false MA0CAQAECAIAAAAAAAAA\n\
                              pagedresults: cookie=AgAAAAAAAAA=\n# extended LDIF\n#\n# LDAPv3\n#\n\n\
                              # a, x\ndn: cn=a,dc=x\n\n# search reference\nref: ldap://y/dc=z??sub\n\n\
                              # search result\nsearch: 3\nresult: 0 Success\n\
                              control: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\npagedresults: cookie=\n\n\
                              # numResponses: 5\n# numEntries: 2\n# numReferences: 1\n";
    const L: &str = "version: 1\n\n#\n# LDAPv3\n#\n\n# x\ndn: dc=x\n\n# a, x\ndn: cn=a,dc=x\n\n\
                     # search reference\n# refldap://y/dc=z??sub\n\n# search result\n\n\
                     # numResponses: 4\n# numEntries: 2\n# numReferences: 1\n";
    const L_PAGED: &str = "version: 1\n\n#\n# LDAPv3\n#\n\n# x\ndn: dc=x\n\n# search result\n\
                           # control: 1.2.840.113556.1.4.319 false MA0CAQAECAIAAAAAAAAA\n\
                           # pagedresults: cookie=AgAAAAAAAAA=\nversion: 1\n\n#\n# LDAPv3\n#\n\n\
                           # a, x\ndn: cn=a,dc=x\n\n# search reference\n# refldap://y/dc=z??sub\n\n\
                           # search result\n# control: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\n\
                           # pagedresults: cookie=\n\n# numResponses: 5\n# numEntries: 2\n# numReferences: 1\n";
    const LL: &str = "version: 1\n\ndn: dc=x\n\ndn: cn=a,dc=x\n\n# refldap://y/dc=z??sub\n\n";
    const LLL_PAGED: &str = "dn: dc=x\n\n# pagedresults: cookie=AgAAAAAAAAA=\ndn: cn=a,dc=x\n\n\
                             # refldap://y/dc=z??sub\n\n# pagedresults: cookie=\n";

    fn refusal(file: &str) -> InvalidLdif {
        parse(file.as_bytes()).expect_err(file)
    }

    #[test]
    fn only_the_form_that_shows_the_result_proves_the_end() {
        for (file, is_whole) in
            [(NONE, true), (NONE_PAGED, true), (L, false), (L_PAGED, false), (LL, false), (LLL_PAGED, false)]
        {
            for file in [file.to_owned(), file.replace('\n', "\r\n")] {
                let parsed = parse(file.as_bytes()).unwrap_or_else(|error| panic!("{error}: {file}"));
                assert_eq!((parsed.records.len(), parsed.broken.len(), parsed.references.len()), (2, 0, 1), "{file}");
                assert_eq!(parsed.is_whole, is_whole, "{file}");
            }
        }
    }

    #[test]
    fn no_part_of_a_file_proves_the_end_of_the_whole() {
        for file in [NONE, NONE_PAGED] {
            let proof = file.find("numEntries: 2").unwrap() + "numEntries: 2".len();
            for length in 0..file.len() {
                let is_whole = parse(&file.as_bytes()[..length]).is_ok_and(|parsed| parsed.is_whole);
                assert_eq!(is_whole, length >= proof, "{}", &file[..length]);
            }
        }
    }

    #[test]
    fn a_wrong_count_is_refused() {
        for file in [NONE, NONE_PAGED, L, L_PAGED] {
            let one_less = file.replace("dn: cn=a,dc=x\n\n", "");
            assert!(
                refusal(&one_less).problem.to_string().contains("`numEntries: 2`, but the file has 1"),
                "{one_less}"
            );
            let one_more = file.replace("dn: cn=a,dc=x\n\n", "dn: cn=a,dc=x\n\ndn: cn=b,dc=x\n\n");
            assert!(
                refusal(&one_more).problem.to_string().contains("`numEntries: 2`, but the file has 3"),
                "{one_more}"
            );
        }
        let without = NONE.replace("# search reference\nref: ldap://y/dc=z??sub\n", "");
        assert!(refusal(&without).problem.to_string().contains("`numReferences: 1`, but the file has 0"));
    }

    #[test]
    fn nothing_may_follow_the_closing_lines() {
        for file in [NONE, NONE_PAGED, L, L_PAGED] {
            for more in ["dn: cn=b,dc=x\n\n", "ref: ldap://y/dc=b\n", "# refldap://y/dc=b\n", file, "dn: cn=b,dc"] {
                let InvalidLdif { line, problem } = refusal(&format!("{file}\n{more}"));
                assert!(line > file.lines().count() && problem.to_string().contains("one search"), "{line}: {problem}");
            }
        }
        // A last page, and then another search without counts.
        let two = NONE.split("# numResponses").next().unwrap();
        assert!(refusal(&format!("{two}{two}")).problem.to_string().contains("one search"));
    }

    #[test]
    fn the_end_of_a_search_that_a_limit_cut_is_refused_on_every_page() {
        for file in [NONE, NONE_PAGED] {
            for (result, told) in [
                ("4 Size limit exceeded", "result 4 (sizeLimitExceeded)"),
                ("3 Time limit exceeded", "result 3 (timeLimitExceeded)"),
                ("11 Administrative limit exceeded", "result 11 (adminLimitExceeded)"),
                ("32", "result 32"),
                ("no", "a result that is not a number"),
            ] {
                let problem = refusal(&file.replacen("0 Success", result, 1)).problem.to_string();
                assert!(problem.contains(told) && problem.contains("entries are missing"), "{problem}");
            }
        }
    }

    #[test]
    fn entries_that_are_broken_are_counted_too() {
        let broken = NONE.replace("dn: cn=a,dc=x\n", "dn: cn=a,dc=x\ncn:: ?\n");
        let parsed = parse(broken.as_bytes()).unwrap();
        assert_eq!((parsed.records.len(), parsed.broken.len(), parsed.is_whole), (1, 1, true));
    }
}
