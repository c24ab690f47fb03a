//! Words that landed code does not hold: unfinished work, lints switched off, sleeping tests, an ambient
//! clock in pure code, a path of one machine.
//!
//! Patterns that are looked for in comments and literals too are written here in two pieces, so that this
//! file does not find itself.

use super::Finding;
use super::scan::has_word;
use super::tree::{File, Tree};

/// Macros that stand for unfinished work.
const UNFINISHED_MACROS: &[&str] = &["todo!", "unimplemented!"];
/// The words people leave in comments.
const UNFINISHED_WORDS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// Attributes that switch a test or a lint off.
const SWITCHES: &[&str] = &["#[ignore", "#[allow(", "#![allow("];

/// Sleeping, as it is called and as it is imported.
const SLEEPS: &[&str] = &["thread::sleep", "time::sleep"];

/// Code that takes clock and randomness as arguments. An end in `/` means everything below.
const PURE: &[&str] = &[
    "document-model/src/",
    "sync-protocol/src/",
    "client-sdk/src/engine.rs",
    "client-sdk/src/engine/",
    "server/src/ledger.rs",
    "server/src/ledger/",
    "server/src/figures.rs",
    "server/src/figures/",
];

/// Ambient clocks and dice.
const AMBIENT: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Zoned::now",
    "Timestamp::now",
    "thread_rng",
    "rand::rng(",
    "getrandom::",
];

/// Folders that exist on one machine only.
const MACHINE: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Landed code is finished.
pub(super) fn nothing_is_unfinished(tree: &Tree) -> Vec<Finding> {
    let advice = "finish it, or write down the missing part where it is planned";
    let mut findings = Vec::new();
    for file in tree.sources() {
        findings.extend(lines_with(file, &file.code(), UNFINISHED_MACROS, advice));
        findings.extend(lines_with(file, &file.text, UNFINISHED_WORDS, advice));
    }
    findings
}

/// No test is ignored, no lint silenced without a reason.
pub(super) fn nothing_is_switched_off(tree: &Tree) -> Vec<Finding> {
    let advice = "run the test or delete it; for a lint use `#[expect(lint, reason = \"...\")]`";
    tree.rust().flat_map(|file| lines_with(file, &file.code(), SWITCHES, advice)).collect()
}

/// Tests wait for an event, never for time.
pub(super) fn tests_do_not_sleep(tree: &Tree) -> Vec<Finding> {
    let advice = "wait for the event itself, or move the test's own clock";
    let sleeps = |line: &str| {
        let imported = has_word(line, "sleep") && (line.contains("time::{") || line.contains("thread::{"));
        imported || SLEEPS.iter().any(|pattern| has_word(line, pattern))
    };
    let of_tests = tree.rust().filter(|file| file.path.starts_with("tests/"));
    of_tests.flat_map(|file| lines_where(file, &file.code(), sleeps, "sleeping", advice)).collect()
}

/// Pure code reads no clock and throws no dice.
pub(super) fn pure_code_has_no_clock_or_dice(tree: &Tree) -> Vec<Finding> {
    let advice = "clock and randomness are passed in";
    let pure = |file: &&File| PURE.iter().any(|start| file.path.starts_with(start));
    tree.rust().filter(pure).flat_map(|file| lines_with(file, &file.code(), AMBIENT, advice)).collect()
}

/// No file holds the absolute path of somebody's machine.
pub(super) fn no_path_of_one_machine(tree: &Tree) -> Vec<Finding> {
    let advice = "say it relative to the workspace, or through a setting";
    let holds = |line: &str| MACHINE.iter().any(|folder| has_absolute(line, folder));
    let found = |file| lines_where(file, &file.text, holds, "a path of one machine", advice);
    tree.files().iter().flat_map(found).collect()
}

/// Whether `line` holds `folder` as the start of a path, not in the middle of one.
fn has_absolute(line: &str, folder: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "_-.~)}]>*".contains(c);
    line.match_indices(folder).any(|(start, _)| !line[..start].ends_with(inside))
}

/// A finding for each line of `text` that holds one of `patterns` as a whole word.
fn lines_with(file: &File, text: &str, patterns: &[&str], advice: &str) -> Vec<Finding> {
    let found = |pattern: &&str| {
        let holds = |line: &str| has_word(line, pattern);
        lines_where(file, text, holds, &format!("`{pattern}`"), advice)
    };
    patterns.iter().flat_map(found).collect()
}

/// A finding for each line of `text` for which `holds` is true.
fn lines_where(
    file: &File,
    text: &str,
    holds: impl Fn(&str) -> bool,
    what: &str,
    advice: &str,
) -> Vec<Finding> {
    let numbered = text.lines().enumerate().filter(|(_, line)| holds(line));
    numbered.map(|(index, _)| Finding::error(&file.path, index + 1, format!("{what}: {advice}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines a rule finds in one file.
    fn lines(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
        rule(&Tree::of(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_comments() {
        let text = format!("todo!()\n// {} later\nlet a = \"todo!\";\nautodoc\n", UNFINISHED_WORDS[1]);
        assert_eq!(lines(nothing_is_unfinished, "server/src/a.rs", &text), [1, 2]);
        let text = format!("// {}: colours\n", UNFINISHED_WORDS[0]);
        assert_eq!(lines(nothing_is_unfinished, "web/src/a.tsx", &text), [1]);
        assert!(lines(nothing_is_unfinished, "README.md", &text).is_empty());
    }

    #[test]
    fn switched_off_tests_and_lints_are_found() {
        let text =
            "#[ignore]\n#[ignore = \"slow\"]\n#[allow(dead_code)]\n#[expect(dead_code)]\n// #[ignore]\n";
        assert_eq!(lines(nothing_is_switched_off, "tests/tests/sync.rs", text), [1, 2, 3]);
    }

    #[test]
    fn sleeping_is_found_in_the_tests_crate_alone() {
        let text = "tokio::time::sleep(d).await;\nuse tokio::time::{Duration, sleep};\nsleep_until(t);\n";
        assert_eq!(lines(tests_do_not_sleep, "tests/src/world.rs", text), [1, 2]);
        assert!(lines(tests_do_not_sleep, "client-sdk/src/platform.rs", text).is_empty());
    }

    #[test]
    fn clocks_and_dice_are_found_in_pure_code_alone() {
        let text = "// no Instant::now here\nlet t = jiff::Timestamp::now();\nlet r = rand::rng();\n";
        assert_eq!(lines(pure_code_has_no_clock_or_dice, "server/src/ledger/entry.rs", text), [2, 3]);
        assert_eq!(lines(pure_code_has_no_clock_or_dice, "client-sdk/src/engine.rs", text), [2, 3]);
        assert!(lines(pure_code_has_no_clock_or_dice, "server/src/app.rs", text).is_empty());
    }

    #[test]
    fn paths_of_a_machine_are_found_in_any_file() {
        let text = format!("a = \"{0}x\"\nb = docs{0}x\nc = file://{1}y\n", MACHINE[0], MACHINE[2]);
        assert_eq!(lines(no_path_of_one_machine, "README.md", &text), [1, 3]);
    }
}
