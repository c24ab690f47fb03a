//! The gate from outside: hostile changes one by one, mutated ones by the thousand, and its pace, all
//! through real worker processes.

mod campaign;
mod chunk;
mod measure;
mod payloads;

use server::config::GateConfig;
use server::hub::ProcessGate;
use server::hub::gate::Workers;

use crate::programs::{Memory, memory_kib, program};

pub use campaign::{Good, Plan, Tally, campaign, good_jobs};
pub use measure::{Pace, Paces, measure};
pub use payloads::{Payload, STREAM, endless_document, heavy, payloads};

/// A gate of workers of the program that was built.
#[must_use]
pub fn open(config: &GateConfig) -> ProcessGate {
    ProcessGate::start(workers(config))
}

/// Workers of the program that was built.
#[must_use]
pub fn workers(config: &GateConfig) -> Workers {
    Workers::of(program("fieldbook"), config)
}

/// The most memory this process ever held, in KiB; `None` where the system does not say.
#[must_use]
pub fn peak_kib() -> Option<u64> {
    memory_kib(std::process::id(), Memory::Peak)
}
