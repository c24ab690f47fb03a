//! Dependencies point one way: document-model <- sync-protocol <- {client-sdk, server} <- tests.

use super::Finding;
use super::scan::has_word;
use super::tree::{Crate, File, Tree};

/// Each crate of the workspace and those of the workspace it may depend on.
const ARROW: &[(&str, &[&str])] = &[
    ("document-model", &[]),
    ("sync-protocol", &["document-model"]),
    ("client-sdk", &["document-model", "sync-protocol"]),
    ("server", &["document-model", "sync-protocol", "client-sdk"]),
    ("tests", &["document-model", "sync-protocol", "client-sdk", "server"]),
    ("xtask", &[]),
];

/// Crates that decide and do nothing else.
const PURE: &[&str] = &["document-model", "sync-protocol"];

/// What a pure crate has no use for: I/O, tasks, ambient randomness.
const HEAVY: &[&str] = &["tokio", "sqlx", "reqwest", "axum", "rand", "getrandom"];

/// The client's name in Rust code.
const CLIENT: &str = "client_sdk";

/// Crates depend on each other along the arrow only, in tests too.
pub(super) fn crates_point_one_way(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in tree.crates() {
        let Some((_, allowed)) = ARROW.iter().find(|(name, _)| *name == member.name) else {
            let advice = format!("give `{}` its place in ARROW, xtask/src/tidy/arrow.rs", member.name);
            findings.push(Finding::error(&manifest(member), 1, advice));
            continue;
        };
        for dependency in &member.dependencies {
            let inside = ARROW.iter().any(|(name, _)| *name == dependency.name);
            if inside && !allowed.contains(&dependency.name.as_str()) {
                let advice = "points against the arrow document-model <- sync-protocol <- \
                    {client-sdk, server} <- tests; move the code that needs it";
                findings.push(at_dependency(tree, member, &dependency.name, advice));
            }
        }
    }
    findings
}

/// Pure crates have none of the heavy dependencies. Their tests may.
pub(super) fn pure_crates_stay_light(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in tree.crates().iter().filter(|member| PURE.contains(&member.name.as_str())) {
        let needed = member.dependencies.iter().filter(|dependency| !dependency.dev);
        for dependency in needed.filter(|dependency| HEAVY.contains(&dependency.name.as_str())) {
            let advice = "has no place in a pure crate; pass in what it gives (clock, bytes, randomness)";
            findings.push(at_dependency(tree, member, &dependency.name, advice));
        }
    }
    findings
}

/// In the server only the demo uses the client.
pub(super) fn only_the_demo_is_a_client(tree: &Tree) -> Vec<Finding> {
    let may = |path: &str| {
        let free = ["client-sdk/", "tests/", "server/src/demo/"];
        path == "server/src/demo.rs" || free.iter().any(|prefix| path.starts_with(prefix))
    };
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !may(&file.path)) {
        for (index, line) in file.code().lines().enumerate() {
            if has_word(line, CLIENT) {
                let advice = "only server/src/demo may use client-sdk; move this there or to a shared crate";
                findings.push(Finding::error(&file.path, index + 1, advice));
            }
        }
    }
    findings
}

/// Path of a crate's `Cargo.toml`.
fn manifest(member: &Crate) -> String {
    format!("{}/Cargo.toml", member.folder)
}

/// A finding at the line of a dependency.
fn at_dependency(tree: &Tree, member: &Crate, dependency: &str, advice: &str) -> Finding {
    let path = manifest(member);
    let starts = |line: &str| has_word(line.split(['=', '.']).next().unwrap_or(line), dependency);
    let position = |file: &File| file.text.lines().position(starts);
    let line = tree.file(&path).and_then(position).map_or(1, |index| index + 1);
    Finding::error(&path, line, format!("the dependency `{dependency}` {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrow_as_drawn_is_fine() {
        let tree = Tree::of(&[])
            .with_crate("document-model", &["automerge"], &[])
            .with_crate("sync-protocol", &["document-model"], &["rand"])
            .with_crate("client-sdk", &["sync-protocol", "tokio"], &[])
            .with_crate("server", &["client-sdk", "axum"], &[])
            .with_crate("tests", &["server", "client-sdk"], &[]);
        assert_eq!(crates_point_one_way(&tree), []);
        assert_eq!(pure_crates_stay_light(&tree), []);
    }

    #[test]
    fn a_dependency_against_the_arrow_is_shown_at_its_line() {
        let manifest = "[package]\nname = \"client-sdk\"\n[dev-dependencies]\nserver.workspace = true\n";
        let tree =
            Tree::of(&[("client-sdk/Cargo.toml", manifest)]).with_crate("client-sdk", &[], &["server"]);
        let findings = crates_point_one_way(&tree);
        assert_eq!((findings[0].file.as_str(), findings[0].line), ("client-sdk/Cargo.toml", 4));
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_is_shown() {
        let findings = crates_point_one_way(&Tree::of(&[]).with_crate("gadgets", &[], &[]));
        assert!(findings[0].advice.contains("`gadgets`"));
    }

    #[test]
    fn a_heavy_dependency_of_a_pure_crate_is_shown() {
        let tree = Tree::of(&[]).with_crate("document-model", &["tokio", "automerge", "getrandom"], &[]);
        assert_eq!(pure_crates_stay_light(&tree).len(), 2);
    }

    #[test]
    fn the_client_is_used_by_the_demo_alone() {
        let text = "//! client_sdk in a sentence.\nuse client_sdk::Client;\n";
        let tree = Tree::of(&[
            ("server/src/demo/rep.rs", text),
            ("server/src/hub/gate.rs", text),
            ("tests/src/device.rs", text),
        ]);
        let findings = only_the_demo_is_a_client(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].file.as_str(), findings[0].line), ("server/src/hub/gate.rs", 2));
    }
}
