//! Commands that only start something: the demo, the bench, the soak and the advisories check.

use crate::process;
use crate::setup;
use crate::test::BINARIES_VARIABLE;
use crate::workspace::{FEATURES, Workspace};
use anyhow::{Result, ensure};

/// `fieldbook demo ARGS` in the dev profile, which is already built on a developer's machine.
pub(crate) fn demo(workspace: &Workspace, args: &[String]) -> Result<()> {
    build(workspace, &[], &["fieldbook"])?;
    let program = workspace.target_folder()?.join("debug/fieldbook");
    process::run(workspace.command(&program.to_string_lossy()).arg("demo").args(args))
}

/// The measurements of the `tests` crate. Only the release profile gives numbers that mean something.
pub(crate) fn bench(workspace: &Workspace, args: &[String]) -> Result<()> {
    build_released(workspace, &["bench"])?;
    start_released(workspace, "bench", &[], args)
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
    build_released(workspace, &chosen.iter().map(|(_, program, _)| *program).collect::<Vec<_>>())?;
    for (name, program, passed) in chosen {
        println!("soak: {name}");
        start_released(workspace, program, passed, args.get(1..).unwrap_or_default())?;
    }
    Ok(())
}

/// Compares `Cargo.lock` with the public list of advisories. It downloads that list, which is why it is
/// not a stage of `ci`.
pub(crate) fn audit(workspace: &Workspace) -> Result<()> {
    setup::require(workspace, &setup::DENY)?;
    process::run(&mut workspace.cargo(&["deny", "--locked", "check", "advisories"]))
}

/// Builds these programs, as the tests build all of them: one set of libraries serves everything.
fn build(workspace: &Workspace, profile: &[&str], programs: &[&str]) -> Result<()> {
    let mut build = workspace.cargo(&["build", "--workspace", "--features", FEATURES]);
    build.args(profile);
    for program in programs {
        build.args(["--bin", program]);
    }
    process::run(&mut build)
}

/// Builds these programs of the `tests` crate for speed, and those that they start.
fn build_released(workspace: &Workspace, programs: &[&str]) -> Result<()> {
    build(workspace, &["--release"], &[&["fieldbook", "fieldbook-rep"], programs].concat())
}

/// Runs one of them with `args` at the end; in the environment, the shared folder and where released programs are.
fn start_released(workspace: &Workspace, program: &str, passed: &[&str], args: &[String]) -> Result<()> {
    let (variable, shared) = workspace.shared_folder()?;
    let programs = workspace.target_folder()?.join("release");
    let mut run = workspace.command(&programs.join(program).to_string_lossy());
    process::run(run.args(passed).args(args).env(variable, shared).env(BINARIES_VARIABLE, programs))
}
