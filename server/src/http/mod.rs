//! The hub on HTTP: `sync-protocol/PROTOCOL.md` for devices, `/api/v1` for people's programs, health
//! for machines.
//!
//! A handler authenticates, decodes, makes one call and encodes. What stands around it (limits,
//! timeouts, compression, traces) is in [`router()`], on one screen; how a failure is told is in
//! `error.rs`, once.

mod auth;
mod closings;
mod delivery;
mod error;
mod extract;
mod figures;
mod files;
mod health;
mod live;
mod pace;
mod page;
mod pokes;
mod router;
mod shell;
mod sockets;
mod spec;
mod sync;
mod tag;
mod targets;
#[cfg(test)]
mod tests;
mod view;

pub use error::ApiError;
pub use router::router;
pub use shell::{Ready, Shell};
