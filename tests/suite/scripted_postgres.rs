//! A PostgreSQL server that says what a test tells it to: for what no real server does on demand. It has a dashboard
//! server's tables that no run has written to, and answers what a run asks before it reads; where the test says so, it
//! does something else.
//!
//! PostgreSQL manual, "Message Formats": a message is a byte for its kind, its length (which counts itself) and its body;
//! the first of a connection has no kind.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The client has said who it is, and is told how to sign in.
    SignIn,
    /// The first statement has come.
    Statement,
    /// The statement that reads all tables has come.
    Copy,
}

/// What the server does at its moment.
pub(crate) type Talk = Arc<dyn Fn(&mut TcpStream) -> io::Result<()> + Send + Sync>;

/// The server. Its threads end with the process: they wait for connections and hold nothing.
pub(crate) struct ScriptedPostgres {
    /// The URL of its database.
    pub(crate) url: String,
    statements: Arc<Mutex<Vec<String>>>,
}

impl ScriptedPostgres {
    /// Does this at that moment of each connection, and closes the connection then.
    pub(crate) fn start(moment: Moment, talk: Talk) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("postgres://sync:s3cret@{}/bi?sslmode=disable", listener.local_addr().unwrap());
        let statements = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&statements);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (talk, heard) = (Arc::clone(&talk), Arc::clone(&heard));
                // A peer that goes away ends the talk.
                thread::spawn(move || drop(converse(stream, moment, &talk, &heard)));
            }
        });
        Self { url, statements }
    }

    /// All statements so far.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap().clone()
    }
}

/// A message.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

/// The beginning of a COPY in binary form: `CopyOutResponse` of 15 columns, and the header of the format.
pub(crate) fn copy_header() -> Vec<u8> {
    let columns = [&[1, 0, 15][..], &[0, 1].repeat(15)].concat();
    let header = [&b"PGCOPY\n\xff\r\n\0"[..], &[0; 8]].concat();
    [message(b'H', &columns), message(b'd', &header)].concat()
}

/// A row of the statement that reads all tables: an account with this id and these texts.
pub(crate) fn account_row(id: u64, texts: &[&[u8]]) -> Vec<u8> {
    let null = (-1_i32).to_be_bytes();
    let value = |octets: &[u8]| [&u32::try_from(octets.len()).unwrap().to_be_bytes()[..], octets].concat();
    let mut row = [&15_u16.to_be_bytes()[..], &value(&1_u64.to_be_bytes()), &value(&id.to_be_bytes())].concat();
    for text in texts {
        row.extend(value(text));
    }
    row.extend(null.repeat(9 - texts.len()));
    row.extend(value(&[1]));
    row.extend(null.repeat(3));
    message(b'd', &row)
}

fn converse(mut stream: TcpStream, moment: Moment, talk: &Talk, heard: &Mutex<Vec<String>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    read_body(&mut stream)?;
    if moment == Moment::SignIn {
        return talk(&mut stream);
    }
    let parameter = message(b'S', b"server_version\x0015.0\0");
    stream.write_all(&[message(b'R', &[0; 4]), parameter, message(b'Z', b"I")].concat())?;
    loop {
        let mut kind = [0];
        stream.read_exact(&mut kind)?;
        let body = read_body(&mut stream)?;
        if kind != *b"Q" {
            continue;
        }
        let statement = String::from_utf8_lossy(&body).into_owned();
        heard.lock().unwrap().push(statement.clone());
        if moment == Moment::Statement || (moment == Moment::Copy && statement.starts_with("COPY")) {
            return talk(&mut stream);
        }
        stream.write_all(&answer(&statement))?;
    }
}

fn read_body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// What an ordinary server answers.
fn answer(statement: &str) -> Vec<u8> {
    let tables = [
        ("users", &["id", "username", "email", "first_name", "last_name", "display_name", "phone", "active"][..]),
        ("groups", &["id", "name", "description"]),
        ("group_members", &["group_id", "user_id"]),
    ];
    let rows: Vec<Vec<&str>> = if statement.contains("a.attname") {
        tables.iter().flat_map(|(table, columns)| columns.iter().map(|column| vec![*table, *column, "r"])).collect()
    } else if statement.contains("server_version") {
        vec![vec!["15.0", "t", "sync"]]
    } else {
        Vec::new()
    };
    let mut answer = Vec::new();
    if statement.trim_start().starts_with("SELECT") {
        // Texts, but for the second column of the question that asks for the version.
        let is_flag = |column: usize| statement.contains("server_version") && column == 1;
        let columns = rows.first().map_or(1, Vec::len);
        let mut description = u16::try_from(columns).unwrap().to_be_bytes().to_vec();
        for column in 0..columns {
            let kind: u32 = if is_flag(column) { 16 } else { 25 };
            description.extend([&b"c\0"[..], &[0; 6], &kind.to_be_bytes(), &[0xff; 6], &[0; 2]].concat());
        }
        answer.extend(message(b'T', &description));
    }
    for row in &rows {
        let mut values = u16::try_from(row.len()).unwrap().to_be_bytes().to_vec();
        for value in row {
            values.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
            values.extend(value.as_bytes());
        }
        answer.extend(message(b'D', &values));
    }
    answer.extend(message(b'C', b"SELECT\0"));
    answer.extend(message(b'Z', b"T"));
    answer
}
