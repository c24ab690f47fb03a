//! Where things are and what goes together: module docs, twins, the protocol document.

use super::Finding;
use super::scan::has_word;
use super::tree::{File, Tree};
use std::collections::BTreeMap;

/// The storage backends.
const BACKENDS: [&str; 2] = ["server/src/storage/sqlite/", "server/src/storage/postgres/"];
/// Their migrations.
const MIGRATIONS: [&str; 2] = ["migrations/sqlite/", "migrations/postgres/"];

/// The wire messages, as one file or as a folder.
const MESSAGES: [&str; 2] = ["sync-protocol/src/message.rs", "sync-protocol/src/message/"];
/// The description of the wire.
const PROTOCOL: &str = "sync-protocol/PROTOCOL.md";

/// Every Rust file in a crate's `src` starts with a sentence about itself.
pub(super) fn modules_say_what_they_are(tree: &Tree) -> Vec<Finding> {
    let in_src = |file: &&File| file.path.split('/').nth(1) == Some("src");
    let says = |file: &&File| {
        let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty())
    };
    let advice = "start the file with a `//!` sentence: what it promises and why it is here";
    let silent = tree.rust().filter(in_src).filter(|file| !says(file));
    silent.map(|file| Finding::error(&file.path, 1, advice)).collect()
}

/// Once both storage backends exist, they have the same file names.
pub(super) fn storage_backends_are_twins(tree: &Tree) -> Vec<Finding> {
    let names = |folder: &'static str| {
        let name = move |file: &File| (file.path[folder.len()..].to_owned(), file.path.clone());
        tree.under(folder).map(name).collect()
    };
    without_twin(BACKENDS, BACKENDS.map(names), "file")
}

/// Once both folders of migrations exist, they have the same numbers, each once.
pub(super) fn migrations_are_twins(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let numbers = MIGRATIONS.map(|folder| {
        let mut numbers = BTreeMap::new();
        for file in tree.under(folder).filter(|file| file.path.ends_with(".sql")) {
            let Some(number) = migration_number(&file.path[folder.len()..]) else {
                findings.push(Finding::error(&file.path, 1, "name the migration NNNN_what.sql"));
                continue;
            };
            if let Some(other) = numbers.insert(number.to_owned(), file.path.clone()) {
                let advice = format!("has the number of {other}; give the newer one the next number");
                findings.push(Finding::error(&file.path, 1, advice));
            }
        }
        numbers
    });
    findings.extend(without_twin(MIGRATIONS, numbers, "number"));
    findings
}

/// Migrations of one number make the same tables and columns for both backends.
pub(super) fn migrations_make_the_same_tables(tree: &Tree) -> Vec<Finding> {
    let mut made = [const { BTreeMap::new() }; 2];
    for (made, folder) in made.iter_mut().zip(MIGRATIONS) {
        for file in tree.under(folder).filter(|file| file.path.ends_with(".sql")) {
            let number = migration_number(&file.path[folder.len()..]).unwrap_or_default();
            for column in columns_made(&file.text) {
                made.insert(format!("{number} {column}"), file.path.clone());
            }
        }
    }
    without_twin(MIGRATIONS, made, "column")
}

/// The columns that tables get in a migration, each as `table.column`.
fn columns_made(sql: &str) -> Vec<String> {
    let (mut made, mut table) = (Vec::new(), None);
    for line in sql.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), table) {
            (Some("CREATE"), _) if words.next() == Some("TABLE") => table = words.next(),
            (Some("ALTER"), _) => {
                let words: Vec<_> = words.collect();
                if let ["TABLE", table, "ADD", "COLUMN", column, ..] = words[..] {
                    made.push(format!("{table}.{column}"));
                }
            }
            (Some(word), Some(_)) if word.starts_with(')') => table = None,
            (Some(word), Some(table)) if word.starts_with(|first: char| first.is_ascii_lowercase()) => {
                made.push(format!("{table}.{word}"));
            }
            _ => {}
        }
    }
    made
}

/// Every message type is described in PROTOCOL.md.
pub(super) fn protocol_document_is_in_step(tree: &Tree) -> Vec<Finding> {
    let document = tree.file(PROTOCOL).map_or("", |file| file.text.as_str());
    let is_message = |file: &&File| file.path == MESSAGES[0] || file.path.starts_with(MESSAGES[1]);
    let mut findings = Vec::new();
    for file in tree.rust().filter(is_message) {
        for (index, line) in file.code().lines().enumerate() {
            if let Some(name) = public_type(line).filter(|name| !has_word(document, name)) {
                let advice = format!("describe `{name}` in {PROTOCOL}, or make it private");
                findings.push(Finding::error(&file.path, index + 1, advice));
            }
        }
    }
    findings
}

