//! The folder of golden files, and what to say when one differs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Columns of a `.hex` file.
const HEX_COLUMNS: usize = 64;

const ADVICE: &str = "The wire differs from its golden bytes. Version 1 may change only while it is unreleased: \
    then run `UPDATE_VECTORS=1 cargo test -p sync-protocol`, bring PROTOCOL.md into step and review the \
    difference. Once it is released, undo the change or make a new protocol version.";

fn updating() -> bool {
    std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1")
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("vectors/{file}: {error}. {ADVICE}"))
}

fn write(file: &str, text: &str) {
    fs::write(path(file), text).unwrap_or_else(|error| panic!("vectors/{file} cannot be written: {error}"));
}

/// Lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of hexadecimal text; white space is ignored.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    digits.chunks(2).map(|pair| byte(pair).unwrap_or_else(|| panic!("{text:.80}: not hexadecimal"))).collect()
}

/// Asserts that a `.hex` file holds `bytes`, or writes it.
pub(crate) fn check_bytes(name: &str, bytes: &[u8]) {
    let file = format!("{name}.hex");
    let digits = hex(bytes);
    if updating() {
        let lines: Vec<&str> = (0..digits.len())
            .step_by(HEX_COLUMNS)
            .map(|at| &digits[at..digits.len().min(at + HEX_COLUMNS)])
            .collect();
        write(&file, &format!("{}\n", lines.join("\n")));
    }
    let golden = hex(&unhex(&read(&file)));
    assert!(golden == digits, "vectors/{file}\n  golden {golden}\n  now    {digits}\n{ADVICE}");
}

/// Asserts that a `.json` file holds `value`, or writes it.
pub(crate) fn check_json(name: &str, value: &Value) {
    let file = format!("{name}.json");
    if updating() {
        write(&file, &format!("{value:#}\n"));
    }
    let golden: Value = serde_json::from_str(&read(&file)).expect("a golden file is JSON");
    assert!(golden == *value, "vectors/{file}\n  golden {golden}\n  now    {value}\n{ADVICE}");
}

/// Asserts that the folder holds these files and no other ones of their endings, or makes it so.
pub(crate) fn check_names(pairs: &BTreeSet<String>, tables: &[&str]) {
    let endings = [".hex", ".json"];
    let entries = fs::read_dir(path("")).expect("the folder of vectors exists");
    let names =
        entries.map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned());
    let present: BTreeSet<String> =
        names.filter(|name| endings.iter().any(|end| name.ends_with(end))).collect();
    let mut expected: BTreeSet<String> = tables.iter().map(|table| format!("{table}.json")).collect();
    expected.extend(pairs.iter().flat_map(|name| endings.map(|end| format!("{name}{end}"))));
    let strays: Vec<_> = present.difference(&expected).collect();
    if updating() {
        strays.iter().for_each(|name| fs::remove_file(path(name)).expect("a stray file can be removed"));
    } else {
        assert!(strays.is_empty(), "no message has these vectors: {strays:?}. {ADVICE}");
    }
}
