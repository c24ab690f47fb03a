//! The store of one device: keys and values that survive the program.
//!
//! The trait is as small as an engine allows: read some keys, read all keys of a prefix, commit a
//! batch. A batch is applied all or nothing, batches in the order of their commits, and `Ok` from
//! [`Store::commit`] means durable: a record may be called *saved* only after it. One program at a
//! time has a store open.
//!
//! [`MemoryStore`] serves the simulation, `SqliteStore` laptops, `IndexedDbStore` browsers. All keep what they
//! are given; [`Sealed`](crate::seal::Sealed) goes around one of them and encrypts the values. One
//! suite (`conformance`) holds for every combination.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use crate::platform::{MaybeSend, MaybeSync};

#[cfg(any(test, feature = "conformance"))]
pub(crate) mod conformance;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
#[cfg(target_arch = "wasm32")]
mod indexeddb;
mod memory;
#[cfg(not(target_arch = "wasm32"))]
mod sqlite;

#[cfg(target_arch = "wasm32")]
pub use indexeddb::IndexedDbStore;
pub use memory::MemoryStore;
#[cfg(not(target_arch = "wasm32"))]
pub use sqlite::SqliteStore;

/// Every limit of a store. A commit beyond one of them is [`StoreError::Refused`] as a whole.
pub mod limits {
    /// Bytes of a key. Keys hold ids only, never what a person typed.
    pub const KEY_BYTES: usize = 256;
    /// Bytes of a value: a document at its largest, its unsent tail and some room.
    pub const VALUE_BYTES: usize = 8 * 1024 * 1024;
    /// Writes in one batch.
    pub const BATCH_ENTRIES: usize = 50_000;
    /// Bytes of the values of one batch together. A batch is held in memory twice while sealing.
    pub const BATCH_BYTES: usize = 64 * 1024 * 1024;
    /// Bytes that sealing adds to a value. Stores leave this room above the limits of values, so
    /// that a value fits sealed whenever it is within [`VALUE_BYTES`].
    pub const SEALING_BYTES: usize = sync_protocol::seal::SEALING_BYTES;
}

/// Why the store could not do its work. Unless it says otherwise, nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another program has the store open.
    #[error(
        "another program has this store open; nothing was changed; \
         close the other window or program and try again"
    )]
    Locked,
    /// The passphrase does not belong to this store.
    #[error(
        "this passphrase does not open the store; what is stored is untouched; \
         try again with the passphrase it was last opened with"
    )]
    WrongKey,
    /// Something in the store is not what was written there.
    #[error(
        "the store is damaged ({what}); what the hub has confirmed is safe on the hub, work not yet \
         sent is safe only in this folder; keep the folder, restore a backup of it or ask for help"
    )]
    Damaged {
        /// What was found.
        what: String,
    },
    /// No room is left on the disk.
    #[error(
        "the disk is full; everything saved before is safe, the last step was not saved; \
         free some space and repeat it"
    )]
    Full,
    /// The place of the store cannot be written.
    #[error(
        "the store cannot be written ({what}); everything saved before is safe; \
         check that the folder exists, belongs to you and is not read-only"
    )]
    Unwritable {
        /// What the system said.
        what: String,
    },
    /// A newer version of the program wrote this store.
    #[error(
        "this store was written by a newer version (format {found}); nothing was changed; \
         update this program"
    )]
    TooNew {
        /// The format found.
        found: u32,
    },
    /// The SQLite of this build has a bug that loses committed writes.
    #[error(
        "this program was built with SQLite {found}, which can lose saved work; nothing was opened; \
         install a build with 3.51.3 or later"
    )]
    OldEngine {
        /// The version found.
        found: String,
    },
    /// The caller asked for something outside the contract.
    #[error(
        "the store refused a request ({what}); nothing was changed; this is an error of the program, report it"
    )]
    Refused {
        /// Which limit or rule.
        what: String,
    },
    /// Reading or writing failed for another reason. Of a commit: it happened whole or not at all,
    /// and which of the two shows after opening the store again.
    #[error(
        "the store failed ({what}); everything saved before is safe, the last step may not be saved; \
         close the program, start it again and look"
    )]
    Io {
        /// What the system said.
        what: String,
    },
}

impl StoreError {
    /// A stable code for support and documentation; never reused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked => "STORE-LOCKED",
            Self::WrongKey => "STORE-WRONG-KEY",
            Self::Damaged { .. } => "STORE-DAMAGED",
            Self::Full => "STORE-FULL",
            Self::Unwritable { .. } => "STORE-UNWRITABLE",
            Self::TooNew { .. } => "STORE-TOO-NEW",
            Self::OldEngine { .. } => "STORE-OLD-ENGINE",
            Self::Refused { .. } => "STORE-REFUSED",
            Self::Io { .. } => "STORE-IO",
        }
    }

    /// Damage, with what was found.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// A failure of reading or writing.
    pub(crate) fn io(what: impl fmt::Display) -> Self {
        Self::Io { what: what.to_string() }
    }

    /// A request outside the contract.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::Refused { what: what.into() }
    }
}

/// A stored key and its value.
pub type Record = (Vec<u8>, Vec<u8>);

/// A key and what to store under it; `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// Writes that are applied all or nothing, as if one after the other in this order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Batch {
    writes: Vec<Write>,
}

