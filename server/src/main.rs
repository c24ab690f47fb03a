//! The program `fieldbook`: the hub and its commands.

use std::process::ExitCode;

/// Documents are loaded, saved and given back all day: an allocator made for that takes a tenth off an exchange.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::run(std::env::args_os())
}
