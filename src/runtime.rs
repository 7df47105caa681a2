//! What belongs to the process and not to the work: the clock, logs, the wish to end, where its user keeps state.

pub mod clock;
pub mod shutdown;
pub mod state_folder;
pub mod telemetry;
