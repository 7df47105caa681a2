//! What a driver's error means: for one object (a violation) or for the whole store.

use std::io;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use super::ended::SILENT;
use super::url::misconfigured;
use crate::store::Error;
use crate::sync::escape::shown;

/// Turns a driver's error of an attempt into the port's. Neither driver puts a URL or a password into its messages,
/// apart from errors of configuration, which are not kept.
pub(super) fn during(attempt: &str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |error| meaning(attempt, error)
}

/// The same for a commit: if the connection broke, it is unknown whether the database has committed.
pub(super) fn of_commit(attempt: &str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |error| match class(&error) {
        Class::Unreachable => {
            let problem = format!("the connection broke during the commit ({})", words(&error));
            Error::unconfirmed(attempt, problem).caused_by(error)
        }
        _ => meaning(attempt, error),
    }
}

fn meaning(attempt: &str, error: sqlx::Error) -> Error {
    let error = match error {
        sqlx::Error::Io(error) => return unreachable(attempt, error),
        sqlx::Error::Configuration(_) => return misconfigured(format!("{attempt}: {}", words(&error))),
        other => other,
    };
    let problem = words(&error);
    match class(&error) {
        Class::Unreachable => Error::unreachable(attempt, problem),
        Class::AccessDenied => Error::access_denied(attempt, problem),
        Class::Busy => Error::Busy,
        Class::Configuration => misconfigured(format!("{attempt}: {problem}")),
        Class::Other => Error::unexpected(attempt, problem),
    }
    .caused_by(error)
}

/// What happened: in the database's own words, never in the driver's.
fn words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => {
            let words = match database.try_downcast_ref::<PgDatabaseError>() {
                Some(postgres) => words_of_postgres(postgres),
                None => message(database.message()),
            };
            remedy(&**database).map_or(words.clone(), |remedy| format!("{words}: {remedy}"))
        }
        sqlx::Error::Configuration(_) => {
            "the settings cannot be used; look for unusual characters in the password".to_owned()
        }
        sqlx::Error::Io(error) => broken(error),
        sqlx::Error::WorkerCrashed => "the thread that uses the file has ended".to_owned(),
        sqlx::Error::RowNotFound => "the answer has no row".to_owned(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            "the answer has a value of a type that is not expected".to_owned()
        }
        _ => "the answer does not follow the database's protocol".to_owned(),
    }
}

/// The words of a PostgreSQL server, without values of people.
///
/// Its own primary messages name constraints, tables, columns and roles; values are in their details. There are two
/// exceptions. The words of a trigger or another function are its author's and may name anybody, whatever their code. A
/// message about a value that its type cannot hold (class 22) repeats the value.
fn words_of_postgres(error: &PgDatabaseError) -> String {
    let routine = error.routine().unwrap_or_default();
    if RAISING.iter().any(|raising| routine.starts_with(raising)) {
        let function = error.r#where().and_then(|context| context.lines().find(|line| line.starts_with("PL/")));
        return match function {
            Some(function) => format!("a trigger refused it: {}", message(function)),
            None => "a trigger refused it".to_owned(),
        };
    }
    match error.code() {
        TOO_LONG => message(error.message()),
        code if code.starts_with("22") => format!("a value does not fit the type of its column (SQLSTATE {code})"),
        _ => message(error.message()),
    }
}

/// Routines of the server that pass on the words of a function: of PL/pgSQL, PL/Python, PL/Perl and PL/Tcl.
const RAISING: [&str; 4] = ["exec_stmt_raise", "PLy", "plperl", "pltcl"];
/// A text is longer than its column: the message has only the type.
const TOO_LONG: &str = "22001";
/// The longest part of a message that is repeated, in characters.
const LONGEST_MESSAGE: usize = 300;

fn message(text: &str) -> String {
    let mut message: String = text.chars().take(LONGEST_MESSAGE).collect();
    if message.len() < text.len() {
        message.push('…');
    }
    shown(&message).to_string()
}

