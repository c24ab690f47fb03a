//! The gate from outside: hostile changes one by one, mutated ones by the thousand, and its pace, all
//! through real worker processes.

mod campaign;
mod chunk;
mod measure;
mod payloads;

use std::path::PathBuf;

use server::config::GateConfig;
use server::hub::ProcessGate;
use server::hub::gate::Workers;

pub use campaign::{Plan, Tally, campaign};
pub use measure::{Pace, measure};
pub use payloads::{Payload, STREAM, heavy, payloads};

/// A gate of workers of the program that was built.
#[must_use]
pub fn open(config: &GateConfig) -> ProcessGate {
    ProcessGate::start(Workers::of(fieldbook(), config))
}

/// The program `fieldbook`: beside the other freshly built ones.
#[must_use]
pub fn fieldbook() -> PathBuf {
    crate::programs::folder().join(format!("fieldbook{}", std::env::consts::EXE_SUFFIX))
}

/// The most memory this process ever held, in KiB; `None` where the system does not say.
#[must_use]
pub fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}
