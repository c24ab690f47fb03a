//! The hub on HTTP: `sync-protocol/PROTOCOL.md` for devices, `/api/v1` for people's programs, the web console for
//! browsers, health for machines.
//!
//! A handler authenticates, decodes, makes one call and encodes. What stands around it (limits,
//! timeouts, compression, traces) is in [`router()`], on one screen; how a failure is told is in
//! `error.rs`, once.

mod absences;
mod accounts;
mod admin;
mod approvals;
mod audit;
mod auth;
mod browser;
mod closings;
mod console;
mod delivery;
mod devices;
mod doors;
mod error;
mod exceptions;
mod extract;
mod figures;
mod files;
mod health;
mod invitations;
mod live;
mod me;
mod openid;
mod orders;
mod organisation;
mod own_devices;
mod pace;
mod page;
mod pokes;
mod policies;
mod router;
mod settings;
mod setup;
mod shell;
mod sockets;
mod spec;
mod standing;
mod status;
mod sync;
mod tag;
mod targets;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use doors::Doors;
pub use error::ApiError;
pub use router::router;
pub use shell::{Ready, Shell};
