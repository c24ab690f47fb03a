//! The program `fieldbook`: the hub and its commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run(std::env::args_os())
}
