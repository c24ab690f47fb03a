//! Commands that only start something: the demo, the bench, the soak and the advisories check.

use crate::process;
use crate::setup;
use crate::test::BINARIES_VARIABLE;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};

/// `fieldbook demo ARGS` in the dev profile, which is already built on a developer's machine.
pub(crate) fn demo(workspace: &Workspace, args: &[String]) -> Result<()> {
    let cargo = ["run", "-p", "server", "--bin", "fieldbook", "--", "demo"];
    start(workspace, &cargo, args)
}

/// The measurements of the `tests` crate. Only the release profile gives numbers that mean something.
pub(crate) fn bench(workspace: &Workspace, args: &[String]) -> Result<()> {
    build_programs(workspace)?;
    start(workspace, &["run", "--release", "-p", "tests", "--bin", "bench", "--"], args)
}

/// The long tests, each a program and what it is told: mutated changes against the gate's workers and over HTTP against a
/// served hub, programs killed at every write, fifty thousand policies counted exactly once, twenty devices
/// simulated, and every order in which replicas of one book may hear of each other.
const LONG_TESTS: [(&str, &str, &[&str]); 6] = [
    ("campaign", "gate", &["campaign", "--count", "400000"]),
    ("siege", "gate", &["siege", "--count", "400000"]),
    ("crash-points", "crash-points", &["--points", "2000"]),
    ("exactly-once", "exactly-once", &[]),
    ("simulation", "simulate", &SIMULATION),
    ("histories", "simulate", &["--histories", "10000"]),
];

/// Five thousand seeds of twenty devices.
const SIMULATION: [&str; 10] =
    ["--seeds", "5000", "--reps", "5", "--devices", "4", "--further-devices", "4", "--steps", "800"];

/// All long tests one after the other, or the one named first, which gets the other `args`.
pub(crate) fn soak(workspace: &Workspace, args: &[String]) -> Result<()> {
    let chosen = LONG_TESTS.iter().filter(|(name, ..)| args.first().is_none_or(|only| only == name));
    let chosen: Vec<_> = chosen.collect();
    let names = || LONG_TESTS.map(|(name, ..)| name).join(", ");
    ensure!(!chosen.is_empty(), "there is no such long test; there are {}", names());
    build_programs(workspace)?;
    for (name, program, passed) in chosen {
        println!("soak: {name}");
        let cargo = ["run", "--release", "-p", "tests", "--bin", program, "--"];
        start(workspace, &[&cargo[..], passed].concat(), args.get(1..).unwrap_or_default())?;
    }
    Ok(())
}

/// Compares `Cargo.lock` with the public list of advisories. It downloads that list, which is why it is
/// not a stage of `ci`.
pub(crate) fn audit(workspace: &Workspace) -> Result<()> {
    setup::require(workspace, &setup::DENY)?;
    process::run(&mut workspace.cargo(&["deny", "--locked", "check", "advisories"]))
}

/// Builds the programs that bench and soak start beside themselves.
fn build_programs(workspace: &Workspace) -> Result<()> {
    process::run(&mut workspace.cargo(&["build", "--release", "-p", "server", "-p", "client-sdk", "--bins"]))
}

/// Runs cargo with `args` at the end; in the environment, the shared folder and where released programs
/// are.
fn start(workspace: &Workspace, cargo: &[&str], args: &[String]) -> Result<()> {
    let (variable, shared) = workspace.shared_folder()?;
    let programs = workspace.target_folder()?.join("release");
    process::run(workspace.cargo(cargo).args(args).env(variable, shared).env(BINARIES_VARIABLE, programs))
}
