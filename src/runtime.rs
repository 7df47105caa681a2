//! What belongs to the process and not to the work: the clock, logs.

pub mod clock;
pub mod telemetry;
