//! The neutral JSON form of PROTOCOL.md's appendix: field names as documented, bytes as hexadecimal.

use document_model::{Actor, BookId, ChangeHash, DeviceId, DocumentId, Kind, UnitCode};
use minicbor::bytes::ByteVec;
use serde_json::{Map, Value};
use sync_protocol::{
    ActorOrigin, BookPage, BookTitle, Cursor, Cursors, DayResult, DeviceReport, Digest, DownloadAsk,
    DownloadToken, DownloadedDocument, Entry, EntryBody, ErrorCode, HeldDocument, Payload, Poke, Proof,
    PushResult, PushedChange, PushedDocument, RefusalCode, RepairAsk, Replacement, Statement, StreamState,
    StreamStatus, SyncRequest, SyncResponse, WipeReceipt, WireError,
};

use crate::folder::hex;

/// The largest integer that every JSON reader keeps exactly.
const EXACT: i128 = 1 << 53;

/// A value that has the neutral form.
pub(crate) trait Neutral {
    /// The name PROTOCOL.md gives the type.
    const NAME: &'static str;
    /// The variants of an enumeration, in the order of their numbers.
    const VARIANTS: &'static [&'static str] = &[];

    /// The value in the neutral form.
    fn neutral(&self) -> Value;
}

fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

macro_rules! integers {
    ($($type:ident)*) => {$(
        impl Neutral for $type {
            const NAME: &'static str = stringify!($type);

            fn neutral(&self) -> Value {
                let wide = i128::from(*self);
                if (-EXACT..=EXACT).contains(&wide) { Value::from(*self) } else { Value::from(wide.to_string()) }
            }
        }
    )*};
}

macro_rules! identifiers {
    ($($type:ident)*) => {$(
        impl Neutral for $type {
            const NAME: &'static str = stringify!($type);

            fn neutral(&self) -> Value {
                Value::from(hex(&self.0))
            }
        }
    )*};
}

/// Enumerations without payload: a bare number on the wire, the variant's name here.
macro_rules! names {
    ($($type:ident { $($variant:ident)* })*) => {
        /// The bare enumerations.
        pub(crate) const BARE: &[&str] = &[$(stringify!($type)),*];
        $(impl Neutral for $type {
            const NAME: &'static str = stringify!($type);
            const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),*];

            fn neutral(&self) -> Value {
                match self { $(Self::$variant => Value::from(stringify!($variant)),)* }
            }
        }
    )*};
}

/// Structures; `key` is the field in Rust, `field` its name here.
macro_rules! structures {
    ($($type:ident { $($key:tt $(: $field:ident)?),* })*) => {
        /// Each structure and its fields in the order of their numbers.
        pub(crate) const STRUCTURES: &[(&str, &[&str])] = &[$((stringify!($type), &[$(field_name!($key $($field)?)),*])),*];
        $(impl Neutral for $type {
            const NAME: &'static str = stringify!($type);

            fn neutral(&self) -> Value {
                // Names every field, so that a new one cannot be forgotten here.
                let Self { $($key: _),* } = self;
                object([$((field_name!($key $($field)?), self.$key.neutral())),*])
            }
        }
    )*};
}

macro_rules! field_name {
    ($key:tt) => {
        stringify!($key)
    };
    ($key:tt $field:ident) => {
        stringify!($field)
    };
}

/// Enumerations with payload.
macro_rules! variants {
    ($($type:ident { $($variant:ident { $($key:tt : $field:ident),* })* })*) => {
        /// The enumerations with fields.
        pub(crate) const WITH_FIELDS: &[&str] = &[$(stringify!($type)),*];
        $(impl Neutral for $type {
            const NAME: &'static str = stringify!($type);
            const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),*];

            fn neutral(&self) -> Value {
                match self {$(
                    Self::$variant { $($key: $field),* } => {
                        let fields: Vec<(&'static str, Value)> = vec![$((stringify!($field), $field.neutral())),*];
                        let payload = if fields.is_empty() { Value::Null } else { object(fields) };
                        object([(stringify!($variant), payload)])
                    }
                )*}
            }
        }
    )*};
}

