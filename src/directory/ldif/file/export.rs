//! How to export a file that has everything and proves it.

use crate::directory::schema::Effective;

/// The command that writes such a file. Without `-L` the file has the closing lines. Only a complete file replaces the
/// one before.
pub(super) fn export(effective: &Effective) -> String {
    format!(
        "export it with `ldapsearch -x -E pr=1000/noprompt -b '{}' '(objectClass=*)' '*' '+' > FILE.new && mv FILE.new \
         FILE`, without `-LLL`",
        effective.base
    )
}