/// A connection that could not be made, or broke.
pub(super) fn unreachable(attempt: &str, error: io::Error) -> Error {
    Error::unreachable(attempt, broken(&error)).caused_by(error)
}

fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "the connection was refused: check that the server runs, and the host and the port in the URL".to_owned()
        }
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => "the server closed the connection".to_owned(),
        _ => error.to_string(),
    }
}

/// What fixes an error whose own words do not say it.
fn remedy(database: &dyn DatabaseError) -> Option<&'static str> {
    let code = database.code()?;
    if database.try_downcast_ref::<PgDatabaseError>().is_some() {
        return (code == "55P03").then_some("another program's open transaction locks what a run needs");
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(SQLITE_READONLY) => Some("the account needs the right to write the file and its folder"),
        Ok(SQLITE_CORRUPT) => Some("restore it from a backup"),
        _ => None,
    }
}

/// What to do about an error.
enum Class {
    /// Retry later.
    Unreachable,
    /// Give the account the right.
    AccessDenied,
    /// Another writer is at work.
    Busy,
    /// Fix the URL.
    Configuration,
    /// Look into it.
    Other,
}

/// SQLSTATE classes: PostgreSQL, appendix A. SQLite: its primary result codes, the low byte of the extended ones.
fn class(error: &sqlx::Error) -> Class {
    let database = match error {
        sqlx::Error::Database(database) => database,
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => return Class::Unreachable,
        sqlx::Error::Configuration(_) => return Class::Configuration,
        _ => return Class::Other,
    };
    let code = database.code().unwrap_or_default();
    if database.try_downcast_ref::<PgDatabaseError>().is_some() {
        return match code.as_ref() {
            // No such database.
            "3D000" => Class::Configuration,
            // No right, or rows that a policy hides; a database that turned into one that only reads.
            "42501" | "25006" => Class::AccessDenied,
            // Serialization failure, deadlock, a lock held by somebody's open transaction: another time it works.
            // So does a server that fell silent.
            "40001" | "40P01" | "55P03" | SILENT => Class::Unreachable,
            // Connection, resources, shutdown or start-up, an input or output error below the server.
            code => match code.get(..2) {
                Some("08" | "53" | "57" | "58") => Class::Unreachable,
                Some("28") => Class::AccessDenied,
                _ => Class::Other,
            },
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(SQLITE_BUSY | SQLITE_LOCKED) => Class::Busy,
        Ok(SQLITE_PERM | SQLITE_READONLY | SQLITE_AUTH) => Class::AccessDenied,
        Ok(SQLITE_IOERR | SQLITE_FULL | SQLITE_CANTOPEN) => Class::Unreachable,
        Ok(SQLITE_NOTADB) => Class::Configuration,
        _ => Class::Other,
    }
}

const SQLITE_PERM: u32 = 3;
const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_AUTH: u32 = 23;
const SQLITE_NOTADB: u32 = 26;
/// `RAISE` in a trigger: constraint, extended code 7.
const SQLITE_CONSTRAINT_TRIGGER: u32 = SQLITE_CONSTRAINT | (7 << 8);

/// Why the store refused what was written, if the error says that it refused values and nothing worse.
pub(super) fn refusal(error: &sqlx::Error) -> Option<String> {
    let database = error.as_database_error()?;
    let code = database.code()?;
    let Some(postgres) = database.try_downcast_ref::<PgDatabaseError>() else {
        return match code.parse::<u32>() {
            Ok(SQLITE_CONSTRAINT_TRIGGER) => Some("a trigger refused it".to_owned()),
            Ok(code) if code & 0xff == SQLITE_CONSTRAINT => Some(message(database.message())),
            _ => None,
        };
    };
    // 22: a value that the type cannot hold; 23: a constraint; 44: a view's check option; P0001: RAISE EXCEPTION.
    let refuses = matches!(code.get(..2), Some("22" | "23" | "44")) || code == "P0001";
    refuses.then(|| words_of_postgres(postgres))
}
