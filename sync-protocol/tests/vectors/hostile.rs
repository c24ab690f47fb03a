//! Damaged and oversized bytes: an error every time, never a panic, and little memory.

use sync_protocol::{
    Cursor, Cursors, DecodeError, DownloadAsk, ErrorCode, HeldDocument, PushedChange, PushedDocument,
    RepairAsk, SyncRequest, decode, decode_request, encode, limits,
};

use crate::golden::samples;
use crate::requests::{example, full, minimal};
use crate::values::{book, chunk, cursor, document};

#[test]
fn every_truncation_is_an_error() {
    for sample in samples() {
        for end in 0..sample.bytes.len() {
            let result = sample.read(&sample.bytes[..end]);
            assert!(
                matches!(result, Err(DecodeError::Malformed(_))),
                "{} cut to {end}: {result:?}",
                sample.name
            );
        }
    }
}

#[test]
fn a_byte_too_many_is_an_error() {
    for sample in samples() {
        let longer = [sample.bytes.as_slice(), &[0]].concat();
        assert_eq!(sample.read(&longer), Err(DecodeError::Trailing(1)), "{}", sample.name);
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_another_value() {
    for sample in samples() {
        for bit in 0..sample.bytes.len() * 8 {
            let mut flipped = sample.bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Ok or an error, both are fine: what counts is that this returns.
            let _either = sample.read(&flipped);
            let _either = decode_request(&flipped);
        }
    }
}

#[test]
fn truncated_requests_are_errors_at_the_gate() {
    let bytes = encode(&full());
    for end in 0..bytes.len() {
        assert!(matches!(decode_request(&bytes[..end]), Err(DecodeError::Malformed(_))), "cut to {end}");
    }
    let longer = [bytes, vec![0]].concat();
    assert_eq!(decode_request(&longer), Err(DecodeError::Trailing(1)));
}

fn too_large(request: &SyncRequest, what: &str) {
    let error = decode_request(&encode(request)).expect_err(what);
    assert_eq!(error.code(), ErrorCode::TooLarge);
    assert!(matches!(error, DecodeError::TooLarge { what: found, .. } if found == what), "{what}: {error}");
}

fn taken(request: &SyncRequest) {
    assert_eq!(decode_request(&encode(request)).as_ref(), Ok(request));
}

fn small_push(changes: usize) -> PushedDocument {
    let change = PushedChange { bytes: chunk(1), replaces: None };
    PushedDocument { changes: vec![change; changes], ..example().pushes.remove(0) }
}

#[test]
fn lists_are_limited() {
    let pushes = |count| SyncRequest { pushes: vec![small_push(1); count], ..minimal() };
    taken(&pushes(limits::PUSHED_DOCUMENTS));
    too_large(&pushes(limits::PUSHED_DOCUMENTS + 1), "pushed documents");

    let changes = |count| SyncRequest { pushes: vec![small_push(count)], ..minimal() };
    taken(&changes(limits::PUSHED_CHANGES));
    too_large(&changes(limits::PUSHED_CHANGES + 1), "changes of one document");

    let books = |count| SyncRequest { cursors: Cursors::List(vec![cursor(); count]), ..minimal() };
    taken(&books(limits::LISTED_BOOKS));
    too_large(&books(limits::LISTED_BOOKS + 1), "books");

    let ask = DownloadAsk { book: book(), token: None };
    let downloads = |count| SyncRequest { downloads: vec![ask; count], ..minimal() };
    taken(&downloads(limits::LISTED_BOOKS));
    too_large(&downloads(limits::LISTED_BOOKS + 1), "downloads");

    let nothing = RepairAsk { book: book(), held: Vec::new() };
    let repairs = |count| SyncRequest { repairs: vec![nothing.clone(); count], ..minimal() };
    taken(&repairs(limits::LISTED_BOOKS));
    too_large(&repairs(limits::LISTED_BOOKS + 1), "books to repair");

    let half = |count| RepairAsk { book: book(), held: vec![held(); count] };
    let documents = |count| SyncRequest { repairs: vec![half(count), half(10_000)], ..minimal() };
    taken(&documents(limits::REPAIR_DOCUMENTS - 10_000));
    too_large(&documents(limits::REPAIR_DOCUMENTS - 9_999), "documents to repair");

    let proved = full().pushes.remove(2);
    let proof = proved.proofs.clone().unwrap_or_default().remove(0);
    let proofs = |count| {
        let push = PushedDocument { proofs: Some(vec![proof.clone(); count]), ..proved.clone() };
        SyncRequest { pushes: vec![push], ..minimal() }
    };
    taken(&proofs(limits::PROOFS));
    too_large(&proofs(limits::PROOFS + 1), "proofs of one document");
}

fn held() -> HeldDocument {
    HeldDocument { document: document(), state: 1 }
}

#[test]
fn bytes_are_limited_before_anything_is_read() {
    let zeros = vec![0; limits::REQUEST_BYTES + 1];
    let expected = DecodeError::TooLarge { what: "bytes", found: zeros.len(), max: limits::REQUEST_BYTES };
    assert_eq!(decode_request(&zeros), Err(expected.clone()));
    assert_eq!(decode::<Cursor>(&zeros, limits::REQUEST_BYTES), Err(expected));

    let mut request = example();
    request.pushes[0].changes[0].bytes = vec![0x85; limits::REQUEST_BYTES].into();
    too_large(&request, "bytes");
    let overhead = encode(&request).len() - limits::REQUEST_BYTES;
    request.pushes[0].changes[0].bytes = vec![0x85; limits::REQUEST_BYTES - overhead].into();
    taken(&request);
}

#[test]
fn many_tiny_items_are_refused_before_they_take_memory() {
    // Two bytes each on the wire, 64 in memory.
    let tiny = PushedChange { bytes: Vec::new().into(), replaces: None };
    let mut request = example();
    request.pushes[0].changes = vec![tiny; limits::REQUEST_ITEMS / 2];
    too_large(&request, "items");
}

#[test]
fn a_field_of_tomorrow_is_passed_over_and_open_lengths_are_not() {
    let known = encode(&SyncRequest { closed_days: None, report: None, ..full() });
    assert_eq!(known[0], 0x8c, "twelve fields");
    let with = |tail: &[u8]| {
        let mut bytes = known.clone();
        bytes[0] = 0x8f;
        bytes.extend([0xf6, 0xf6]);
        bytes.extend(tail);
        decode_request(&bytes)
    };
    assert_eq!(
        with(&[0x83, 0x01, 0x61, 0x61, 0x41, 0xff]),
        Ok(SyncRequest { closed_days: None, report: None, ..full() })
    );
    for (what, tail) in [
        ("open array", &[0x9f, 0x01, 0xff][..]),
        ("open bytes", &[0x5f, 0x41, 0x00, 0xff]),
        ("map", &[0xa1, 0x01, 0x02]),
        ("tag", &[0xc1, 0x01]),
        ("float", &[0xf9, 0x3c, 0x00]),
        ("undefined", &[0xf7]),
    ] {
        assert!(matches!(with(tail), Err(DecodeError::Malformed(_))), "{what}");
    }
}

#[test]
fn another_version_is_told_to_upgrade_whatever_follows() {
    let newer = encode(&SyncRequest { protocol: 2, ..minimal() });
    assert_eq!(decode_request(&newer), Err(DecodeError::Version(2)));
    for (bytes, version) in [
        (&[0x81, 0x00][..], 0),
        (&[0x82, 0x02, 0xa0], 2),
        (&[0x9f, 0x02, 0xff], 2),
        (&[0x81, 0x19, 0xff, 0xff], u16::MAX),
        (&[0x81, 0x1a, 0xff, 0xff, 0xff, 0xff], u16::MAX),
        (&[0x81, 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], u16::MAX),
    ] {
        let error = decode_request(bytes).expect_err("another version");
        assert_eq!(error, DecodeError::Version(version));
        assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    }
    for nonsense in [&[][..], &[0x80], &[0x81, 0x20], &[0x81, 0x61, 0x31], &[0x01], &[0xa1, 0x00, 0x01]] {
        assert!(matches!(decode_request(nonsense), Err(DecodeError::Malformed(_))), "{nonsense:?}");
    }
}
