//! One scrape of an operator's metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::http::Message;
use crate::harness::wait;

const PREFIX: &str = "directory_group_sync_";

/// The address that an operator says it answers at.
pub(super) fn endpoint(log: &str) -> String {
    let line = log.lines().find(|line| line.contains("answers probes and metrics"));
    let mut words = line.into_iter().flat_map(str::split_whitespace);
    words.find_map(|word| word.strip_prefix("address=")).unwrap_or_default().to_owned()
}

/// The status and the text of an answer.
pub(super) fn ask(endpoint: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(endpoint).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    Message::new(&format!("GET {path} HTTP/1.1"), &[("Host", endpoint), ("Connection", "close")], "")
        .write(&mut stream)
        .unwrap();
    stream.flush().unwrap();
    let answer = Message::answer(&mut BufReader::new(stream)).unwrap();
    (answer.status(), String::from_utf8(answer.body).unwrap())
}

/// The samples by their names without the prefix.
pub(super) struct Scrape {
    text: String,
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

impl Scrape {
    pub(super) fn of(endpoint: &str) -> Self {
        let (status, text) = ask(endpoint, "/metrics");
        assert_eq!(status, 200, "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = name.split_once('{').unwrap_or((name, ""));
            let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
            let labels = labels.map(|label| label.trim_end_matches('"').split_once("=\"").unwrap());
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            (name.strip_prefix(PREFIX).unwrap().to_owned(), labels, value.parse().unwrap())
        });
        let samples = samples.collect();
        Self { text, samples }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value of a sample with exactly these labels.
    pub(super) fn value(&self, name: &str, labels: &BTreeMap<String, String>) -> Option<f64> {
        let mut found = self.samples.iter().filter(|sample| sample.0 == name && sample.1 == *labels);
        found.next().map(|sample| sample.2)
    }

    /// The names of all metrics, as their TYPE lines say.
    pub(super) fn families(&self) -> BTreeSet<String> {
        let types = self.text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_prefix(PREFIX));
        types.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    /// The labels of each metric that has a sample.
    pub(super) fn labels(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, of_sample, _) in &self.samples {
            let parts = ["_bucket", "_sum", "_count"];
            let family =
                parts.iter().find_map(|part| name.strip_suffix(part)).filter(|it| self.families().contains(*it));
            let names = of_sample.keys().filter(|name| *name != "le").cloned();
            labels.entry(family.unwrap_or(name).to_owned()).or_default().extend(names);
        }
        labels
    }

    /// The names of all samples, with those of histograms.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let of_histograms = |family: &String| ["_bucket", "_sum", "_count"].map(|part| format!("{family}{part}"));
        let families = self.families();
        families.iter().flat_map(of_histograms).chain(families.iter().cloned()).collect()
    }
}

/// Waits until an operator says where it answers.
pub(super) fn wait_for_endpoint(log: impl Fn() -> String) -> String {
    wait::poll(Duration::from_secs(30), || Some(endpoint(&log())).filter(|endpoint| !endpoint.is_empty())).unwrap()
}
