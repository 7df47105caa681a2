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

/// Times of the whole against their floors, memory, what was sent, and growth from one tenth to the whole.
#[must_use]
pub fn table(tenth: &Measured, whole: &Measured) -> String {
    let search = whole.seconds(|round| round.search);
    let copy = whole.seconds(|round| round.copy);
    let first = |measured: &Measured| measured.seconds(|round| round.first.finished.elapsed);
    let unchanged = |measured: &Measured| measured.seconds(|round| round.unchanged.finished.elapsed);
    let changed = |measured: &Measured| measured.seconds(|round| round.changed.finished.elapsed);

    let mut table = format!("\n{}; medians of {}\n\n", whole.size, whole.rounds.len());
    let mut line = |what: &str, measured: String, against: String, judged: Option<(f64, f64)>| {
        let judged = judged.map_or(String::new(), |(value, goal)| {
            let verdict = if value <= goal { "met" } else { "MISSED" };
            format!("{value:>8.2}  ≤ {goal:<5} {verdict}")
        });
        let text = format!("{what:<34}{measured:>10}  {against:<31}{judged}");
        let _ = writeln!(table, "{}", text.trim_end());
    };
    let time = |seconds: f64| format!("{seconds:.2} s");
    let no_floor = String::new;
    line("ldapsearch", time(search), no_floor(), None);
    line("COPY", time(copy), no_floor(), None);
    let (whole_first, whole_unchanged) = (first(whole), unchanged(whole));
    line(
        "first run",
        time(whole_first),
        "of ldapsearch + COPY".to_owned(),
        Some((whole_first / (search + copy), FIRST_GOAL)),
    );
    line(
        "run without a change",
        time(whole_unchanged),
        "of ldapsearch".to_owned(),
        Some((whole_unchanged / search, UNCHANGED_GOAL)),
    );
    line("run after one member left", time(changed(whole)), no_floor(), None);
    let runs: [(&str, fn(&Round) -> &Run); 3] =
        [("first run", |round| &round.first), ("no change", |round| &round.unchanged), ("one member", |r| &r.changed)];
    for (name, run) in runs {
        let peak = whole.mebibytes(run);
        line(&format!("peak memory, {name}"), format!("{peak:.0} MiB"), no_floor(), Some((peak, MEMORY_GOAL)));
    }
    for (name, run) in runs {
        let of =
            |measured: &Measured| measured.rounds.first().map(|round| (run(round).searches, run(round).statements));
        let ((searches, statements), (fewer_searches, fewer_statements)) =
            (of(whole).unwrap_or_default(), of(tenth).unwrap_or_default());
        let against = |fewer: usize| format!("(one tenth: {fewer})");
        line(&format!("searches sent, {name}"), searches.to_string(), against(fewer_searches), None);
        line(&format!("statements sent, {name}"), statements.to_string(), against(fewer_statements), None);
    }
    let of_tenth = |seconds: f64| format!("of one tenth ({seconds:.2} s)");
    for (name, of) in
        [("first run", &first as &dyn Fn(&Measured) -> f64), ("no change", &unchanged), ("one member", &changed)]
    {
        let growth = of(whole) / of(tenth);
        line(&format!("growth, {name}"), time(of(whole)), of_tenth(of(tenth)), Some((growth, GROWTH_GOAL)));
    }
    line("rows written without a change", "0".to_owned(), no_floor(), None);
    line("rows written for one member", "1".to_owned(), no_floor(), None);
    table
}
