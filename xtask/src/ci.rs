//! `cargo xtask ci`: what a change must pass, on the CI machine and on a laptop alike.
//!
//! Stages run in order and the first failure ends the run; only the suites run both, so that one run tells
//! of all their failures. Each stage has a time budget; overrunning it is a warning only, because CI
//! machines are noisy. A stage whose program is missing fails with `CI=true` and is skipped with a notice
//! elsewhere.

use crate::setup::{self, CHROMIUM, DENY, FONTS, NEXTEST, NODE, NPM, PYTHON, Tool};
use crate::workspace::{FEATURES, Workspace, in_ci};
use crate::{process, test, tidy, wasm, web};
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

/// All stages together must fit into this.
const TOTAL_BUDGET_MIN: u64 = 75;

/// The stages in order. To add one, add a line: name, budget in minutes, programs, what to run.
const STAGES: &[Stage] = &[
    task("setup", 5, &[], setup::run),
    task("tidy", 1, &[], tidy::run),
    command("format", 1, &[], &["cargo", "fmt", "--all", "--check"]),
    task("wasm", 6, &[&NODE], wasm::run),
    task("web", 2, &[&NODE, &NPM], web::run),
    command("clippy", 5, &[], CLIPPY),
    command("deny", 1, &[&DENY], DENY_CHECK),
    command("decoder", 1, &[&PYTHON], &["python3", "sync-protocol/vectors/decode.py"]),
    command("planted", 9, &[], PLANTED),
    suite("browser", 16, &[&NODE, &NPM, &CHROMIUM, &FONTS], |workspace| web::browser(workspace, &[])),
    suite("test", 28, &[&NEXTEST], |workspace| test::run(workspace, &[])),
];

/// With everything that is compiled in by request; the stage `planted` compiles without.
const CLIPPY: &[&str] =
    &["cargo", "clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"];

/// Arms each planted bug in turn and prints the seed that finds it.
const PLANTED: &[&str] =
    &["cargo", "run", "--quiet", "--package", "tests", "--features", "planted-bugs", "--bin", "planted"];

/// The checks of deny.toml that need no network beyond the dependencies themselves.
const DENY_CHECK: &[&str] =
    &["cargo", "deny", "--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];

/// One step of the run.
struct Stage {
    /// Short name, shown and accepted on the command line.
    name: &'static str,
    /// Minutes it should take on a cold two-core machine.
    budget_min: u64,
    /// Programs it needs beside the Rust tool chain.
    needs: &'static [&'static Tool],
    /// Whether the stages after it run all the same when it fails.
    is_suite: bool,
    /// What it does.
    work: Work,
}

/// How a stage ended, when it did not fail.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It ran and passed.
    Passed,
    /// A program it needs is missing on this laptop.
    Skipped,
}

/// What a stage does.
enum Work {
    /// A function of this tool.
    Task(fn(&Workspace) -> Result<()>),
    /// A program with its arguments, started in the root folder.
    Command(&'static [&'static str]),
}

/// A stage that is a function of this tool.
const fn task(
    name: &'static str,
    budget_min: u64,
    needs: &'static [&'static Tool],
    function: fn(&Workspace) -> Result<()>,
) -> Stage {
    Stage { name, budget_min, needs, is_suite: false, work: Work::Task(function) }
}

/// A stage of tests whose failures do not hide those of the stages after it.
const fn suite(
    name: &'static str,
    budget_min: u64,
    needs: &'static [&'static Tool],
    function: fn(&Workspace) -> Result<()>,
) -> Stage {
    Stage { is_suite: true, ..task(name, budget_min, needs, function) }
}

/// A stage that is one command.
const fn command(
    name: &'static str,
    budget_min: u64,
    needs: &'static [&'static Tool],
    line: &'static [&'static str],
) -> Stage {
    Stage { name, budget_min, needs, is_suite: false, work: Work::Command(line) }
}

/// Runs all stages, or the named ones.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
    let started = Instant::now();
    let skipped = run_stages(workspace, &chosen(names)?)?;
    let took = started.elapsed();
    let but = if skipped.is_empty() { String::new() } else { format!(", SKIPPED: {}", skipped.join(", ")) };
    println!("ci: passed in {} of {TOTAL_BUDGET_MIN} min{but}", clock_text(took));
    warn_if_over("all stages together", took, TOTAL_BUDGET_MIN);
    Ok(())
}

