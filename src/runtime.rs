//! Parts of the process that are independent of its task: clock, logs, shutdown, and the folder for state.

pub mod clock;
pub mod memory_budget;
pub mod shutdown;
pub mod state_folder;
pub mod telemetry;