/// The four or more digits before `_what.sql`.
fn migration_number(name: &str) -> Option<&str> {
    let (number, what) = name.split_once('_')?;
    let digits = number.len() >= 4 && number.chars().all(|c| c.is_ascii_digit());
    (digits && what.len() > ".sql".len()).then_some(number)
}

/// The name of the public struct or enum that a line declares.
fn public_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// What is in one of two folders only, each as key and path. Nothing while one of them is empty.
fn without_twin(folders: [&str; 2], contents: [BTreeMap<String, String>; 2], what: &str) -> Vec<Finding> {
    if contents.iter().any(BTreeMap::is_empty) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (own, other) in [(0, 1), (1, 0)] {
        for (key, path) in contents[own].iter().filter(|(key, _)| !contents[other].contains_key(*key)) {
            let advice = format!("{} has no {what} `{key}`; the two go together", folders[other]);
            findings.push(Finding::error(path, 1, advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of the findings.
    fn files(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.file.as_str()).collect()
    }

    #[test]
    fn a_module_without_a_sentence_is_shown() {
        let tree = Tree::of(&[
            ("server/src/good.rs", "//! What it does.\n"),
            ("server/src/late.rs", "use a;\n//! What it does.\n"),
            ("server/src/empty.rs", "//! \n"),
            ("server/build.rs", "fn main() {}\n"),
        ]);
        assert_eq!(files(&modules_say_what_they_are(&tree)), ["server/src/late.rs", "server/src/empty.rs"]);
    }

    #[test]
    fn backends_are_compared_once_both_exist() {
        let one = [("server/src/storage/sqlite/feed.rs", ""), ("server/src/storage/sqlite/mod.rs", "")];
        assert_eq!(storage_backends_are_twins(&Tree::of(&one)), []);
        let both = [one[0], one[1], ("server/src/storage/postgres/mod.rs", "")];
        let findings = storage_backends_are_twins(&Tree::of(&both));
        assert_eq!(files(&findings), ["server/src/storage/sqlite/feed.rs"]);
        assert!(findings[0].advice.starts_with("server/src/storage/postgres/ has no file `feed.rs`"));
    }

    #[test]
    fn migrations_share_numbers_not_names() {
        let twins = [("migrations/sqlite/0001_feed.sql", ""), ("migrations/postgres/0001_feeds.sql", "")];
        assert_eq!(migrations_are_twins(&Tree::of(&twins)), []);
        let more = [twins[0], twins[1], ("migrations/postgres/0002_books.sql", "")];
        assert_eq!(files(&migrations_are_twins(&Tree::of(&more))), ["migrations/postgres/0002_books.sql"]);
    }

    #[test]
    fn migrations_of_one_number_make_the_same_tables() {
        let sqlite =
            "-- feed\nCREATE TABLE feed (\n    book BLOB NOT NULL,\n    PRIMARY KEY (book)\n) STRICT;\n";
        let postgres = "CREATE TABLE feed (\n    book  BYTEA NOT NULL PRIMARY KEY\n);\nCREATE INDEX one ON feed (book);\n";
        let twins = [("migrations/sqlite/0001_a.sql", sqlite), ("migrations/postgres/0001_a.sql", postgres)];
        assert_eq!(migrations_make_the_same_tables(&Tree::of(&twins)), []);
        let later = ("migrations/postgres/0002_b.sql", "ALTER TABLE feed ADD COLUMN size BIGINT;\n");
        let findings = migrations_make_the_same_tables(&Tree::of(&[twins[0], twins[1], later]));
        assert_eq!(files(&findings), ["migrations/postgres/0002_b.sql"]);
        assert!(findings[0].advice.contains("no column `0002 feed.size`"), "{}", findings[0].advice);
    }

    #[test]
    fn a_migration_number_is_used_once_and_well_formed() {
        let tree = Tree::of(&[
            ("migrations/sqlite/0001_a.sql", ""),
            ("migrations/sqlite/0001_b.sql", ""),
            ("migrations/sqlite/two.sql", ""),
            ("migrations/sqlite/README.md", ""),
        ]);
        let findings = migrations_are_twins(&tree);
        assert_eq!(files(&findings), ["migrations/sqlite/0001_b.sql", "migrations/sqlite/two.sql"]);
    }

    #[test]
    fn a_message_missing_from_the_document_is_shown() {
        let messages = "pub struct Push<'a> {\n}\npub enum Reply {\n}\nstruct Inner;\n";
        let tree = Tree::of(&[(MESSAGES[0], messages), (PROTOCOL, "## Push\nA PushReply is no reply.")]);
        let findings = protocol_document_is_in_step(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 3);
        assert!(findings[0].advice.contains("`Reply`"));
    }
}
