//! `fieldbook gate-worker`: the program as a worker of the gate. Not for people: it reads frames on
//! standard input.

use std::process::ExitCode;

use clap::Args;

use crate::hub::gate::{Allowance, work};

/// A worker of the gate and what it may take.
#[derive(Debug, Args)]
pub(super) struct GateWorker {
    /// Bytes of address space.
    #[arg(long)]
    memory_bytes: u64,
    /// Seconds of processor time for one job.
    #[arg(long)]
    cpu_s: u64,
    /// Bytes of documents kept loaded.
    #[arg(long)]
    hot_bytes: u64,
}

impl GateWorker {
    /// Works until standard input is closed. No runtime and no second thread: each would take a part of
    /// the address space.
    pub(super) fn run(&self) -> ExitCode {
        let Self { memory_bytes, cpu_s, hot_bytes } = *self;
        work(Allowance { memory_bytes, cpu_s, hot_bytes })
    }
}
