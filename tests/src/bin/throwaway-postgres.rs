//! Starts a PostgreSQL server, prints its address, and throws it away once standard input ends.
//!
//! The end of standard input comes even when the process that asked for the server is killed.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::Result;
use tests::postgres::{Memory, Safety, Server};

/// The exit code that says PostgreSQL is not installed.
const NOT_INSTALLED: u8 = 3;

fn main() -> Result<ExitCode> {
    let Some(server) = Server::start(Safety::None, Memory::Little)? else {
        return Ok(ExitCode::from(NOT_INSTALLED));
    };
    let mut out = std::io::stdout();
    writeln!(out, "{}", server.url())?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(server);
    Ok(ExitCode::SUCCESS)
}
