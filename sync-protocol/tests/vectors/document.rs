//! PROTOCOL.md says what the code does: every table, limit, code and example is compared.

use std::collections::{BTreeMap, BTreeSet};

use document_model::limits as document_limits;
use serde_json::Value;
use sync_protocol::{Advice, ErrorCode, RefusalCode, http, limits};

use crate::folder::{hex, unhex};
use crate::golden::samples;
use crate::neutral::{BARE, Neutral, STRUCTURES, WITH_FIELDS};
use crate::sample::variant;

const TEXT: &str = include_str!("../../PROTOCOL.md");
const LIMITS_SOURCE: &str = include_str!("../../src/limits.rs");

/// The cells of each table row under the heading of a type, by type.
fn rows() -> BTreeMap<&'static str, Vec<Vec<&'static str>>> {
    let mut rows: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    let mut heading = "";
    for line in TEXT.lines() {
        if let Some(title) = line.strip_prefix('#') {
            heading = title.split('`').nth(1).filter(|_| title.starts_with("###")).unwrap_or_default();
        } else if let Some(cells) = line.strip_prefix('|') {
            rows.entry(heading).or_default().push(cells.split('|').map(str::trim).collect());
        }
    }
    rows
}

/// Number and name of each row of a type's table.
fn numbered(table: &[Vec<&str>]) -> Vec<(usize, String)> {
    let read = |row: &Vec<&str>| Some((row[0].parse().ok()?, row[1].trim_matches('`').to_owned()));
    table.iter().filter_map(read).collect()
}

#[test]
fn every_field_has_its_row_and_number() {
    let rows = rows();
    for (name, fields) in STRUCTURES {
        let expected: Vec<_> = fields.iter().map(|field| (*field).to_owned()).enumerate().collect();
        assert_eq!(numbered(&rows[name]), expected, "{name}");
    }
}

#[test]
fn every_variant_has_its_row_number_and_fields() {
    let rows = rows();
    for sample in samples() {
        let name = variant(&sample.value);
        let bare = BARE.contains(&sample.message);
        if !bare && !WITH_FIELDS.contains(&sample.message) {
            continue;
        }
        let number = usize::from(if bare { sample.bytes[0] } else { sample.bytes[1] });
        let table = &rows[sample.message];
        assert!(numbered(table).contains(&(number, name.clone())), "{}: {number} {name}", sample.message);
        if !bare {
            let row = table.iter().find(|row| row[1].trim_matches('`') == name).expect("found above");
            let documented: BTreeSet<_> = row[2].split('`').skip(1).step_by(2).map(str::to_owned).collect();
            let fields = sample.value[&name].as_object().map(|fields| fields.keys().cloned().collect());
            assert_eq!(documented, fields.unwrap_or_default(), "{}: {name}", sample.message);
        }
    }
    for name in BARE.iter().chain(WITH_FIELDS) {
        assert_eq!(BARE.contains(name), TEXT.contains(&format!("#### `{name}` (bare)")), "{name}");
        let seen: BTreeSet<_> =
            samples().iter().filter(|s| s.message == *name).map(|s| variant(&s.value)).collect();
        assert_eq!(numbered(&rows[name]).len(), seen.len(), "{name} has a row too many");
    }
}

