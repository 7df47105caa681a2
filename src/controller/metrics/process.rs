//! What the process itself is doing, read at each scrape.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::controller::memory::Memory;
use crate::controller::places::{Load, Places};
use crate::memory::resident;

/// The work of the process, and the memory that it takes.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) runs: Arc<Places>,
    pub(super) looks: Arc<Places>,
    pub(super) memory: Arc<Memory>,
    pub(super) start: Timestamp,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Load { taken, waiting, .. } = self.runs.load();
        let looks = self.looks.load();
        let memory = self.memory.load();
        for (name, help, value) in [
            ("runs_active", "Runs that are active", taken as u64),
            ("runs_waiting", "Runs that wait for one of the places of --concurrent", waiting as u64),
            ("looks_active", "Objects that are being looked at", looks.taken as u64),
            ("looks_waiting", "Objects that wait to be looked at", looks.waiting as u64),
            ("memory_admitted_bytes", "Memory that active runs are expected to take", memory.taken as u64),
            ("memory_budget_bytes", "Memory that all runs may take together", memory.whole as u64),
            (
                "memory_resident_bytes",
                "Memory of the process, without what it shares with files",
                resident().unwrap_or(0),
            ),
        ] {
            gauge(&mut encoder, name, help, value)?;
        }
        let start = u64::try_from(self.start.as_second()).unwrap_or_default();
        gauge(&mut encoder, "start_timestamp_seconds", "When the process started", start)
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> Result<(), fmt::Error> {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}
