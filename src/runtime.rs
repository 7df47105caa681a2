//! Parts of the process that are independent of its task: clock, logs, shutdown, the server for probes and metrics, and the folder for state.

pub mod clock;
pub mod http_server;
pub mod memory_budget;
pub mod shutdown;
pub mod state_folder;
pub mod telemetry;
