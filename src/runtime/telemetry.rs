//! Structured logs on standard error. They may quote text from anywhere, so invisible characters are escaped in all lines.

use std::io::{self, IsTerminal as _, Write};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::sync::escape::{visible, visible_json};

/// The format of log lines.
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
/// When the filter is not valid.
pub fn start(filter: &str, format: LogFormat) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    match format {
        LogFormat::Text => text(filter, io::stderr().is_terminal(), io::stderr).init(),
        LogFormat::Json => json(filter, io::stderr).init(),
    }
    Ok(())
}

/// Lines for people. Colors are escape sequences of the writer, so values are escaped and not the whole line.
fn text<W>(filter: EnvFilter, colors: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let fields = debug_fn(|writer, field, value| {
        let value = format!("{value:?}");
        match field.name() {
            "message" => write!(writer, "{}", visible(&value, false)),
            // Fields that the crate `log` adds are in the line already.
            name if name.starts_with("log.") => Ok(()),
            name => write!(writer, "{name}={}", visible(&value, false)),
        }
    });
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colors).fmt_fields(fields.delimited(" "));
    lines.with_writer(writer).finish()
}

/// Lines for programs.
fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt().with_env_filter(filter).json().with_writer(Visible(writer)).finish()
}

/// Creates writers that escape invisible characters in JSON.
struct Visible<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Visible<W> {
    type Writer = VisibleWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        VisibleWriter(self.0.make_writer())
    }
}

struct VisibleWriter<W>(W);

impl<W: Write> Write for VisibleWriter<W> {
    /// Each call has a whole line.
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
    fn no_line_has_an_invisible_character() {
        for colors in [false, true] {
            let line = logged(|sink| text(EnvFilter::new("info"), colors, writer(sink)));
            assert!(line.contains(r"said a\u{1b}[2K\u{d}\u{a}\u{9b}\u{202e}\u{200b}\u{e0041}b"), "{line:?}");
            assert_eq!(line.contains('\u{1b}'), colors, "{line:?}");
            let unseen = line.chars().filter(|c| *c != '\n' && visible(&c.to_string(), false).len() > 4);
            assert!(unseen.collect::<String>().chars().all(|c| colors && c == '\u{1b}'), "{line:?}");
            assert!(!line.contains("\u{1b}[2K"), "{line:?}");
            assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        }
        let line = logged(|sink| json(EnvFilter::new("info"), writer(sink)));
        assert_eq!(visible(line.trim_end(), false), line.trim_end(), "{line:?}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["fields"]["message"], format!("said {HOSTILE}"), "a program reads the original text");
    }
}
