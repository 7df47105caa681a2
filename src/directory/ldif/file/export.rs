//! How a file is made that has everything and proves it.

use crate::directory::schema::Effective;

/// The command that writes such a file. Without `-L` the closing lines are in it; only a file that is complete takes the
/// place of the one before.
pub(super) fn export(effective: &Effective) -> String {
    format!(
        "export it with `ldapsearch -x -E pr=1000/noprompt -b '{}' '(objectClass=*)' '*' '+' > FILE.new && mv FILE.new \
         FILE`, without `-LLL`",
        effective.base
    )
}
