//! `cargo xtask tidy`: the rules of the house that no compiler knows.
//!
//! Each rule is a small function from the [`Tree`] to its findings. To add one, write it beside the
//! others and add a line to [`RULES`]. A finding says where, what is wrong and what to do.

mod arrow;
mod layout;
mod markers;
mod scan;
mod size;
mod tree;

use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::fmt;
use tree::Tree;

/// A rule: looks at the whole tree, returns what is wrong.
type Rule = fn(&Tree) -> Vec<Finding>;

/// All rules.
const RULES: &[Rule] = &[
    arrow::crates_point_one_way,
    arrow::pure_crates_stay_light,
    arrow::only_the_demo_is_a_client,
    layout::modules_say_what_they_are,
    layout::storage_backends_are_twins,
    layout::migrations_are_twins,
    layout::migrations_make_the_same_tables,
    layout::protocol_document_is_in_step,
    size::files_stay_readable,
    markers::nothing_is_unfinished,
    markers::nothing_is_switched_off,
    markers::tests_do_not_sleep,
    markers::pure_code_has_no_clock_or_dice,
    markers::no_path_of_one_machine,
];

/// Something a rule found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// File from the root of the workspace.
    file: String,
    /// Line number, from 1.
    line: usize,
    /// Whether it fails the run.
    weight: Weight,
    /// What is wrong and what to do.
    advice: String,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// Fails the run.
    Error,
    /// Is only shown.
    Warning,
}

impl Finding {
    /// A finding that fails the run.
    fn error(file: &str, line: usize, advice: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, weight: Weight::Error, advice: advice.into() }
    }

    /// A finding that is only shown.
    fn warning(file: &str, line: usize, advice: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, ..Self::error(file, line, advice) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
        };
        write!(f, "{}:{}: {weight}: {}", self.file, self.line, self.advice)
    }
}

/// Checks the workspace and prints the findings; an error if one of them fails the run.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(workspace)?;
    let findings = check(&tree);
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.weight == Weight::Error).count();
    if errors > 0 {
        bail!("tidy: {errors} to put right");
    }
    println!("tidy: {} files, {} rules, {} warnings", tree.files().len(), RULES.len(), findings.len());
    Ok(())
}

/// The findings of all rules, by file and line.
fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<_> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_tool_keeps_its_own_rules() {
        let mut tree = Tree::read(&Workspace::find().unwrap()).unwrap();
        tree.keep_only("xtask/");
        assert!(tree.files().len() > 8);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_finding_can_be_clicked() {
        let finding = Finding::warning("server/src/app.rs", 12, "split it");
        assert_eq!(finding.to_string(), "server/src/app.rs:12: warning: split it");
    }
}
