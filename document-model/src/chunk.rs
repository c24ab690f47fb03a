//! What the head of a chunk says, read without decoding the rest.

use sha2::{Digest, Sha256};

use crate::{Actor, ChangeHash};

/// Magic bytes and checksum come before the type, and that before the length of the rest.
const TYPE_AT: usize = 8;
const LENGTH_AT: usize = 9;
/// The type of a saved document's chunk.
const DOCUMENT: u8 = 0;
/// Bytes of a parent's hash.
const HASH_BYTES: usize = 32;
/// Bytes of the longest number in a chunk's head.
const NUMBER_BYTES: usize = 10;

/// The first parent that an uncompressed change names; `None` when it names none, or when the bytes
/// are too short to be a change. Looks at the head alone: whether the rest is a change is for others
/// to find out.
#[must_use]
pub fn first_parent(chunk: &[u8]) -> Option<ChangeHash> {
    let (_length, rest) = number(chunk.get(LENGTH_AT..)?)?;
    let (parents, rest) = number(rest)?;
    let first = rest.first_chunk::<HASH_BYTES>()?;
    (parents > 0).then_some(ChangeHash(*first))
}

/// The actor that an uncompressed change says it is of, read from its head alone.
#[must_use]
pub fn change_actor(chunk: &[u8]) -> Option<Actor> {
    let (_length, rest) = number(chunk.get(LENGTH_AT..)?)?;
    let (parents, rest) = number(rest)?;
    let parents = usize::try_from(parents).ok()?.checked_mul(HASH_BYTES)?;
    let (bytes, rest) = number(rest.get(parents..)?)?;
    Actor::from_slice(rest.get(..usize::try_from(bytes).ok()?)?)
}

/// The hash of an uncompressed change: SHA-256 over its bytes from the type on.
#[must_use]
pub fn change_hash(chunk: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(chunk.get(TYPE_AT..).unwrap_or_default()).into())
}

/// The heads that a saved document says it has, sorted, read from its head alone; `None` when the bytes are
/// too short to be one.
#[must_use]
pub fn saved_heads(chunk: &[u8]) -> Option<Vec<ChangeHash>> {
    if chunk.get(TYPE_AT) != Some(&DOCUMENT) {
        return None;
    }
    let (_length, rest) = number(chunk.get(LENGTH_AT..)?)?;
    let (actors, mut rest) = number(rest)?;
    for _ in 0..actors {
        let (bytes, after) = number(rest)?;
        rest = after.get(usize::try_from(bytes).ok()?..)?;
    }
    let (heads, rest) = number(rest)?;
    let bytes = rest.get(..usize::try_from(heads).ok()?.checked_mul(HASH_BYTES)?)?;
    let mut heads: Vec<_> = bytes.as_chunks().0.iter().copied().map(ChangeHash).collect();
    heads.sort_unstable();
    Some(heads)
}

/// A number in LEB128, and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    for (index, byte) in bytes.iter().take(NUMBER_BYTES).enumerate() {
        let bits = u64::from(byte & 0x7f);
        value |= bits.checked_shl(7 * u32::try_from(index).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Author, Document, Entropy, Kind, Moment, Operation, parse_assignment};

    struct Zero;
    impl Entropy for Zero {
        fn sixteen(&mut self) -> [u8; 16] {
            [0; 16]
        }
    }

    #[test]
    fn a_saved_document_says_its_heads() {
        let edit = |document: &mut Document, actor: u8, text: &str| {
            let author = Author { actor: Actor([actor; 16]), now: Moment(1_000) };
            let set = Operation::Set(parse_assignment(Kind::Customer, text).expect("parses"));
            document.edit(author, &[set], &mut Zero).expect("edits").expect("one change");
        };
        let mut document = Document::born(Kind::Customer);
        assert_eq!(saved_heads(&document.save()), Some(document.heads()));
        for actor in 1..=9 {
            let mut other = document.clone();
            edit(&mut document, actor, &format!("source={actor}"));
            edit(&mut other, actor + 100, &format!("custom.x={actor}"));
            document.merge(&other).expect("merges");
            let saved = document.save();
            assert_eq!(document.heads().len(), 2);
            assert_eq!(saved_heads(&saved), Some(document.heads()));
            for end in 0..100 {
                assert_eq!(saved_heads(&saved[..end]), None, "cut off at {end}");
            }
        }
        assert_eq!(saved_heads(&[0xff; 64]), None);
        assert_eq!(saved_heads(&[0; 64]), Some(Vec::new()), "no actor, no head");
    }

    #[test]
    fn the_head_says_what_the_change_says() {
        for kind in [Kind::Customer, Kind::Policy] {
            let mut document = Document::born(kind);
            for (actor, text) in [(7, "source=a"), (9, "source=b"), (7, "custom.x=c")] {
                let author = Author { actor: Actor([actor; 16]), now: Moment(1_000) };
                let set = Operation::Set(parse_assignment(kind, text).expect("parses"));
                let edited = document.edit(author, &[set], &mut Zero).expect("edits").expect("one change");
                let chunk = edited.change.raw_bytes();
                let named = edited.change.deps().first().map(|parent| ChangeHash::from(*parent));
                assert_eq!(first_parent(chunk), named);
                assert_eq!(change_hash(chunk), edited.hash);
                assert_eq!(change_actor(chunk), Some(Actor([actor; 16])));
                for end in 0..43 {
                    assert_eq!(first_parent(&chunk[..end.min(chunk.len())]), None, "cut off at {end}");
                }
            }
        }
        assert_eq!(first_parent(&[0xff; 64]), None, "a number that never ends");
        for bytes in [&[0xff; 64][..], &[0x7f; 64], &[0; 64], &[]] {
            assert_eq!(change_actor(bytes), None, "no actor is there");
        }
    }
}
