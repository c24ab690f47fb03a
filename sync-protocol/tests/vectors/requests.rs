//! Samples of what a device sends: the request and its parts.

use document_model::{BookId, Kind};
use minicbor::bytes::ByteVec;
use sync_protocol::{
    Cursor, Cursors, DeviceReport, DownloadAsk, HeldDocument, PROTOCOL_VERSION, Proof, PushedChange,
    PushedDocument, RepairAsk, SCHEMA_VERSION, Statement, StreamState, SyncRequest, WipeReceipt,
};

use crate::responses::origin;
use crate::sample::{Sample, each};
use crate::values::{
    actor, book, chunk, cursor, device, document, edit, hash, other_document, other_hash, receipt, token,
};

/// Every sample of a request and its parts.
pub(crate) fn samples() -> Vec<Sample> {
    let mut all = vec![
        Sample::new("sync_request_minimal", minimal()),
        Sample::new("sync_request_example", example()),
        Sample::new("sync_request_full", full()),
        Sample::new("sync_request_full_hash", SyncRequest { cursors: hashed(), ..full() }),
        Sample::new("stream_state_fresh", StreamState { actor: actor(), current: 0, next: 23 }),
        Sample::new("stream_state_later", stream()),
        Sample::new("cursor_begin", Cursor { book: BookId::SHARED, epoch: 0, seq: 0, check: 0 }),
        Sample::new("cursor_later", cursor()),
        Sample::new("pushed_document", pushed()),
        Sample::new("pushed_document_by_history", PushedDocument { document: None, ..pushed() }),
        Sample::new("pushed_change", PushedChange { bytes: edit(), replaces: None }),
        Sample::new("pushed_change_replaces", PushedChange { bytes: chunk(1), replaces: Some(hash()) }),
        Sample::new("download_ask_begin", DownloadAsk { book: book(), token: None }),
        Sample::new("download_ask_continue", DownloadAsk { book: book(), token: Some(token(None)) }),
        Sample::new("download_token_walking", token(None)),
        Sample::new("download_token_revisiting", token(Some(other_document()))),
        Sample::new("repair_ask", repair()),
        Sample::new("repair_ask_nothing_held", RepairAsk { book: book(), held: Vec::new() }),
        Sample::new("held_document", HeldDocument { document: document(), state: u64::MAX }),
        Sample::new("pushed_document_proved", proved()),
        Sample::new("proof", proof()),
        Sample::new("proof_of_origin", proof_of_origin()),
        Sample::new("wipe_receipt", wiped()),
        Sample::new("device_report", report()),
    ];
    all.extend(each("cursors_form", [Cursors::List(vec![cursor()]), hashed()]));
    all.push(Sample::new("cursors_form_list_empty", Cursors::List(Vec::new())));
    all.extend(each("statement", [statements().remove(0), Statement::Origin(origin())]));
    all.extend(each("kind", Kind::ALL));
    all
}

/// The first request of a new device.
pub(crate) fn minimal() -> SyncRequest {
    SyncRequest {
        protocol: PROTOCOL_VERSION,
        schema: SCHEMA_VERSION,
        device: device(),
        stream: StreamState { actor: actor(), current: 0, next: 23 },
        cursors: Cursors::List(Vec::new()),
        pushes: Vec::new(),
        downloads: Vec::new(),
        repairs: Vec::new(),
        complete_up_to_ms: None,
        bundle_version: None,
        page_bytes: 2 * 1024 * 1024,
        wiped: None,
        closed_days: None,
        report: None,
    }
}

/// The worked example: one new customer.
pub(crate) fn example() -> SyncRequest {
    let change = PushedChange { bytes: edit(), replaces: None };
    let push = PushedDocument {
        document: Some(document()),
        kind: Kind::Customer,
        lineage: 1,
        book: book(),
        changes: vec![change],
        proofs: None,
    };
    SyncRequest { cursors: Cursors::List(vec![cursor()]), pushes: vec![push], ..minimal() }
}

/// A request that uses every field.
pub(crate) fn full() -> SyncRequest {
    let news = PushedDocument { document: None, kind: Kind::Policy, lineage: 70_000, ..pushed() };
    SyncRequest {
        stream: stream(),
        cursors: Cursors::List(vec![
            Cursor { book: BookId::SHARED, epoch: 300, seq: 70_000, check: 24 },
            cursor(),
        ]),
        pushes: vec![pushed(), news, proved()],
        downloads: vec![
            DownloadAsk { book: book(), token: Some(token(Some(document()))) },
            DownloadAsk { book: BookId([0x77; 16]), token: None },
        ],
        repairs: vec![repair()],
        complete_up_to_ms: Some(1_780_000_000_000),
        bundle_version: Some(1),
        page_bytes: 65_536,
        wiped: Some(wiped()),
        closed_days: Some(vec![20_605, -1]),
        report: Some(report()),
        ..minimal()
    }
}

fn report() -> DeviceReport {
    DeviceReport { version: "0.1.0".to_owned(), unsent: 200, tray: 1 }
}

fn stream() -> StreamState {
    StreamState { actor: actor(), current: 0x0123_4567_89ab_cdef, next: (1 << 53) + 1 }
}

fn hashed() -> Cursors {
    Cursors::Hash(other_hash().0)
}

fn pushed() -> PushedDocument {
    let changes = vec![
        PushedChange { bytes: edit(), replaces: None },
        PushedChange { bytes: chunk(1), replaces: Some(hash()) },
    ];
    PushedDocument {
        document: Some(document()),
        kind: Kind::Customer,
        lineage: 1,
        book: book(),
        changes,
        proofs: None,
    }
}

fn repair() -> RepairAsk {
    let held = vec![
        HeldDocument { document: document(), state: 0x8000_0000_0000_0000 },
        HeldDocument { document: other_document(), state: 1 << 53 },
    ];
    RepairAsk { book: book(), held }
}

/// A document of a restored hub: somebody else's change, and an unsent one on it.
fn proved() -> PushedDocument {
    PushedDocument { proofs: Some(vec![proof(), proof_of_origin()]), ..pushed() }
}

/// The statements of a response, three of them.
pub(crate) fn statements() -> Vec<Statement> {
    let history = |document, heads| Statement::History { document, lineage: 1, heads };
    vec![
        history(document(), vec![hash()]),
        history(other_document(), vec![hash(), other_hash()]),
        Statement::Origin(origin()),
    ]
}

fn proof() -> Proof {
    Proof::of(&statements(), 0, &receipt()).expect("there")
}

fn proof_of_origin() -> Proof {
    Proof::of(&statements(), 2, &receipt()).expect("there")
}

fn wiped() -> WipeReceipt {
    WipeReceipt { order: ByteVec::from(vec![0xd1, 0xd2, 0xd3, 0xd4]), unsent: 20 }
}
