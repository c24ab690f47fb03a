//! The gate from outside: hostile changes one by one, mutated ones by the thousand, straight into it and
//! over the route devices take, and its pace, all through real worker processes.

mod campaign;
mod chunk;
mod measure;
mod mutant;
mod payloads;
mod siege;

use server::config::GateConfig;
use server::hub::ProcessGate;
use server::hub::gate::Workers;

use crate::programs::program;

pub use campaign::{Plan, Tally, campaign};
pub use measure::{Pace, Paces, measure};
pub use mutant::{Good, good_jobs};
pub use payloads::{Payload, STREAM, endless_document, heavy, payloads};
pub use siege::{Held, Siege, Times, siege};

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
