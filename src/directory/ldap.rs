//! A directory behind LDAP (RFC 4511).

mod address;
mod ber;
mod bind;
mod connection;
mod control;
mod decoder;
mod reference;
mod result;
mod root_dse;
mod search;
mod start_tls;
mod tls;
