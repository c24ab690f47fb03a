//! Encoding gives the golden bytes, and the golden bytes give the message.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{Author, Document, Entropy, Kind, Moment, Operation, parse_assignment};
use sync_protocol::{
    DayResult, ErrorCode, Payload, PushResult, RefusalCode, StreamStatus, WireError, decode, decode_request,
};

use crate::folder::{check_bytes, check_json, check_names, hex};
use crate::neutral::Neutral;
use crate::sample::{Sample, variant};
use crate::values::{EDIT, EDIT_HASH, actor};
use crate::{hashes, requests, responses, spelling};

/// Every sample there is.
pub(crate) fn samples() -> Vec<Sample> {
    requests::samples().into_iter().chain(responses::samples()).collect()
}

#[test]
fn every_message_has_its_golden_bytes() {
    for sample in samples() {
        check_bytes(&sample.name, &sample.bytes);
        check_json(&sample.name, &sample.file());
        assert_eq!(sample.read(&sample.bytes), Ok(true), "{}: reading gives another value", sample.name);
    }
}

#[test]
fn every_golden_file_has_its_message() {
    let names: Vec<_> = samples().into_iter().map(|sample| sample.name).collect();
    let tables = [hashes::TABLES, &[spelling::TABLE]].concat();
    let pairs: BTreeSet<_> = names.iter().cloned().collect();
    assert_eq!(pairs.len(), names.len(), "two samples share a name");
    assert!(tables.iter().all(|table| !pairs.contains(*table)), "a sample has the name of a table");
    check_names(&pairs, &tables);
}

#[test]
fn every_variant_has_golden_bytes_of_its_own() {
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for sample in samples() {
        seen.entry(sample.message).or_default().insert(variant(&sample.value));
    }
    let all = |name: &str, variants: &[&str]| {
        let expected: BTreeSet<String> = variants.iter().map(|variant| (*variant).to_owned()).collect();
        assert_eq!(seen.get(name), Some(&expected), "{name}");
    };
    all(sync_protocol::Cursors::NAME, sync_protocol::Cursors::VARIANTS);
    all(sync_protocol::Statement::NAME, sync_protocol::Statement::VARIANTS);
    all(sync_protocol::EntryBody::NAME, sync_protocol::EntryBody::VARIANTS);
    all(Payload::NAME, Payload::VARIANTS);
    all(PushResult::NAME, PushResult::VARIANTS);
    all(StreamStatus::NAME, StreamStatus::VARIANTS);
    all(DayResult::NAME, DayResult::VARIANTS);
    all(RefusalCode::NAME, RefusalCode::VARIANTS);
    all(ErrorCode::NAME, ErrorCode::VARIANTS);
    all(Kind::NAME, Kind::VARIANTS);
}

#[test]
fn the_hub_takes_every_golden_request() {
    for sample in samples().iter().filter(|sample| sample.message == "SyncRequest") {
        let request = decode_request(&sample.bytes).expect("a golden request is within every limit");
        assert_eq!(request.neutral(), sample.value, "{}", sample.name);
    }
}

#[test]
fn every_error_travels_with_its_number() {
    for (code, number) in ErrorCode::ALL.into_iter().zip(1u8..) {
        let bytes = [0x81, number];
        assert_eq!(decode(&bytes, bytes.len()), Ok(WireError { code, retry_after_ms: None }));
    }
}

/// Entropy for an edit that needs none.
struct Unused;

impl Entropy for Unused {
    fn sixteen(&mut self) -> [u8; 16] {
        [0; 16]
    }
}

#[test]
fn the_change_of_the_worked_example_is_real() {
    let mut customer = Document::born(Kind::Customer);
    let author = Author { actor: actor(), now: Moment(1_780_000_000_000) };
    let name = Operation::Set(parse_assignment(Kind::Customer, "name=Kim").expect("parses"));
    let edited = customer.edit(author, &[name], &mut Unused).expect("edits").expect("one change");
    assert_eq!(hex(edited.change.raw_bytes()), EDIT);
    assert_eq!(edited.hash.to_string(), EDIT_HASH);
}
