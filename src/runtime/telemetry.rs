//! Structured logs on standard error. What they quote may come from anywhere, so no line has a character that nobody can
//! see, whatever logged it.

use std::io::{self, IsTerminal as _, Write};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::sync::escape::{visible, visible_json};

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Plain text.
    #[default]
    Text,
    /// One JSON object for each line.
    Json,
}

/// Starts logging. `filter` is a level or a list of directives such as `info,directory_group_sync=debug`.
///
/// # Errors
/// When the filter does not parse.
pub fn start(filter: &str, format: LogFormat) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    match format {
        LogFormat::Text => text(filter, io::stderr().is_terminal(), io::stderr).init(),
        LogFormat::Json => json(filter, io::stderr).init(),
    }
    Ok(())
}

/// Lines for people. Colours are the writer's own escape sequences, so the values are escaped, and not the line.
fn text<W>(filter: EnvFilter, colours: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let fields = debug_fn(|writer, field, value| {
        let value = format!("{value:?}");
        match field.name() {
            "message" => write!(writer, "{}", visible(&value, false)),
            // What the crate `log` adds of its own is in the line already.
            name if name.starts_with("log.") => Ok(()),
            name => write!(writer, "{name}={}", visible(&value, false)),
        }
    });
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).fmt_fields(fields.delimited(" "));
    lines.with_writer(writer).finish()
}

/// Lines for programs.
fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt().with_env_filter(filter).json().with_writer(Visible(writer)).finish()
}

/// Makes writers that spell out in JSON what nobody can see.
struct Visible<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Visible<W> {
    type Writer = VisibleWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        VisibleWriter(self.0.make_writer())
    }
}

struct VisibleWriter<W>(W);

impl<W: Write> Write for VisibleWriter<W> {
    /// A line comes as a whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(visible_json(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const HOSTILE: &str = "a\u{1b}[2K\r\n\u{9b}\u{202e}\u{200b}\u{e0041}b";

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(octets)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged<S: Subscriber + Send + Sync + 'static>(subscriber: impl FnOnce(Sink) -> S) -> String {
        let sink = Sink::default();
        tracing::subscriber::with_default(subscriber(sink.clone()), || {
            let error = io::Error::other(HOSTILE);
            tracing::info_span!("run", sync = HOSTILE).in_scope(|| {
                tracing::warn!(%error, text = HOSTILE, debug = ?HOSTILE, "said {HOSTILE}");
            });
        });
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    fn writer(sink: Sink) -> impl for<'a> MakeWriter<'a, Writer = Sink> + Send + Sync + 'static {
        move || sink.clone()
    }

    #[test]
    fn no_line_has_a_character_that_nobody_can_see() {
        for colours in [false, true] {
            let line = logged(|sink| text(EnvFilter::new("info"), colours, writer(sink)));
            assert!(line.contains(r"said a\u{1b}[2K\u{d}\u{a}\u{9b}\u{202e}\u{200b}\u{e0041}b"), "{line:?}");
            assert_eq!(line.contains('\u{1b}'), colours, "{line:?}");
            let unseen = line.chars().filter(|c| *c != '\n' && visible(&c.to_string(), false).len() > 4);
            assert!(unseen.collect::<String>().chars().all(|c| colours && c == '\u{1b}'), "{line:?}");
            assert!(!line.contains("\u{1b}[2K"), "{line:?}");
            assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        }
        let line = logged(|sink| json(EnvFilter::new("info"), writer(sink)));
        assert_eq!(visible(line.trim_end(), false), line.trim_end(), "{line:?}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["fields"]["message"], format!("said {HOSTILE}"), "what a program reads is what was said");
    }
}
