//! Samples of what the hub sends: the response and its parts, pokes and errors.

use document_model::Kind;
use minicbor::bytes::ByteVec;
use sync_protocol::{
    ActorOrigin, BookPage, BookTitle, Cursor, DayResult, Digest, DownloadedDocument, Entry, EntryBody,
    ErrorCode, PROTOCOL_VERSION, Payload, Poke, PushResult, RefusalCode, Replacement, StreamStatus,
    SyncResponse, WireError,
};

use crate::neutral::Neutral;
use crate::sample::{Sample, each, snake, variant};
use crate::values::{
    actor, book, chunk, cursor, device, document, edit, hash, other_document, other_hash, receipt, token,
};

/// Every refusal code, in the order of its numbers.
const REFUSALS: [RefusalCode; 8] = [
    RefusalCode::NotYours,
    RefusalCode::HeadquartersOnly,
    RefusalCode::TooLarge,
    RefusalCode::Malformed,
    RefusalCode::ForeignActor,
    RefusalCode::NotPermitted,
    RefusalCode::Erased,
    RefusalCode::WrongKind,
];

/// Everything that may become of a closed day.
const DAY_RESULTS: [DayResult; 4] =
    [DayResult::Noted, DayResult::NotYet, DayResult::TooOld, DayResult::NotARep];

/// Every sample of a response and its parts, of pokes and of errors.
pub(crate) fn samples() -> Vec<Sample> {
    let mut all = vec![
        Sample::new("sync_response_nothing_new", nothing_new()),
        Sample::new("sync_response_example", example()),
        Sample::new("sync_response_full", full()),
        Sample::new("book_page_download", downloading()),
        Sample::new("book_page_entries", reading()),
        Sample::new("book_page_last", last()),
        Sample::new("book_title", title()),
        Sample::new("downloaded_document", downloaded()),
        Sample::new("downloaded_document_policy", downloaded_policy()),
        Sample::new("digest_value", digest()),
        Sample::new("entry", entry(813, changes(Payload::Raw(vec![edit()])))),
        Sample::new("entry_of_a_push", of_a_push()),
        Sample::new("replacement", pair()),
        Sample::new("actor_origin", origin()),
        Sample::new("poke", Poke { book: book(), seq: 812 }),
        Sample::new(
            "wire_error_retry_after",
            WireError { code: ErrorCode::SlowDown, retry_after_ms: Some(1500) },
        ),
        Sample::new("entry_body_joined_elsewhere", joined_elsewhere()),
    ];
    all.extend(each("stream_status", [StreamStatus::Current, StreamStatus::Stale]));
    all.extend(each("push_result", results()));
    all.extend(each("day_result", DAY_RESULTS));
    all.extend(each("refusal_code", REFUSALS));
    all.extend(each("entry_body", bodies()));
    all.extend(each("payload", payloads()));
    all.extend(each("error_code", ErrorCode::ALL));
    let errors = ErrorCode::ALL.map(|code| WireError { code, retry_after_ms: None });
    let name = |error: &WireError| format!("wire_error_{}", snake(&variant(&error.code.neutral())));
    all.extend(errors.into_iter().map(|error| Sample::new(name(&error), error)));
    all
}

fn nothing_new() -> SyncResponse {
    SyncResponse {
        protocol: PROTOCOL_VERSION,
        hub_time_ms: 1_780_000_000_123,
        stream: StreamStatus::Current,
        results: Vec::new(),
        books: Vec::new(),
        gone: Vec::new(),
        origins: Vec::new(),
        list_cursors: false,
        wipe: None,
        receipt: None,
        day_results: None,
    }
}

/// The answer to the worked example's request: entry 813 (joined) and 814 (the edit) are the
/// device's own and left out.
fn example() -> SyncResponse {
    let accepted = PushResult::Accepted;
    let cursor = Cursor { seq: 814, check: 0x0123_4567_89ab_cdef, ..cursor() };
    let page = BookPage { entries: Vec::new(), cursor: Some(cursor), ..last() };
    SyncResponse { results: vec![accepted], books: vec![page], receipt: Some(receipt()), ..nothing_new() }
}

