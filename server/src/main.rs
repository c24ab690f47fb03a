//! The program `fieldbook`: the hub and its commands.

use std::process::ExitCode;

/// Documents are made of many small allocations: the system's allocator takes a fifth of the hub's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::run(std::env::args_os())
}
