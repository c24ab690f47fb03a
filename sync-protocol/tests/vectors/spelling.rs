//! What a decoder takes besides the golden spelling, and what it must refuse.

use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use sync_protocol::{
    Cursors, DecodeError, DownloadAsk, ErrorCode, Poke, PushResult, RefusalCode, WireError, decode, limits,
};

use crate::folder::{check_json, hex, unhex};
use crate::neutral::Neutral;
use crate::values::{book, hash};

/// The table of this file, by name.
pub(crate) const TABLE: &str = "spelling";

/// The tag and length of a book's id, then the id of the samples.
const BOOK: &str = "50303132333435363738393a3b3c3d3e3f";

fn read<T: Neutral + for<'b> Decode<'b, ()>>(text: &str) -> Result<T, DecodeError> {
    decode(&unhex(text), limits::RESPONSE_BYTES)
}

/// One spelling that is read as `expected`, though nobody writes it.
fn taken<T>(why: &str, text: &str, expected: T) -> Value
where
    T: Neutral + PartialEq + std::fmt::Debug + Encode<()> + for<'b> Decode<'b, ()>,
{
    assert_ne!(hex(&sync_protocol::encode(&expected)), text, "{why}: this is the usual spelling");
    assert_eq!(read::<T>(text), Ok(expected), "{why}");
    json!({ "why": why, "message": T::NAME, "hex": text, "value": read::<T>(text).expect("just read").neutral() })
}

/// One spelling that is refused.
fn refused<T: Neutral + for<'b> Decode<'b, ()>>(why: &str, text: &str) -> Value {
    assert!(read::<T>(text).is_err(), "{why}");
    json!({ "why": why, "message": T::NAME, "hex": text })
}

#[test]
fn unusual_spellings_are_taken_or_refused_as_documented() {
    let file = json!({ "taken": unusual(), "refused": wrong() });
    check_json(TABLE, &file);
}

fn unusual() -> Vec<Value> {
    let busy = || WireError { code: ErrorCode::Busy, retry_after_ms: None };
    let poke = || Poke { book: book(), seq: 812 };
    let ask = || DownloadAsk { book: book(), token: None };
    let need = PushResult::Need { parents: Vec::new() };
    vec![
        taken("an absent last field spelled null", "8207f6", busy()),
        taken("an absent last field spelled null", &format!("82{BOOK}f6"), ask()),
        taken("a field of a newer version at the end", "8307f600", busy()),
        taken(
            "newer fields: an array, a text, a byte string",
            &format!("85{BOOK}19032c820102616141ff"),
            poke(),
        ),
        taken("a newer field of a variant", "8202820500", PushResult::Superseded { lineage: 5 }),
        taken("a longer integer than needed", "811807", busy()),
        taken("a longer integer than needed", &format!("82{BOOK}1b000000000000032c"), poke()),
        taken("a longer length than needed", &format!("8258{}19032c", BOOK.replacen("50", "10", 1)), poke()),
        taken("a variant without fields, with one of a newer version", "82048100", PushResult::Fork),
        taken("whatever stands for the fields of a variant without any", "8204f6", PushResult::Fork),
        taken("longer array lengths than needed", "820198019800", need),
    ]
}

fn wrong() -> Vec<Value> {
    let id = hex(hash().as_bytes());
    vec![
        refused::<WireError>("nothing", ""),
        refused::<WireError>("a field is missing", "80"),
        refused::<WireError>("null where a value is required", "81f6"),
        refused::<WireError>("a number no error has", "8100"),
        refused::<WireError>("a number no error has", "810b"),
        refused::<WireError>("a map", "a10007"),
        refused::<WireError>("a byte after the end", "810700"),
        refused::<WireError>("beyond 32 bits", "82071b0000000100000000"),
        refused::<WireError>("a negative number", "820720"),
        refused::<WireError>("a float", "8207f93c00"),
        refused::<WireError>("undefined is not null", "8207f7"),
        refused::<Poke>("an id of 15 bytes", "824f303132333435363738393a3b3c3d3e19032c"),
        refused::<Poke>("an id of 17 bytes", "8251303132333435363738393a3b3c3d3e3f4019032c"),
        refused::<Poke>("an id of open length", &format!("825f{BOOK}ff19032c")),
        refused::<Poke>("an id as text", &format!("82{}19032c", BOOK.replacen("50", "70", 1))),
        refused::<Poke>("a tag", &format!("82{BOOK}c119032c")),
        refused::<PushResult>("a variant without its array of fields", "8104"),
        refused::<PushResult>("a bare number for a variant with payload", "04"),
        refused::<PushResult>("a number no variant has", "820980"),
        refused::<PushResult>("three elements", "83048000"),
        refused::<PushResult>("the fields of another variant", "820281420102"),
        refused::<PushResult>("a variant of open length", "9f0480ff"),
        refused::<Cursors>("a hash of 31 bytes", &format!("820181581f{}", &id[..62])),
        refused::<RefusalCode>("an array for a bare number", "8101"),
    ]
}