/// A response that uses every field and every variant.
fn full() -> SyncResponse {
    SyncResponse {
        stream: StreamStatus::Stale,
        results: results(),
        books: vec![downloading(), reading(), last()],
        gone: vec![book()],
        origins: vec![origin()],
        list_cursors: true,
        wipe: Some(ByteVec::from(vec![0xd1, 0xd2, 0xd3, 0xd4])),
        receipt: Some(receipt()),
        day_results: Some(DAY_RESULTS.to_vec()),
        ..nothing_new()
    }
}

fn results() -> Vec<PushResult> {
    vec![
        PushResult::Accepted,
        PushResult::Need { parents: vec![hash(), other_hash()] },
        PushResult::Superseded { lineage: 2 },
        PushResult::Replaced { pairs: vec![pair(), Replacement { replaced: hash(), by: hash() }] },
        PushResult::Fork,
        PushResult::StaleStream,
        PushResult::Refused { code: RefusalCode::NotPermitted, from: 3 },
        PushResult::Held { code: RefusalCode::NotYours },
        PushResult::Retry,
    ]
}

fn bodies() -> Vec<EntryBody> {
    vec![
        changes(Payload::Raw(vec![edit()])),
        EntryBody::Snapshot { kind: Kind::Product, snapshot: chunk(0) },
        EntryBody::Joined { kind: Kind::Customer, heads: Vec::new(), snapshot: None, selling_rep: None },
        EntryBody::Left,
        EntryBody::Redirected { to: other_document() },
        EntryBody::Erased,
    ]
}

fn payloads() -> Vec<Payload> {
    vec![
        Payload::Raw(vec![edit(), chunk(1)]),
        Payload::Bundle(chunk(3)),
        Payload::Snapshot(chunk(0)),
        Payload::Known(vec![hash()]),
    ]
}

fn changes(payload: Payload) -> EntryBody {
    EntryBody::Changes { arrived_ms: 1_780_000_000_000, payload }
}

fn joined_elsewhere() -> EntryBody {
    EntryBody::Joined {
        kind: Kind::Policy,
        heads: vec![hash(), other_hash()],
        snapshot: Some(chunk(0)),
        selling_rep: Some("P001".into()),
    }
}

fn entry(seq: u64, body: EntryBody) -> Entry {
    Entry { seq, document: Some(document()), lineage: 1, body, pushed: None }
}

/// An entry about the second document that the request pushed.
fn of_a_push() -> Entry {
    Entry { document: None, pushed: Some(1), ..entry(813, changes(Payload::Raw(vec![edit()]))) }
}

/// A page of a first download.
fn downloading() -> BookPage {
    BookPage {
        book: book(),
        title: Some(title()),
        downloaded: vec![downloaded(), downloaded_policy()],
        download: Some(token(Some(other_document()))),
        entries: Vec::new(),
        cursor: None,
        more: true,
        digest: None,
    }
}

/// A page of a feed with an entry of every kind, and more to come.
fn reading() -> BookPage {
    let bodies = bodies().into_iter().chain([joined_elsewhere()]).chain(payloads().into_iter().map(changes));
    let entries = (814u64..).zip(bodies).map(|(seq, body)| entry(seq, body));
    let entries = [of_a_push()].into_iter().chain(entries).collect();
    BookPage { entries, cursor: Some(cursor()), ..page() }
}

/// The last page of a feed.
fn last() -> BookPage {
    let entries = vec![entry(813, changes(Payload::Known(vec![hash()])))];
    BookPage { entries, cursor: Some(cursor()), more: false, digest: Some(digest()), ..page() }
}

fn page() -> BookPage {
    BookPage { title: None, downloaded: Vec::new(), download: None, ..downloading() }
}

fn title() -> BookTitle {
    BookTitle { name: "김민수의 고객".to_owned(), read_only: false }
}

fn downloaded() -> DownloadedDocument {
    DownloadedDocument {
        document: document(),
        kind: Kind::Customer,
        lineage: 1,
        snapshot: chunk(0),
        selling_rep: None,
    }
}

fn downloaded_policy() -> DownloadedDocument {
    let selling_rep = Some("P001".into());
    DownloadedDocument { document: other_document(), kind: Kind::Policy, selling_rep, ..downloaded() }
}

fn digest() -> Digest {
    Digest(0xffff_ffff_ffff_fffe, 7)
}

fn pair() -> Replacement {
    Replacement { replaced: hash(), by: other_hash() }
}

pub(crate) fn origin() -> ActorOrigin {
    ActorOrigin { actor: actor(), user: "kim".to_owned(), device: device() }
}
