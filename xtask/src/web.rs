//! The web console: its libraries, its checks, its build, and its tests in a browser.

use crate::process;
use crate::setup;
use crate::test::BINARIES_VARIABLE;
use crate::wasm;
use crate::workspace::{FEATURES, Workspace};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the console, from the root.
const FOLDER: &str = "web";
/// The folder of the provider that tests sign in at.
const PROVIDER_FOLDER: &str = "tests/openid";
/// The variable that says where the engine with the suite of stores is.
const CONFORMANCE_VARIABLE: &str = "FIELDBOOK_CONFORMANCE";
/// What `npm` was asked for.
const LOCK: &str = "package-lock.json";
/// The lock that the installed libraries were installed by.
const INSTALLED: &str = "node_modules/.installed-lock.json";

/// Types, lints, tests and build of the console. What it makes in `web/dist` is what a hub is built with.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::require(workspace, &setup::NODE)?;
    setup::require(workspace, &setup::NPM)?;
    wasm::run(workspace)?;
    install(workspace)?;
    install_in(workspace, PROVIDER_FOLDER)?;
    process::run(npm_command(workspace, FOLDER).args(["run", "check"]))
}

/// Drives the console of a freshly built hub in a browser; `args` go to the test runner.
pub(crate) fn browser(workspace: &Workspace, args: &[String]) -> Result<()> {
    setup::require(workspace, &setup::CHROMIUM)?;
    setup::require(workspace, &setup::FONTS)?;
    if folder(workspace).join("dist/index.html").is_file() {
        wasm::run(workspace)?;
        install(workspace)?;
    } else {
        run(workspace)?;
    }
    let suite = wasm::conformance(workspace)?;
    // As the tests build them, so that nothing is built twice.
    let build = ["build", "--workspace", "--bins", "--features", FEATURES];
    process::run(&mut workspace.cargo(&build))?;
    let binaries = workspace.target_folder()?.join("debug");
    let mut tests = npm_command(workspace, FOLDER);
    process::run(
        tests
            .args(["run", "browser", "--"])
            .args(args)
            .env(BINARIES_VARIABLE, binaries)
            .env(CONFORMANCE_VARIABLE, suite),
    )
}

/// Brings the console's libraries.
fn install(workspace: &Workspace) -> Result<()> {
    install_in(workspace, FOLDER)
}

/// Brings the libraries of a folder, where they are not those of its lock.
fn install_in(workspace: &Workspace, folder: &str) -> Result<()> {
    let within = workspace.root().join(folder);
    let (lock, installed) = (within.join(LOCK), within.join(INSTALLED));
    let wanted = std::fs::read(&lock)?;
    if std::fs::read(&installed).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    process::run(npm_command(workspace, folder).args(["ci", "--no-audit", "--no-fund"]))?;
    Ok(std::fs::write(installed, wanted)?)
}

fn npm_command(workspace: &Workspace, folder: &str) -> Command {
    let mut command = workspace.command("npm");
    command.current_dir(workspace.root().join(folder));
    command
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join(FOLDER)
}