#[test]
fn every_limit_is_there_by_value() {
    let wire = [
        ("REQUEST_BYTES", limits::REQUEST_BYTES),
        ("REQUEST_ITEMS", limits::REQUEST_ITEMS),
        ("RESPONSE_BYTES", limits::RESPONSE_BYTES),
        ("PUSHED_DOCUMENTS", limits::PUSHED_DOCUMENTS),
        ("PUSHED_CHANGES", limits::PUSHED_CHANGES),
        ("PROOFS", limits::PROOFS),
        ("LISTED_BOOKS", limits::LISTED_BOOKS),
        ("BOOKS_BEFORE_HASH", limits::BOOKS_BEFORE_HASH),
        ("REPAIR_DOCUMENTS", limits::REPAIR_DOCUMENTS),
        ("CLOSED_DAYS", limits::CLOSED_DAYS),
        ("PAGE_BYTES", limits::PAGE_BYTES),
        ("PAGE_BYTES_MIN", limits::PAGE_BYTES_MIN),
        ("PAGE_ENTRIES", limits::PAGE_ENTRIES),
        ("DOWNLOAD_DOCUMENTS", limits::DOWNLOAD_DOCUMENTS),
        ("SIGN_IN_TEXT_BYTES", limits::SIGN_IN_TEXT_BYTES),
        ("PAIRING_CODE_DIGITS", limits::PAIRING_CODE_DIGITS),
    ];
    let documents = [
        ("VALUE_BYTES", document_limits::VALUE_BYTES),
        ("KEY_BYTES", document_limits::KEY_BYTES),
        ("CHANGE_BYTES", document_limits::CHANGE_BYTES),
        ("CHANGE_OPERATIONS", document_limits::CHANGE_OPERATIONS),
        ("CHANGE_DEPENDENCIES", document_limits::CHANGE_DEPENDENCIES),
        ("DOCUMENT_BYTES", document_limits::DOCUMENT_BYTES),
    ];
    for (name, value) in wire.iter().chain(&documents) {
        assert!(TEXT.contains(&format!("| `{name}` | {value} |")), "{name} {value}");
    }
    let constants = LIMITS_SOURCE.lines().filter_map(|line| line.strip_prefix("pub const "));
    let named: BTreeSet<_> = constants.filter_map(|line| line.split(':').next()).collect();
    assert_eq!(named, wire.iter().map(|(name, _)| *name).collect(), "a limit is missing in this test");
}

#[test]
fn every_error_has_its_row() {
    for (code, number) in ErrorCode::ALL.into_iter().zip(1..) {
        let advice = match code.advice() {
            Advice::Retry => "retry",
            Advice::SignIn => "sign in",
            Advice::Upgrade => "upgrade",
            Advice::ShowPerson => "show a person",
        };
        let row = format!("| {number} | `{code:?}` | `{}` | {} | {advice} |", code.as_str(), code.status());
        assert!(TEXT.contains(&row), "{row}");
    }
}

#[test]
fn every_refusal_has_its_text() {
    use RefusalCode::*;
    let all =
        [NotYours, HeadquartersOnly, TooLarge, Malformed, ForeignActor, NotPermitted, Erased, WrongKind];
    assert_eq!(all.len(), RefusalCode::VARIANTS.len());
    for (code, number) in all.into_iter().zip(1..) {
        let row = format!("| {number} | `{code:?}` | `{}` |", code.as_str());
        assert!(TEXT.contains(&row), "{row}");
    }
}

#[test]
fn every_path_is_there() {
    for path in
        [http::SYNC_PATH, http::POKES_PATH, http::SIGN_IN_PATH, http::REFRESH_PATH, http::SIGN_OUT_PATH]
    {
        assert!(TEXT.contains(&format!("| `{path}` |")), "{path}");
    }
    assert!(TEXT.contains(&format!("`Content-Type: {}`", http::MEDIA_TYPE)));
}

/// The contents of the code blocks that begin with `fence`.
fn blocks(fence: &str) -> Vec<&'static str> {
    TEXT.split(fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_worked_example_is_the_vectors() {
    let code = |block: &&str| block.lines().filter_map(|line| line.split(';').next()).collect::<String>();
    let shown: Vec<_> = blocks("```hex\n").iter().map(|block| unhex(&code(block))).collect();
    let bytes =
        |name: &str| samples().into_iter().find(|sample| sample.name == name).expect("it exists").bytes;
    assert_eq!(shown, [bytes("sync_request_example"), bytes("sync_response_example")]);
    let length = format!("Content-Length: {}\n", shown[0].len());
    assert!(TEXT.contains(&length), "{length}");
}

#[test]
fn the_genesis_is_printed() {
    let born = document_model::Document::born(document_model::Kind::Customer);
    let head = born.heads()[0];
    let change = born.change(&head).expect("a head is in history");
    assert!(TEXT.contains(&format!("`{head}`")));
    let printed = blocks("```\n").into_iter().any(|block| {
        let digits: String = block.split_whitespace().collect();
        digits == hex(change.raw_bytes())
    });
    assert!(printed, "the bytes of the genesis change");
}

#[test]
fn every_golden_field_is_a_documented_one() {
    fn names<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                found.insert(name);
                names(value, found);
            }),
            _ => {}
        }
    }
    for sample in samples() {
        let mut found = BTreeSet::new();
        names(&sample.value, &mut found);
        let strange: Vec<_> = found.into_iter().filter(|name| !TEXT.contains(&format!("`{name}`"))).collect();
        assert!(strange.is_empty(), "{}: {strange:?}", sample.name);
    }
}
