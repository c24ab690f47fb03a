//! Hostile changes, one by one: what TRAPS of the merge engine a device could try to push.

use document_model::limits::CHANGE_OPERATIONS;
use document_model::{Actor, Document, Kind};

use super::chunk::{Draft, chunk, column, hash_of, nulls, prefixed, run, signed, unsigned};

/// The stream that pushes.
pub const STREAM: Actor = Actor([7; 16]);

/// The operation of a customer's genesis that makes the notes, and the first that is free.
const NOTES_OP: u64 = 5;
const FIRST_OP: u64 = 8;
/// A number above those of all operations of a small document.
const FREE_OP: u64 = 100_000;

/// A hostile change.
#[derive(Debug, Clone)]
pub struct Payload {
    /// What it tries.
    pub name: &'static str,
    /// The change, for a new customer.
    pub change: Vec<u8>,
}

/// Every payload, each the first change of a new customer.
#[must_use]
pub fn payloads() -> Vec<Payload> {
    let mut payloads = Vec::new();
    let mut add = |name, change| payloads.push(Payload { name, change });
    add("a run of ten million", puts(10_000_000).write());
    add("a text of ten million empty characters", text(draft(), 10_000_000).write());
    add("a run without end", puts(1_000_000_000_000_000_000).write());
    add("three runs whose sum wraps", wrapping().write());
    add("nothing, without end", draft().with([(column::KEY_TEXT, nulls(u64::MAX >> 1))]).write());
    add("predecessors without end", endless_predecessors().write());
    add("one value of an exabyte", draft().with(value_of(1 << 60)).write());
    add("maps nested two thousand deep", nested(2_000).write());
    add("maps nested a hundred thousand deep", nested(100_000).write());
    for huge in [u64::MAX, 1 << 40, 1 << 31] {
        add("too many parents claimed", Draft { parents_claimed: Some(huge), ..draft() }.write());
        add("too many actors claimed", Draft { other_actors_claimed: Some(huge), ..draft() }.write());
        add("too many columns claimed", Draft { columns_claimed: Some(huge), ..draft() }.write());
        add("too long a message claimed", Draft { message_claimed: Some(huge), ..draft() }.write());
        add("a huge sequence number", Draft { seq: huge, ..puts(1) }.write());
        add("a huge operation number", Draft { start_op: huge, ..puts(1) }.write());
    }
    add("time before all time", Draft { time: i64::MIN, ..puts(1) }.write());
    add("sequence number zero", Draft { seq: 0, ..puts(1) }.write());
    add("an actor of ninety thousand bytes", Draft { actor: vec![7; 90_000], ..puts(1) }.write());
    add("an actor without bytes", Draft { actor: Vec::new(), ..puts(1) }.write());
    let actors = (0..5_000_u32).map(|number| number.to_be_bytes().repeat(4)).collect();
    add("five thousand actors", Draft { other_actors: actors, ..puts(1) }.write());
    add("bytes of tomorrow", Draft { extra: vec![1; 64], ..puts(1) }.write());
    add("an unknown action", draft().with(puts_of(1, &[99])).write());
    add("a column compressed", draft().with([(column::KEY_TEXT | 8, vec![0x03, 0])]).write());
    add("a compressed change", chunk(2, &zeros_deflated()));
    add("a saved document", Document::born(Kind::Customer).save());
    add("a chunk of no known type", chunk(9, &[0; 32]));
    add("a wrong checksum", wrong_checksum());
    add("no bytes", Vec::new());
    add("the first bytes alone", puts(1).write()[..9].to_vec());
    payloads
}

/// An empty change on a new customer.
fn draft() -> Draft {
    let heads = Document::born(Kind::Customer).heads();
    Draft::new(STREAM, 1, FIRST_OP, &heads)
}

/// So many writes of nothing to one key.
fn puts(count: i64) -> Draft {
    draft().with(puts_of(count, &[1]))
}

fn puts_of(count: i64, action: &[u8]) -> [(u64, Vec<u8>); 5] {
    [
        (column::KEY_TEXT, run(count, &prefixed(b"source"))),
        (column::INSERT, unsigned(count as u64)),
        (column::ACTION, run(count, action)),
        (column::VALUE_META, run(count, &[0])),
        (column::PREDECESSORS, run(count, &[0])),
    ]
}

