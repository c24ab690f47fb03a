//! Hashes both ends compute alike: the book's digest, the feed's chain, the hash over cursors.

use document_model::{ChangeHash, DocumentId};
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::message::Cursor;

/// An order-free sum over documents: two ends that hold the same documents in the same state have
/// the same digest, and one document's change updates it without looking at the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Digest(#[n(0)] pub u64, #[n(1)] pub u64);

impl Digest {
    /// The term of one document: SHA-256 over id, lineage (4 bytes, big-endian) and its sorted
    /// heads; the first two big-endian words.
    #[must_use]
    pub fn of_document(document: &DocumentId, lineage: u32, heads: &[ChangeHash]) -> Self {
        let mut sorted: Vec<_> = heads.iter().collect();
        sorted.sort_unstable();
        let mut hasher = Sha256::new();
        hasher.update(document.as_bytes());
        hasher.update(lineage.to_be_bytes());
        sorted.iter().for_each(|head| hasher.update(head.as_bytes()));
        let hash: [u8; 32] = hasher.finalize().into();
        Self(word(&hash, 0), word(&hash, 8))
    }

    /// Adds a document's term.
    #[must_use]
    pub fn plus(self, term: Self) -> Self {
        Self(self.0.wrapping_add(term.0), self.1.wrapping_add(term.1))
    }

    /// Takes a document's term away.
    #[must_use]
    pub fn minus(self, term: Self) -> Self {
        Self(self.0.wrapping_sub(term.0), self.1.wrapping_sub(term.1))
    }
}

/// The chained hash of a feed: each entry's link covers all before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedChain(pub [u8; 32]);

impl FeedChain {
    /// The chain after one more entry: SHA-256 over the link before, the number (8 bytes,
    /// big-endian), the document, one byte for the kind of entry and the hash it carries.
    #[must_use]
    pub fn link(self, seq: u64, document: &DocumentId, body: u8, hash: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(seq.to_be_bytes());
        hasher.update(document.as_bytes());
        hasher.update([body]);
        hasher.update(hash);
        Self(hasher.finalize().into())
    }

    /// What a cursor carries of it.
    #[must_use]
    pub fn check(self) -> u64 {
        word(&self.0, 0)
    }
}

/// The hash over all cursors of a device: SHA-256 over each cursor's book, epoch, seq and check
/// (big-endian), sorted by book.
#[must_use]
pub fn cursors_hash(cursors: &[Cursor]) -> [u8; 32] {
    let mut sorted: Vec<_> = cursors.iter().collect();
    sorted.sort_unstable_by_key(|cursor| cursor.book);
    let mut hasher = Sha256::new();
    for cursor in sorted {
        hasher.update(cursor.book.as_bytes());
        hasher.update(cursor.epoch.to_be_bytes());
        hasher.update(cursor.seq.to_be_bytes());
        hasher.update(cursor.check.to_be_bytes());
    }
    hasher.finalize().into()
}

fn word(bytes: &[u8; 32], at: usize) -> u64 {
    u64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight of thirty-two bytes"))
}

#[cfg(test)]
mod tests {
    use document_model::BookId;

    use super::*;

    #[test]
    fn the_digest_does_not_care_for_order_and_undoes() {
        let term =
            |n: u8| Digest::of_document(&DocumentId([n; 16]), 1, &[ChangeHash([n; 32]), ChangeHash([9; 32])]);
        let (a, b) = (term(1), term(2));
        assert_eq!(Digest::default().plus(a).plus(b), Digest::default().plus(b).plus(a));
        assert_eq!(Digest::default().plus(a).plus(b).minus(a), b);
        let swapped =
            Digest::of_document(&DocumentId([1; 16]), 1, &[ChangeHash([9; 32]), ChangeHash([1; 32])]);
        assert_eq!(a, swapped);
        assert_ne!(
            a,
            Digest::of_document(&DocumentId([1; 16]), 2, &[ChangeHash([1; 32]), ChangeHash([9; 32])])
        );
    }

    #[test]
    fn the_hash_over_cursors_does_not_care_for_order() {
        let cursor = |n: u8| Cursor { book: BookId([n; 16]), epoch: 1, seq: u64::from(n), check: 5 };
        assert_eq!(cursors_hash(&[cursor(1), cursor(2)]), cursors_hash(&[cursor(2), cursor(1)]));
        assert_ne!(cursors_hash(&[cursor(1)]), cursors_hash(&[cursor(2)]));
    }
}