/// Runs stages up to the first failure, or past those of suites; which were skipped.
fn run_stages(workspace: &Workspace, stages: &[&Stage]) -> Result<Vec<&'static str>> {
    let (mut skipped, mut failed) = (Vec::new(), Vec::new());
    for stage in stages {
        match run_stage(workspace, stage) {
            Ok(Outcome::Passed) => {}
            Ok(Outcome::Skipped) => skipped.push(stage.name),
            Err(error) if stage.is_suite => {
                println!("== {error:#}");
                failed.push(format!("{error:#}"));
            }
            Err(error) => return Err(error),
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(skipped)
}

/// The stages of these names in their usual order; no name means all.
fn chosen(names: &[String]) -> Result<Vec<&'static Stage>> {
    if let Some(unknown) = names.iter().find(|name| STAGES.iter().all(|stage| stage.name != **name)) {
        let known = STAGES.iter().map(|stage| stage.name).collect::<Vec<_>>().join(", ");
        bail!("there is no stage `{unknown}`; the stages are: {known}");
    }
    let wanted = |stage: &&Stage| names.is_empty() || names.iter().any(|name| name == stage.name);
    Ok(STAGES.iter().filter(wanted).collect())
}

/// Runs or skips one stage and prints its time against its budget.
fn run_stage(workspace: &Workspace, stage: &Stage) -> Result<Outcome> {
    println!("== {} (budget {} min)", stage.name, stage.budget_min);
    let lacking = setup::missing(workspace, stage.needs);
    if !lacking.is_empty() {
        let lacking = setup::names(&lacking);
        if in_ci() {
            bail!("stage `{}` failed: missing {lacking}", stage.name);
        }
        println!("== {}: SKIPPED, missing {lacking} (`cargo xtask setup` installs it)", stage.name);
        return Ok(Outcome::Skipped);
    }
    let started = Instant::now();
    let result = stage.work.perform(workspace);
    let took = started.elapsed();
    let text = format!("{} of {} min", clock_text(took), stage.budget_min);
    result.with_context(|| format!("stage `{}` failed after {text}", stage.name))?;
    println!("== {}: passed in {text}", stage.name);
    warn_if_over(stage.name, took, stage.budget_min);
    Ok(Outcome::Passed)
}

impl Work {
    /// Does the work.
    fn perform(&self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Task(function) => function(workspace),
            Self::Command(["cargo", args @ ..]) => process::run(&mut workspace.cargo(args)),
            Self::Command([program, args @ ..]) => process::run(workspace.command(program).args(args)),
            Self::Command([]) => bail!("the stage has no command"),
        }
    }
}

/// Prints a warning when `took` is above the budget.
fn warn_if_over(what: &str, took: Duration, budget_min: u64) {
    if took > Duration::from_secs(budget_min * 60) {
        println!("warning: {what} took {}, over the budget of {budget_min} min", clock_text(took));
    }
}

/// A duration as minutes and seconds.
fn clock_text(took: Duration) -> String {
    format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budgets_fit_into_the_total() {
        let sum: u64 = STAGES.iter().map(|stage| stage.budget_min).sum();
        assert!(sum <= TOTAL_BUDGET_MIN, "the budgets add up to {sum} min");
    }

    #[test]
    fn stage_names_are_unique() {
        let mut names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STAGES.len());
    }

    #[test]
    fn named_stages_run_in_their_usual_order() {
        let names = ["format".to_owned(), "tidy".to_owned()];
        let order: Vec<_> = chosen(&names).unwrap().iter().map(|stage| stage.name).collect();
        assert_eq!(order, ["tidy", "format"]);
        assert_eq!(chosen(&[]).unwrap().len(), STAGES.len());
    }

    #[test]
    fn an_unknown_stage_is_answered_with_the_list() {
        let error = chosen(&["tidier".to_owned()]).err().unwrap().to_string();
        assert!(error.contains("`tidier`") && error.contains("clippy"), "{error}");
    }

    #[test]
    fn a_failing_stage_is_named() {
        let workspace = Workspace::find().unwrap();
        let stage = command("broken", 1, &[], &["false"]);
        let error = run_stage(&workspace, &stage).unwrap_err();
        assert!(error.to_string().starts_with("stage `broken` failed after 0 min"), "{error}");
    }

    #[test]
    fn a_suite_that_fails_does_not_hide_the_next_stage() {
        let workspace = Workspace::find().unwrap();
        let first = suite("first", 1, &[], |_| bail!("one"));
        let second = suite("second", 1, &[], |_| bail!("two"));
        let both = run_stages(&workspace, &[&first, &second]).unwrap_err().to_string();
        assert!(both.contains("one; stage `second`") && both.ends_with("two"), "{both}");
        let broken = task("broken", 1, &[], |_| bail!("at once"));
        let alone = format!("{:#}", run_stages(&workspace, &[&broken, &second]).unwrap_err());
        assert!(alone.ends_with("at once"), "{alone}");
    }

    #[test]
    fn a_passing_stage_is_passed() {
        let workspace = Workspace::find().unwrap();
        assert_eq!(run_stage(&workspace, &command("fine", 1, &[], &["true"])).unwrap(), Outcome::Passed);
    }

    #[test]
    fn time_is_shown_in_minutes_and_seconds() {
        assert_eq!(clock_text(Duration::from_secs(605)), "10 min 05 s");
    }
}
