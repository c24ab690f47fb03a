//! The test command of the README: binaries, doc tests, then everything else through nextest.
//!
//! A PostgreSQL server runs meanwhile, for the tests that need one.
//!
//! nextest comes last so that its summary is the last thing on the screen.

use crate::postgres;
use crate::process;
use crate::setup;
use crate::workspace::{FEATURES, Workspace};
use anyhow::Result;

/// The variable that tells the tests where the freshly built binaries are (an absolute folder).
pub(crate) const BINARIES_VARIABLE: &str = "FIELDBOOK_BIN";

/// Runs all tests; `args` go to `cargo nextest run --workspace`.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    setup::require(workspace, &setup::NEXTEST)?;
    let (shared_variable, shared) = workspace.shared_folder()?;
    let binaries = workspace.target_folder()?.join("debug");

    process::run(&mut workspace.cargo(&["build", "--workspace", "--bins", "--features", FEATURES]))?;
    // Stopped when this function returns, however it does.
    let server = match std::env::var_os(postgres::VARIABLE) {
        Some(_) => None,
        None => postgres::Server::start(workspace, &binaries)?,
    };
    let doc = ["test", "--doc", "--workspace", "--quiet", "--features", FEATURES];
    for step in [&doc[..], &["nextest", "run", "--workspace", "--features", FEATURES]] {
        let mut command = workspace.cargo(step);
        command.env(shared_variable, &shared).env(BINARIES_VARIABLE, &binaries);
        if let Some(server) = &server {
            command.env(postgres::VARIABLE, server.url());
        }
        if step[0] == "nextest" {
            command.args(args);
        }
        process::run(&mut command)?;
    }
    Ok(())
}
