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

/// Holds a SQL store to the contract of such stores.
macro_rules! hold_sql_contract {
    ($fixture:expr) => {
        $crate::store_contract::hold_tests! {
            sql_contract, $fixture;
            what_people_write_is_read_as_it_is
            a_transaction_that_is_dropped_leaves_nothing
            two_first_runs_at_once_make_one_schema
            ids_are_never_given_twice
            a_refused_object_keeps_nothing_of_the_plan
            a_store_with_a_part_of_the_tables_is_refused
            a_schema_of_a_newer_program_is_refused
            a_link_that_cannot_be_true_fails_the_read
            a_rehearsal_leaves_nothing
            a_row_that_a_person_deletes_takes_its_link_along
        }
    };
}

pub(crate) use hold_sql_contract;

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
        ByHand::SetRoles(..) => panic!("no table has roles"),
    }
}
