//! Automerge change chunks written by hand: what no editing function would write, under a checksum that
//! is right.

use std::collections::BTreeMap;

use document_model::{Actor, ChangeHash};
use sha2::{Digest, Sha256};

/// The first bytes of every chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Where the chunk's type stands; its length follows.
const TYPE_AT: usize = 8;
/// The type of an uncompressed change.
const CHANGE: u8 = 1;

/// Columns of a change's operations, by the numbers of the format.
pub(super) mod column {
    pub(in super::super) const OBJECT_ACTOR: u64 = 0x01;
    pub(in super::super) const OBJECT_COUNTER: u64 = 0x02;
    pub(in super::super) const KEY_ACTOR: u64 = 0x11;
    pub(in super::super) const KEY_COUNTER: u64 = 0x13;
    pub(in super::super) const KEY_TEXT: u64 = 0x15;
    pub(in super::super) const INSERT: u64 = 0x34;
    pub(in super::super) const ACTION: u64 = 0x42;
    pub(in super::super) const VALUE_META: u64 = 0x56;
    pub(in super::super) const VALUE: u64 = 0x57;
    pub(in super::super) const PREDECESSORS: u64 = 0x70;
    pub(in super::super) const PREDECESSOR_ACTOR: u64 = 0x71;
    pub(in super::super) const PREDECESSOR_COUNTER: u64 = 0x73;
}

/// A change before it is written. Counts are what the chunk claims, whatever it holds.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) parents: Vec<ChangeHash>,
    pub(super) parents_claimed: Option<u64>,
    pub(super) actor: Vec<u8>,
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) message_claimed: Option<u64>,
    pub(super) other_actors: Vec<Vec<u8>>,
    pub(super) other_actors_claimed: Option<u64>,
    pub(super) columns: Vec<(u64, Vec<u8>)>,
    pub(super) columns_claimed: Option<u64>,
    pub(super) extra: Vec<u8>,
}

impl Draft {
    /// A change without operations.
    pub(super) fn new(actor: Actor, seq: u64, start_op: u64, parents: &[ChangeHash]) -> Self {
        Self {
            parents: parents.to_vec(),
            parents_claimed: None,
            actor: actor.0.to_vec(),
            seq,
            start_op,
            time: 0,
            message_claimed: None,
            other_actors: Vec::new(),
            other_actors_claimed: None,
            columns: Vec::new(),
            columns_claimed: None,
            extra: Vec::new(),
        }
    }

    /// With these columns too.
    pub(super) fn with(mut self, columns: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Self {
        self.columns.extend(columns);
        self.columns.sort_by_key(|(column, _)| *column);
        self
    }

    /// The chunk.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut body = unsigned(self.parents_claimed.unwrap_or(self.parents.len() as u64));
        self.parents.iter().for_each(|parent| body.extend(parent.0));
        body.extend(prefixed(&self.actor));
        body.extend(unsigned(self.seq));
        body.extend(unsigned(self.start_op));
        body.extend(signed(self.time));
        body.extend(unsigned(self.message_claimed.unwrap_or(0)));
        body.extend(unsigned(self.other_actors_claimed.unwrap_or(self.other_actors.len() as u64)));
        self.other_actors.iter().for_each(|actor| body.extend(prefixed(actor)));
        body.extend(unsigned(self.columns_claimed.unwrap_or(self.columns.len() as u64)));
        for (column, bytes) in &self.columns {
            body.extend(unsigned(*column));
            body.extend(unsigned(bytes.len() as u64));
        }
        self.columns.iter().for_each(|(_, bytes)| body.extend(bytes));
        body.extend(&self.extra);
        chunk(CHANGE, &body)
    }
}

/// A chunk of any type.
pub(super) fn chunk(chunk_type: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([0; 4]);
    bytes.push(chunk_type);
    bytes.extend(prefixed(body));
    seal(&mut bytes);
    bytes
}

/// Makes the checksum right again.
pub(super) fn seal(chunk: &mut [u8]) {
    let hash = hash_of(chunk);
    chunk[MAGIC.len()..TYPE_AT].copy_from_slice(&hash.0[..4]);
}

/// The hash that names a change.
pub(super) fn hash_of(chunk: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(&chunk[TYPE_AT..]).into())
}

