//! The store of Grafana, against a strict double: the contract of all stores on every path of its API, and what only such a
//! server does.

mod vendor;