impl fmt::Debug for Batch {
    /// Counts only: values are customer data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("writes", &self.writes.len()).finish()
    }
}

impl Batch {
    /// A batch without writes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores `value` under `key`, over whatever was there.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.push((key.into(), Some(value.into())));
    }

    /// Removes `key`; without effect when it is not there.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.writes.push((key.into(), None));
    }

    /// Appends the writes of `later`.
    pub fn extend(&mut self, later: Self) {
        self.writes.extend(later.writes);
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Number of writes, repeated keys counted each time.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// What follows `prefix` in the keys that begin with it.
    pub(crate) fn keys_with<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.writes.iter().filter_map(move |(key, _)| key.strip_prefix(prefix))
    }

    /// The writes in order.
    #[must_use]
    pub fn into_writes(self) -> Vec<Write> {
        self.writes
    }

    /// Checks the batch against [`limits`]. Every store calls it before it writes anything.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        at_most("writes of a batch", self.len(), limits::BATCH_ENTRIES)?;
        let mut total = 0;
        for (key, value) in &self.writes {
            at_most("bytes of a key", key.len(), limits::KEY_BYTES)?;
            if key.is_empty() {
                return Err(StoreError::refused("an empty key"));
            }
            let size = value.as_ref().map_or(0, Vec::len);
            at_most("bytes of a value", size, limits::VALUE_BYTES + limits::SEALING_BYTES)?;
            total += size;
        }
        at_most("bytes of a batch", total, limits::BATCH_BYTES + self.len() * limits::SEALING_BYTES)
    }

    /// The last write of each key, in key order: the same effect with no key twice.
    pub(crate) fn into_last_writes(self) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        self.writes.into_iter().collect()
    }
}

impl FromIterator<Write> for Batch {
    fn from_iter<I: IntoIterator<Item = Write>>(writes: I) -> Self {
        Self { writes: writes.into_iter().collect() }
    }
}

fn at_most(what: &str, found: usize, limit: usize) -> Result<(), StoreError> {
    if found <= limit {
        return Ok(());
    }
    Err(StoreError::refused(format!("{what}: {found}, limit {limit}")))
}

/// Records of one device, by key. Calls may come from several tasks at once; each read sees whole
/// commits only, and a read that starts after a commit returned sees that commit.
pub trait Store: MaybeSend + MaybeSync {
    /// The values of `keys`, in their order; `None` where nothing is stored.
    fn get(
        &self,
        keys: &[Vec<u8>],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, StoreError>> + MaybeSend;

    /// All records whose key begins with `prefix`, in the byte order of their keys.
    fn scan(&self, prefix: &[u8]) -> impl Future<Output = Result<Vec<Record>, StoreError>> + MaybeSend;

    /// Applies a batch all or nothing. `Ok` means durable. Commits take effect in the order in
    /// which they were first polled. A caller that stops waiting leaves the batch applied whole or
    /// not at all.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<(), StoreError>> + MaybeSend;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_messages_say_what_is_safe() {
        let what = String::from("x");
        let all = [
            StoreError::Locked,
            StoreError::WrongKey,
            StoreError::Damaged { what: what.clone() },
            StoreError::Full,
            StoreError::Unwritable { what: what.clone() },
            StoreError::TooNew { found: 9 },
            StoreError::OldEngine { found: what.clone() },
            StoreError::Refused { what: what.clone() },
            StoreError::Io { what },
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(StoreError::code).collect();
        assert_eq!(codes.len(), all.len());
        assert_eq!(all[0].code(), "STORE-LOCKED");
        for error in &all {
            assert!(error.to_string().matches(';').count() >= 2, "happened; safe; to do: {error}");
        }
    }

    #[test]
    fn a_batch_beyond_a_limit_is_refused() {
        let refused = |batch: Batch| matches!(batch.check(), Err(StoreError::Refused { .. }));
        let with = |key: usize, value: usize| Batch::from_iter([(vec![1; key], Some(vec![0; value]))]);
        assert!(!refused(with(limits::KEY_BYTES, limits::VALUE_BYTES)));
        assert!(refused(with(limits::KEY_BYTES + 1, 0)));
        assert!(refused(with(0, 0)));
        assert!(refused(with(1, limits::VALUE_BYTES + limits::SEALING_BYTES + 1)));

        let many = |entries: usize| (0..entries).map(|_| (vec![1], None)).collect::<Batch>();
        assert!(!refused(many(limits::BATCH_ENTRIES)));
        assert!(refused(many(limits::BATCH_ENTRIES + 1)));

        let one = limits::VALUE_BYTES;
        let heavy: Batch = (0..=limits::BATCH_BYTES / one).map(|_| (vec![1], Some(vec![0; one]))).collect();
        assert!(refused(heavy));
    }

    #[test]
    fn the_last_write_of_a_key_wins() {
        let mut batch = Batch::new();
        batch.put("a", "1");
        batch.delete("a");
        batch.delete("b");
        let mut later = Batch::new();
        later.put("b", "2");
        batch.extend(later);
        assert_eq!(batch.len(), 4);
        let last: Vec<_> = batch.into_last_writes().into_iter().collect();
        assert_eq!(last, [(b"a".to_vec(), None), (b"b".to_vec(), Some(b"2".to_vec()))]);
    }
}
