//! What every SQL user store does beside the contract of all stores, whatever the database.

mod committing;
mod reading;
mod refusing;
mod writing;

pub(crate) use self::committing::*;
pub(crate) use self::reading::*;
pub(crate) use self::refusing::*;
pub(crate) use self::writing::*;
use crate::store_contract::{ByHand, Fixture};

/// A store whose database takes statements.
pub(crate) trait SqlFixture: Fixture {
    /// Runs statements as an administrator or the dashboard server would.
    fn sql(&self, statements: &str);

    /// The one number that a statement answers.
    fn number(&self, statement: &str) -> i64;

    /// How many tables there are.
    fn tables(&self) -> i64;
}

/// Makes names unique.
pub(crate) const UNIQUE_NAMES: &str = "
    CREATE UNIQUE INDEX unique_names_of_groups ON groups (lower(name));
    CREATE UNIQUE INDEX unique_names_of_users ON users (lower(username));
    CREATE UNIQUE INDEX unique_names_by_email ON users (lower(email))";

/// What an administrator runs.
pub(crate) fn statement(edit: &ByHand<'_>) -> String {
    let group = |name: &str| format!("(SELECT id FROM groups WHERE name = '{name}')");
    match edit {
        ByHand::CreateAccount(username, email) => {
            format!("INSERT INTO users (username, email) VALUES ('{username}', '{email}')")
        }
        ByHand::CreateGroup(name) => format!("INSERT INTO groups (name) VALUES ('{name}')"),
        ByHand::DeleteAccount(username) => format!("DELETE FROM users WHERE username = '{username}'"),
        ByHand::DeleteGroup(name) => format!("DELETE FROM groups WHERE name = '{name}'"),
        ByHand::Empty(name) => format!("DELETE FROM group_members WHERE group_id = {}", group(name)),
        ByHand::Add(name, username) => format!(
            "INSERT INTO group_members (group_id, user_id)
             VALUES ({}, (SELECT id FROM users WHERE username = '{username}'))",
            group(name)
        ),
    }
}
