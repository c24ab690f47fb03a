//! The PostgreSQL server of a test run: started once, thrown away at the end, also when tests fail.
//!
//! How one is started is known to the `tests` crate, whose program does it; it ends when its standard
//! input does, and so with this process whatever becomes of it.

use crate::workspace::{Workspace, in_ci};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// The variable that gives tests the server's address. One set by hand is used as it is.
pub(crate) const VARIABLE: &str = "FIELDBOOK_TEST_POSTGRES";

/// The program that starts a server.
const PROGRAM: &str = "throwaway-postgres";

/// A server that runs until this value is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts a server; `None` with a notice where PostgreSQL is not installed, which is an error in CI.
    pub(crate) fn start(workspace: &Workspace, binaries: &Path) -> Result<Option<Self>> {
        let program = binaries.join(PROGRAM);
        let mut command = workspace.command(&program.to_string_lossy());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = piped.spawn().with_context(|| format!("cannot start {PROGRAM}"))?;
        let mut url = String::new();
        let told = process.stdout.take().context("what it prints")?;
        BufReader::new(told).read_line(&mut url)?;
        if !url.is_empty() {
            return Ok(Some(Self { process, url: url.trim().to_owned() }));
        }
        let status = process.wait()?;
        if in_ci() || status.code() != Some(NOT_INSTALLED) {
            bail!("there is no PostgreSQL for the tests ({PROGRAM} ended with {status})");
        }
        eprintln!("PostgreSQL is not installed; its tests are skipped (`cargo xtask setup` installs it)");
        Ok(None)
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// The program's exit code where PostgreSQL is not installed.
const NOT_INSTALLED: i32 = 3;

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        if let Err(why) = self.process.wait() {
            eprintln!("{PROGRAM} did not end: {why}");
        }
    }
}
