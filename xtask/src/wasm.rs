//! `cargo xtask wasm`: the engine of the rep's app for browsers.
//!
//! With a Rust tool chain that has the target `wasm32-unknown-unknown`, that one compiles it. Debian's `rustc-web` brings
//! a compiler and the sources of the standard library where the target cannot be downloaded. Then come `wasm-bindgen` of
//! exactly the version of the crate. Nothing is done again where nothing changed. `wasm-opt` is not used: it made the engine
//! smaller by a twentieth unpacked, and larger compressed.

use crate::process;
use crate::setup::{self, LLD, NODE, RUST_WEB_SOURCES, RUSTC_WEB};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The target.
const TARGET: &str = "wasm32-unknown-unknown";
/// Where the pages import it from, from the root.
const PACKAGE: &str = "web/src/rep/engine/pkg";
/// The file that says for which compiled engine the package was made.
const STAMP: &str = "made-of";
/// Compressed bytes of the engine that a thin link is asked to carry at most.
const BUDGET_BYTES: u64 = 507 * 1024;
/// A panic ends the program without words, and what a message would quote for a programmer stays out of it. Nobody reads
/// either in a browser, where words are found by codes; both could name a customer, and putting them together is code.
/// Compilers with the target built in do not know this yet.
const SILENT: &str = "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none";
/// Prints the compressed size of a file.
const COMPRESSED: &str = "const {brotliCompressSync} = require('zlib'); \
     console.log(brotliCompressSync(require('fs').readFileSync(process.argv[1])).length)";
/// What of the engine is built.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    /// What people get.
    App,
    /// With the suite of stores, to be run in a browser by tests.
    Conformance,
}

/// Builds the engine into the pages' sources.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    build(workspace, Flavour::App, &workspace.root().join(PACKAGE))
}

/// Builds the engine with the suite of stores; gives the folder.
pub(crate) fn conformance(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target_folder()?.join("wasm/conformance");
    build(workspace, Flavour::Conformance, &folder)?;
    Ok(folder)
}

/// Compiles, and packs what was compiled where that is new.
fn build(workspace: &Workspace, flavour: Flavour, package: &Path) -> Result<()> {
    let compiled = compile(workspace, flavour)?;
    let made_of = stamp_of(&compiled)?;
    if std::fs::read_to_string(package.join(STAMP)).is_ok_and(|stamp| stamp == made_of) {
        return Ok(());
    }
    bind(workspace, &compiled, package)?;
    if flavour == Flavour::App {
        weigh(workspace, package)?;
    }
    Ok(std::fs::write(package.join(STAMP), made_of)?)
}

/// Compiles the engine; gives the file.
fn compile(workspace: &Workspace, flavour: Flavour) -> Result<PathBuf> {
    let folder = workspace.target_folder()?.join("wasm");
    let profile = if flavour == Flavour::App { "wasm" } else { "wasm-test" };
    let mut cargo = workspace.cargo(&["rustc", "--package", "client-sdk", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--target", TARGET, "--profile", profile, "--target-dir"]).arg(&folder);
    if flavour == Flavour::Conformance {
        cargo.args(["--features", "client-sdk/conformance"]);
    }
    if !has_target(workspace)? {
        for tool in [&RUSTC_WEB, &RUST_WEB_SOURCES, &LLD] {
            setup::require(workspace, tool)?;
        }
        cargo.args(["-Z", "build-std=std,panic_abort", "-Z", "build-std-features=optimize_for_size"]);
        cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
        if flavour == Flavour::App {
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SILENT);
        }
    }
    process::run(&mut cargo)?;
    Ok(folder.join(TARGET).join(profile).join("client_sdk.wasm"))
}

/// Whether the compiler in use has the target's standard library.
fn has_target(workspace: &Workspace) -> Result<bool> {
    let mut rustc = workspace.command("rustc");
    let folder = process::output(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(String::from_utf8_lossy(&folder).trim()).is_dir())
}

/// When a file was made, and how large it is.
fn stamp_of(file: &Path) -> Result<String> {
    let about = std::fs::metadata(file).with_context(|| format!("{} is missing", file.display()))?;
    let made = about.modified()?.duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(format!("{} {}\n", made.as_nanos(), about.len()))
}

/// Writes what the pages import.
fn bind(workspace: &Workspace, compiled: &Path, package: &Path) -> Result<()> {
    let program = binder(workspace)?;
    if package.is_dir() {
        std::fs::remove_dir_all(package)?;
    }
    let mut command = Command::new(program);
    command.args(["--remove-name-section", "--remove-producers-section"]);
    command.args(["--target", "web", "--out-name", "engine", "--out-dir"]).arg(package).arg(compiled);
    process::run(&mut command)
}

/// The program of the crate's own version, installed where it is not.
fn binder(workspace: &Workspace) -> Result<PathBuf> {
    let version = locked_version(&std::fs::read_to_string(workspace.root().join("Cargo.lock"))?)?;
    let tools = workspace.target_folder()?.join("tools");
    let program = tools.join("bin/wasm-bindgen");
    let is_it = |program: &Path| {
        let told = process::output(Command::new(program).arg("--version"));
        told.is_ok_and(|told| String::from_utf8_lossy(&told).trim().ends_with(&format!(" {version}")))
    };
    if !(program.is_file() && is_it(&program)) {
        let crate_of_it = format!("wasm-bindgen-cli@{version}");
        let mut cargo = workspace.cargo(&["install", "--force", "--bin", "wasm-bindgen", &crate_of_it]);
        // Without what only its test runner needs.
        process::run(cargo.args(["--no-default-features", "--root"]).arg(&tools))?;
    }
    Ok(program)
}

/// The version of `wasm-bindgen` in the lock file.
fn locked_version(lock: &str) -> Result<String> {
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"wasm-bindgen\"");
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_owned).context("Cargo.lock names no wasm-bindgen")
}

/// Says how large the engine is on the wire.
fn weigh(workspace: &Workspace, package: &Path) -> Result<()> {
    let engine = package.join("engine_bg.wasm");
    setup::require(workspace, &NODE)?;
    let told = process::output(workspace.command("node").args(["--eval", COMPRESSED]).arg(&engine))?;
    let compressed: u64 = String::from_utf8_lossy(&told).trim().parse()?;
    let whole = std::fs::metadata(&engine)?.len();
    println!("engine: {whole} bytes, {compressed} compressed, budget {BUDGET_BYTES}");
    if compressed > BUDGET_BYTES && has_target(workspace)? {
        println!(
            "warning: a downloaded standard library makes it larger; what is shipped is built with Debian's"
        );
    } else if compressed > BUDGET_BYTES {
        bail!("the engine takes {compressed} bytes compressed, over its budget of {BUDGET_BYTES}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_crate_itself() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
             [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock).unwrap(), "0.2.130");
        assert!(locked_version("").is_err());
    }
}
