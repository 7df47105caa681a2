//! What belongs to the process and not to the work: the clock, logs, the wish to end.

pub mod clock;
pub mod shutdown;
pub mod telemetry;
