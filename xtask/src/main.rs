//! The project's own tool: everything a person or the CI machine runs, as `cargo xtask COMMAND`.
//!
//! - [`ci`] runs the stages that a change must pass, [`setup`] brings the programs they need;
//! - [`tidy`] checks the rules of the house that no compiler knows;
//! - [`test`] is the test command of the README, with a PostgreSQL server from [`postgres`];
//! - [`wasm`] builds the engine of the rep's app for browsers;
//! - [`web`] builds the console and drives it in a browser;
//! - [`launch`] starts the demo, the bench, the soak and the advisories check.
//!
//! The tool itself knows no crate of the workspace: it reads files and starts programs.

mod ci;
mod launch;
mod postgres;
mod process;
mod setup;
mod test;
mod tidy;
mod wasm;
mod web;
mod workspace;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

/// Fieldbook's own tool.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// The commands of the tool.
#[derive(Subcommand)]
enum Command {
    /// Run the stages a change must pass, stopping at the first that fails
    Ci {
        /// Run only these stages, in their usual order
        stages: Vec<String>,
    },
    /// Install the programs that `ci` and `test` need and this machine lacks
    Setup,
    /// Check the rules of the house
    Tidy,
    /// Build the binaries, run the doc tests, then all tests through nextest
    Test(Passed),
    /// Build the engine of the rep's app for browsers
    Wasm,
    /// Check and build the web console, for the hub to be built with
    Web,
    /// Drive the console in a browser against the built programs
    Browser(Passed),
    /// Compare the dependencies with the public list of advisories (needs the network)
    Audit,
    /// Start the demo: `fieldbook demo`
    Demo(Passed),
    /// Measure, in the release profile
    Bench(Passed),
    /// Run the long random test, in the release profile
    Soak(Passed),
}

/// Arguments handed on as they are.
#[derive(Args)]
struct Passed {
    /// Handed on as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Does what the command line says; an error is one line, its causes included.
fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command inside the workspace.
fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Ci { stages } => ci::run(&workspace, &stages),
        Command::Setup => setup::run(&workspace),
        Command::Tidy => tidy::run(&workspace),
        Command::Test(passed) => test::run(&workspace, &passed.args),
        Command::Wasm => wasm::run(&workspace),
        Command::Web => web::run(&workspace),
        Command::Browser(passed) => web::browser(&workspace, &passed.args),
        Command::Audit => launch::audit(&workspace),
        Command::Demo(passed) => launch::demo(&workspace, &passed.args),
        Command::Bench(passed) => launch::bench(&workspace, &passed.args),
        Command::Soak(passed) => launch::soak(&workspace, &passed.args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn test_arguments_are_handed_on_untouched() {
        let line = ["xtask", "test", "--", "-p", "server", "--", "--exact"];
        let Command::Test(passed) = Cli::try_parse_from(line).unwrap().command else {
            panic!("not the test command");
        };
        assert_eq!(passed.args, ["-p", "server", "--", "--exact"]);
    }
}