integers! { u8 u16 u32 u64 i32 i64 }
identifiers! { DocumentId BookId DeviceId Actor ChangeHash }

names! {
    Kind { Customer Policy PolicyRecord Product Schema }
    StreamStatus { Current Stale }
    DayResult { Noted NotYet TooOld NotARep }
    RefusalCode { NotYours HeadquartersOnly TooLarge Malformed ForeignActor NotPermitted Erased WrongKind }
    ErrorCode {
        Malformed TooLarge UpgradeNeeded SignInNeeded DeviceRevoked NotAllowed Busy StorageFailed Internal SlowDown
    }
}

structures! {
    SyncRequest {
        protocol, schema, device, stream, cursors, pushes, downloads, repairs, complete_up_to_ms, bundle_version,
        page_bytes, wiped, closed_days, report
    }
    DeviceReport { version, unsent, tray }
    StreamState { actor, current, next }
    Cursor { book, epoch, seq, check }
    PushedDocument { document, kind, lineage, book, changes, proofs }
    Proof { statement, index, of, path, receipt }
    PushedChange { bytes, replaces }
    DownloadAsk { book, token }
    DownloadToken { as_of, last_used, revisited }
    RepairAsk { book, held }
    HeldDocument { document, state }
    WipeReceipt { order, unsent }
    SyncResponse {
        protocol, hub_time_ms, stream, results, books, gone, origins, list_cursors, wipe, receipt, day_results
    }
    Replacement { replaced, by }
    BookPage { book, title, downloaded, download, entries, cursor, more, digest }
    BookTitle { name, read_only }
    Digest { 0: first, 1: second }
    DownloadedDocument { document, kind, lineage, snapshot, selling_rep }
    Entry { seq, document, lineage, body, pushed }
    ActorOrigin { actor, user, device }
    Poke { book, seq }
    WireError { code, retry_after_ms }
}

variants! {
    Cursors { List { 0: cursors } Hash { 0: hash } }
    PushResult {
        Accepted {}
        Need { parents: parents }
        Superseded { lineage: lineage }
        Replaced { pairs: pairs }
        Fork {}
        StaleStream {}
        Refused { code: code, from: from }
        Held { code: code }
        Retry {}
    }
    Statement {
        History { document: document, lineage: lineage, heads: heads }
        Origin { 0: origin }
    }
    EntryBody {
        Changes { arrived_ms: arrived_ms, payload: payload }
        Snapshot { kind: kind, snapshot: snapshot }
        Joined { kind: kind, heads: heads, snapshot: snapshot, selling_rep: selling_rep }
        Left {}
        Redirected { to: to }
        Erased {}
    }
    Payload { Raw { 0: changes } Bundle { 0: bundle } Snapshot { 0: snapshot } Known { 0: hashes } }
}

impl Neutral for bool {
    const NAME: &'static str = "bool";

    fn neutral(&self) -> Value {
        Value::from(*self)
    }
}

impl Neutral for String {
    const NAME: &'static str = "text";

    fn neutral(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Neutral for UnitCode {
    const NAME: &'static str = "text";

    fn neutral(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Neutral for ByteVec {
    const NAME: &'static str = "bytes";

    fn neutral(&self) -> Value {
        Value::from(hex(self))
    }
}

impl Neutral for [u8; 32] {
    const NAME: &'static str = "bytes";

    fn neutral(&self) -> Value {
        Value::from(hex(self))
    }
}

impl<T: Neutral> Neutral for Option<T> {
    const NAME: &'static str = T::NAME;

    fn neutral(&self) -> Value {
        self.as_ref().map_or(Value::Null, Neutral::neutral)
    }
}

impl<T: Neutral> Neutral for Vec<T> {
    const NAME: &'static str = T::NAME;

    fn neutral(&self) -> Value {
        Value::Array(self.iter().map(Neutral::neutral).collect())
    }
}
