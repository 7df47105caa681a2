//! The table of what was measured, with the goals.

use std::fmt::Write as _;
use std::time::Duration;

use super::round::Round;
use super::servers::Run;
use super::size::Size;

/// A first run, as a multiple of its floor.
const FIRST_GOAL: f64 = 2.0;
/// A run without a change, as a multiple of `ldapsearch` alone.
const UNCHANGED_GOAL: f64 = 1.2;
/// Resident memory, in MiB.
const MEMORY_GOAL: f64 = 256.0;
/// The time of ten times the data, as a multiple.
const GROWTH_GOAL: f64 = 11.0;

/// All rounds of one size.
#[derive(Debug)]
pub struct Measured {
    /// How large the data set is.
    pub size: Size,
    /// At least one.
    pub rounds: Vec<Round>,
}

impl Measured {
    /// The median, in seconds.
    fn seconds(&self, time: impl Fn(&Round) -> Duration) -> f64 {
        self.median(|round| time(round).as_secs_f64())
    }

    fn median(&self, value: impl Fn(&Round) -> f64) -> f64 {
        let mut values: Vec<f64> = self.rounds.iter().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    }

    #[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^53")]
    fn mebibytes(&self, run: impl Fn(&Round) -> &Run) -> f64 {
        self.median(|round| run(round).finished.peak as f64 / f64::from(1 << 20))
    }
}

/// One of a round's runs, by what the table calls it.
type Named = (&'static str, fn(&Round) -> &Run);

const RUNS: [Named; 3] = [
    ("first run", |round| &round.first),
    ("run without a change", |round| &round.unchanged),
    ("run after one member left", |round| &round.changed),
];

/// Times against their floors, memory, what was sent, and growth from one tenth to the whole.
#[must_use]
pub fn table(tenth: &Measured, whole: &Measured) -> String {
    let (search, copy) = (whole.seconds(|round| round.search), whole.seconds(|round| round.copy));
    let elapsed = |measured: &Measured, run: fn(&Round) -> &Run| measured.seconds(|round| run(round).finished.elapsed);
    let floors = [
        ("of ldapsearch + COPY", Some((search + copy, FIRST_GOAL))),
        ("of ldapsearch", Some((search, UNCHANGED_GOAL))),
        ("", None),
    ];
    let mut table = Table::default();
    table.row("ldapsearch", &seconds(search), "", None);
    table.row("COPY", &seconds(copy), "", None);
    for ((name, run), (floor, goal)) in RUNS.into_iter().zip(floors) {
        let time = elapsed(whole, run);
        table.row(name, &seconds(time), floor, goal.map(|(floor, goal)| (time / floor, goal)));
    }
    for (name, run) in RUNS {
        let growth = elapsed(whole, run) / elapsed(tenth, run);
        let against = format!("of {} for one tenth", seconds(elapsed(tenth, run)));
        table.row(&format!("growth: {name}"), &seconds(elapsed(whole, run)), &against, Some((growth, GROWTH_GOAL)));
    }
    for (name, run) in RUNS {
        let peak = whole.mebibytes(run);
        table.row(&format!("peak memory: {name}"), &format!("{peak:.0} MiB"), "", Some((peak, MEMORY_GOAL)));
    }
    let searches: fn(&Run) -> usize = |run| run.searches;
    let statements: fn(&Run) -> usize = |run| run.statements;
    for (what, sent) in [("LDAP searches", searches), ("SQL statements", statements)] {
        for (name, run) in RUNS {
            let of = |measured: &Measured| measured.rounds.first().map_or(0, |round| sent(run(round)));
            table.row(
                &format!("{what}: {name}"),
                &of(whole).to_string(),
                &format!("{} for one tenth", of(tenth)),
                None,
            );
        }
    }
    // A round that found other numbers did not end.
    table.row("rows written: run without a change", "0", "", Some((0.0, 0.0)));
    table.row("rows written: run after one member left", "1", "", Some((1.0, 1.0)));
    format!("\n{}; medians of {}\n\n{}", whole.size, whole.rounds.len(), table.text)
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

#[derive(Debug, Default)]
struct Table {
    text: String,
}

impl Table {
    /// A line, with a verdict where a value has a goal that it should not exceed.
    fn row(&mut self, what: &str, measured: &str, against: &str, judged: Option<(f64, f64)>) {
        let verdict = judged.map_or(String::new(), |(value, goal)| {
            let verdict = if value <= goal { "met" } else { "missed" };
            format!("{value:>7.2}  goal {goal:<5} {verdict}")
        });
        let line = format!("{what:<42}{measured:>9}  {against:<25}{verdict}");
        let _ = writeln!(self.text, "{}", line.trim_end());
    }
}
