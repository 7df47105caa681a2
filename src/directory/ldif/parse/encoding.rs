//! LDIF is UTF-8 (RFC 2849 note 5). What Windows writes otherwise is named, because all its lines would look wrong.

use super::InvalidLdif;

/// Refuses UTF-16, with its byte order mark or without.
pub(super) fn check(file: &[u8]) -> Result<(), InvalidLdif> {
    match file {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => {
            let problem = "the file is UTF-16, and LDIF is UTF-8: export it with `ldifde -f FILE -d BASE`, without \
                           `-u`; where Windows PowerShell made it of the output of a program by `>`, run that line \
                           with `cmd /c`"
                .to_owned();
            Err(InvalidLdif { line: 1, problem })
        }
        _ => Ok(()),
    }
}