/// Changes to a customer that keep to every cap, and add so many times twenty thousand characters that
/// are none to the notes: a few kilobytes that take seconds to read.
#[must_use]
pub fn heavy(customer: &Document, changes: u64) -> Vec<Vec<u8>> {
    let mut heads = customer.heads();
    let mut written = Vec::new();
    for number in 0..changes {
        let start_op = FREE_OP + number * CHANGE_OPERATIONS as u64;
        let draft = Draft::new(STREAM, number + 1, start_op, &heads);
        let change = text(draft, CHANGE_OPERATIONS as i64).write();
        heads = vec![hash_of(&change)];
        written.push(change);
    }
    written
}

/// A saved customer that never ends loading: no gate lets it come about, but a disk may hold anything.
#[must_use]
pub fn endless_document() -> Vec<u8> {
    let mut saved = Document::born(Kind::Customer).save();
    saved.extend(puts(i64::MAX >> 4).write());
    saved
}

/// So many characters that are none, added to the notes.
fn text(draft: Draft, count: i64) -> Draft {
    let (genesis, first) = (1, draft.start_op as i64);
    let columns = [
        (column::OBJECT_ACTOR, run(count, &[genesis])),
        (column::OBJECT_COUNTER, run(count, &unsigned(NOTES_OP))),
        (column::KEY_ACTOR, [nulls(1), run(count - 1, &[0])].concat()),
        (column::KEY_COUNTER, [signed(-2), signed(0), signed(first), run(count - 2, &[1])].concat()),
        (column::INSERT, [unsigned(0), unsigned(count as u64)].concat()),
        (column::ACTION, run(count, &[1])),
        (column::VALUE_META, run(count, &[6])),
        (column::PREDECESSORS, run(count, &[0])),
    ];
    Draft { other_actors: vec![vec![0; 16]], ..draft }.with(columns)
}

/// Runs whose lengths add up to a small number once they wrap.
fn wrapping() -> Draft {
    let runs = |value: &[u8]| [run(i64::MAX, value), run(i64::MAX, value), run(3, value)].concat();
    draft().with([
        (column::KEY_TEXT, runs(&prefixed(b"source"))),
        (column::INSERT, [unsigned(u64::MAX), unsigned(0), unsigned(3)].concat()),
        (column::ACTION, runs(&[1])),
        (column::VALUE_META, runs(&[0])),
        (column::PREDECESSORS, runs(&[0])),
    ])
}

/// One write that says it replaces more operations than there are.
fn endless_predecessors() -> Draft {
    let count = i64::MAX;
    draft().with([
        (column::KEY_TEXT, run(1, &prefixed(b"source"))),
        (column::INSERT, unsigned(1)),
        (column::ACTION, run(1, &[1])),
        (column::VALUE_META, run(1, &[0])),
        (column::PREDECESSORS, run(1, &unsigned(count as u64))),
        (column::PREDECESSOR_ACTOR, run(count, &[0])),
        (column::PREDECESSOR_COUNTER, run(count, &[1])),
    ])
}

/// One write of a text that is said to be this long and is not there.
fn value_of(length: u64) -> [(u64, Vec<u8>); 6] {
    let text = 6;
    [
        (column::KEY_TEXT, run(1, &prefixed(b"source"))),
        (column::INSERT, unsigned(1)),
        (column::ACTION, run(1, &[1])),
        (column::VALUE_META, run(1, &unsigned(length << 4 | text))),
        (column::VALUE, b"short".to_vec()),
        (column::PREDECESSORS, run(1, &[0])),
    ]
}

/// Maps, each inside the one before.
fn nested(depth: i64) -> Draft {
    let counters: Vec<u8> = (0..depth - 1).flat_map(|level| unsigned(FIRST_OP + level as u64)).collect();
    draft().with([
        (column::OBJECT_ACTOR, [nulls(1), run(depth - 1, &[0])].concat()),
        (column::OBJECT_COUNTER, [nulls(1), signed(1 - depth), counters].concat()),
        (column::KEY_TEXT, run(depth, &prefixed(b"m"))),
        (column::INSERT, unsigned(depth as u64)),
        (column::ACTION, run(depth, &[0])),
        (column::VALUE_META, run(depth, &[0])),
        (column::PREDECESSORS, run(depth, &[0])),
    ])
}

/// What a compressed change would hold: a small start of very many zeros.
fn zeros_deflated() -> Vec<u8> {
    // One block of DEFLATE with fixed codes: a zero, then copies of it.
    [&[0x63, 0x60][..], &[0; 4_000][..]].concat()
}

fn wrong_checksum() -> Vec<u8> {
    let mut change = puts(1).write();
    change[4] ^= 1;
    change
}