/// Where the body of a chunk begins.
pub(super) fn body_at(chunk: &[u8]) -> usize {
    let length = chunk[TYPE_AT + 1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    TYPE_AT + 1 + length
}

/// Where its numbers and operations begin, behind parents (fewer than 128) and actor.
pub(super) fn operations_at(chunk: &[u8]) -> usize {
    let body = body_at(chunk);
    let actor = body + 1 + usize::from(chunk[body]) * 32;
    actor + 1 + usize::from(chunk[actor])
}

/// The same changes by another actor. One whose parents (fewer than 128) are among them names those as they
/// are now.
pub(super) fn by(actor: Actor, changes: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut renamed = BTreeMap::new();
    let rewritten = changes.iter().map(|change| {
        let mut bytes = change.clone();
        let (parents, end) = (body_at(change) + 1, operations_at(change));
        for parent in bytes[parents..end - actor.0.len() - 1].chunks_exact_mut(32) {
            if let Some(ChangeHash(now)) = renamed.get(parent) {
                parent.copy_from_slice(now);
            }
        }
        bytes[end - actor.0.len()..end].copy_from_slice(&actor.0);
        seal(&mut bytes);
        renamed.insert(hash_of(change).0.to_vec(), hash_of(&bytes));
        bytes
    });
    rewritten.collect()
}

/// An unsigned number, LEB128.
pub(super) fn unsigned(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A signed number, LEB128.
pub(super) fn signed(mut number: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A run of one value.
pub(super) fn run(count: i64, value: &[u8]) -> Vec<u8> {
    [signed(count), value.to_vec()].concat()
}

/// A run of nothing.
pub(super) fn nulls(count: u64) -> Vec<u8> {
    [vec![0], unsigned(count)].concat()
}

/// Bytes behind their length.
pub(super) fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [unsigned(bytes.len() as u64), bytes.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use document_model::{Change, Document, Kind, inspect_change};

    use super::super::mutant::{edit, scripts};
    use super::*;

    /// The writer writes what Automerge reads: else every payload would only show that nonsense is
    /// refused.
    #[test]
    fn a_plain_change_written_by_hand_is_read_and_applied() {
        let mut document = Document::born(Kind::Policy);
        let columns = [
            (column::KEY_TEXT, run(3, &prefixed(b"source"))),
            (column::INSERT, unsigned(3)),
            (column::ACTION, run(3, &[1])),
            (column::VALUE_META, run(3, &[0])),
            (column::PREDECESSORS, run(3, &[0])),
        ];
        let bytes = Draft::new(Actor([7; 16]), 1, 1, &[]).with(columns).write();
        let change = Change::from_bytes(bytes.clone()).expect("reads");
        assert_eq!((change.len(), change.raw_bytes()), (3, &bytes[..]));
        assert_eq!(change.hash().0[..4], bytes[4..8]);
        assert_eq!(inspect_change(Kind::Policy, &change), Ok(()));
        document.apply(vec![change]).expect("applies");
        assert!(Document::load(Kind::Policy, &document.save()).is_ok());
        assert_eq!(bytes[body_at(&bytes)], 0, "no parents");
        assert_eq!(bytes[operations_at(&bytes)..][..3], [1, 1, 0], "sequence number, first operation, time");
    }

    #[test]
    fn changes_by_another_actor_follow_each_other_and_do_the_same() {
        let [(kind, scripts), _] = scripts().expect("they parse");
        let (first, other) = (Actor([7; 16]), Actor([8; 16]));
        let (mut written, mut again) = (Document::born(kind), Document::born(kind));
        let changes = edit(&mut written, first, &scripts[..3].concat()).expect("edits");
        let by_other = by(other, &changes);
        let read = by_other.iter().map(|bytes| Change::from_bytes(bytes.clone()).expect("reads"));
        again.apply(read.collect()).expect("applies");
        assert_eq!(again.history(), by_other.iter().map(|bytes| hash_of(bytes)).collect::<Vec<_>>());
        assert_eq!((again.fields(), again.last_seq(first)), (written.fields(), 0));
        assert_eq!(again.last_seq(other), changes.len() as u64);
    }

    #[test]
    fn numbers_are_written_as_the_format_says() {
        assert_eq!(unsigned(624_485), [0xe5, 0x8e, 0x26]);
        assert_eq!(signed(-123_456), [0xc0, 0xbb, 0x78]);
        assert_eq!((unsigned(0), signed(64), signed(-1)), (vec![0], vec![0xc0, 0], vec![0x7f]));
    }
}
