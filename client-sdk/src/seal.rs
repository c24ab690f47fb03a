//! Sealing: what a store holds is unreadable without the passphrase, and unchangeable unnoticed.
//!
//! Every value is encrypted and authenticated (XChaCha20-Poly1305, a random nonce each) together
//! with its key, so a value copied under another key is as damaged as one with a flipped bit. Keys
//! stay in clear: they hold ids only, and scans need their order.
//!
//! What sealing does *not* notice: a record that was deleted, or put back as it was earlier, by
//! somebody who can write the file. The hub recognises an older store by its generation.
//!
//! The key of the data is random and made once. The store keeps it in [`HEADER`], wrapped by a key
//! derived from the passphrase (Argon2id), so that another passphrase costs one record. It is written
//! together with the first record: a store nothing was ever kept in is bound to no passphrase.

use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use document_model::Entropy;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use sync_protocol::seal::{Nonce, SEAL_FORMAT, SealKey, random_key};
use zeroize::Zeroizing;

use crate::platform::map_each;
use crate::store::{Batch, Store, StoreError, Write};

/// Format of the header and of what is authenticated beside a value.
const FORMAT: u8 = SEAL_FORMAT;
/// The record of the wrapped key, and the prefix that callers cannot use.
const HEADER: &[u8] = b"seal/header";
const RESERVED: &[u8] = b"seal/";
const CHECKSUM_BYTES: usize = 16;

/// What deriving a key from a passphrase costs, the owner once per start and a thief per guess.
/// Stored with each header, so that it can rise later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct KeyCost {
    /// Memory in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes over that memory.
    #[n(1)]
    pub passes: u32,
    /// Lanes that can be computed in parallel.
    #[n(2)]
    pub lanes: u32,
}

impl KeyCost {
    /// What OWASP recommends for Argon2id: 19 MiB, two passes, one lane. About 30 ms on a laptop.
    pub const DEFAULT: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// For tests and simulations, which open thousands of stores. Protects nothing.
    pub const TEST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
    /// The most a header may ask for, so that a forged one cannot exhaust the machine.
    const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 64, lanes: 16 };

    fn is_bearable(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib
            && self.passes <= Self::MOST.passes
            && self.lanes <= Self::MOST.lanes
    }
}

/// A store whose values are sealed on their way into another one.
pub struct Sealed<S> {
    inner: S,
    key: SealKey,
    entropy: Mutex<Box<dyn Entropy + Send>>,
    /// The header of a new store, until the first commit has written it.
    unwritten: Mutex<Option<Header>>,
}

/// The record under [`HEADER`], followed by the first bytes of its SHA-256. The checksum is no
/// secret and no protection; it tells a damaged header from a wrong passphrase.
#[derive(Clone, Encode, Decode)]
struct Header {
    #[n(0)]
    format: u32,
    #[n(1)]
    cost: KeyCost,
    #[cbor(n(2), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(3), with = "minicbor::bytes")]
    wrapped_key: Vec<u8>,
}

impl<S: Store> Sealed<S> {
    /// Opens the store with a passphrase at the default cost. A store that holds nothing at all gets a
    /// new key under this passphrase with the first commit; until then it is as new as before.
    ///
    /// Errors: [`StoreError::WrongKey`]; `Damaged` when the header was changed, or is missing from
    /// a store that holds records; `TooNew`; and those of the inner store.
    pub async fn open(
        inner: S,
        passphrase: &str,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, StoreError> {
        Self::open_with_cost(inner, passphrase, KeyCost::DEFAULT, entropy).await
    }

    /// Like [`open`](Self::open); a new key is wrapped at `cost`. An existing header keeps its own.
    pub async fn open_with_cost(
        inner: S,
        passphrase: &str,
        cost: KeyCost,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, StoreError> {
        let (data_key, unwritten) = match read_header(&inner).await? {
            Some(header) => (header.unwrap_key(passphrase)?, None),
            None if inner.scan(b"").await?.is_empty() => {
                let data_key = random_key(&mut *entropy);
                let header = Header::wrap_key(&data_key, passphrase, cost, &mut *entropy)?;
                (data_key, Some(header))
            }
            // A new key here would turn every record into damage.
            None => return Err(header_missing()),
        };
        let (entropy, unwritten) = (Mutex::new(entropy), Mutex::new(unwritten));
        Ok(Self { inner, key: SealKey::of(&data_key), entropy, unwritten })
    }

    /// Whether `inner` has no passphrase yet: the first commit will make the one it is opened with its
    /// own, so a person should type it twice.
    pub async fn is_new(inner: &S) -> Result<bool, StoreError> {
        Ok(inner.get(&[HEADER.to_vec()]).await?.pop().flatten().is_none())
    }

    /// Replaces the passphrase, at the same cost. The records stay as they are: whoever has a copy
    /// of the store from before, and the old passphrase, can still read that copy and, with its
    /// key, later ones.
    ///
    /// Errors: [`StoreError::WrongKey`] when `current` is not the passphrase; nothing has changed.
    pub async fn change_passphrase(&self, current: &str, new: &str) -> Result<(), StoreError> {
        let unwritten = self.unwritten().clone();
        let header = match &unwritten {
            Some(header) => header.clone(),
            None => read_header(&self.inner).await?.ok_or_else(header_missing)?,
        };
        let data_key = header.unwrap_key(current)?;
        let header = Header::wrap_key(&data_key, new, header.cost, &mut **self.entropy())?;
        if unwritten.is_some() {
            *self.unwritten() = Some(header);
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(HEADER, header.to_record());
        self.inner.commit(batch).await
    }

    /// The store underneath, to close it.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }

    fn entropy(&self) -> std::sync::MutexGuard<'_, Box<dyn Entropy + Send>> {
        // A source of random bytes has no state that a panic could leave half changed.
        self.entropy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unwritten(&self) -> std::sync::MutexGuard<'_, Option<Header>> {
        // It is replaced whole or not at all.
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal_batch(&self, batch: Batch) -> Result<Batch, StoreError> {
        let writes = batch.into_writes();
        if writes.iter().any(|(key, _)| key.starts_with(RESERVED)) {
            return Err(StoreError::refused("keys of the seal are not for records"));
        }
        let mut entropy = self.entropy();
        let with_nonce =
            |(key, value): Write| (key, value.map(|value| (Nonce::random(&mut **entropy), value)));
        let writes: Vec<_> = writes.into_iter().map(with_nonce).collect();
        let key_of_data = &self.key;
        let seal = |(key, value): (Vec<u8>, Option<(Nonce, Vec<u8>)>)| {
            let value =
                value.map(|(nonce, value)| key_of_data.seal_under(nonce, &associated_data(&key), &value));
            (key, value)
        };
        Ok(map_each(writes, seal).into_iter().collect())
    }
}

impl<S: Store> Store for Sealed<S> {
    async fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let values = self.inner.get(keys).await?;
        let open_one = |(key, value): (&Vec<u8>, Option<Vec<u8>>)| match value {
            Some(value) if !key.starts_with(RESERVED) => open(&self.key, key, &value).map(Some),
            _ => Ok(None),
        };
        keys.iter().zip(values).map(open_one).collect()
    }

    async fn scan(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let mut records = self.inner.scan(prefix).await?;
        records.retain(|(key, _)| !key.starts_with(RESERVED));
        for (key, value) in &mut records {
            *value = open(&self.key, key, value)?;
        }
        Ok(records)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut sealed = self.seal_batch(batch)?;
        let header = self.unwritten().clone().filter(|_| !sealed.is_empty());
        header.iter().for_each(|header| sealed.put(HEADER, header.to_record()));
        self.inner.commit(sealed).await?;
        if header.is_some() {
            *self.unwritten() = None;
        }
        Ok(())
    }
}

impl Header {
    fn wrap_key(
        data_key: &[u8; 32],
        passphrase: &str,
        cost: KeyCost,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, StoreError> {
        let salt = entropy.sixteen();
        let wrapping = wrapping_key(passphrase, &salt, cost)?;
        let wrapped_key = wrapping.seal(&associated_data(HEADER), data_key, entropy);
        Ok(Self { format: u32::from(FORMAT), cost, salt, wrapped_key })
    }

    fn unwrap_key(&self, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let wrapping = wrapping_key(passphrase, &self.salt, self.cost)?;
        // The checksum held, so the bytes are those written: what does not fit is the passphrase.
        wrapping.open_key(&associated_data(HEADER), &self.wrapped_key).ok_or(StoreError::WrongKey)
    }

    fn to_record(&self) -> Vec<u8> {
        let mut record = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        let checksum = Sha256::digest(&record);
        record.extend_from_slice(&checksum[..CHECKSUM_BYTES]);
        record
    }

    fn from_record(record: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::damaged("the record of the key was changed");
        let at = record.len().checked_sub(CHECKSUM_BYTES).ok_or_else(damaged)?;
        let (body, checksum) = record.split_at(at);
        if Sha256::digest(body)[..CHECKSUM_BYTES] != *checksum {
            return Err(damaged());
        }
        // The format comes first and alone: of a newer one the rest may look different.
        let mut decoder = minicbor::Decoder::new(body);
        let format = decoder.array().and_then(|_| decoder.u32()).map_err(|_| damaged())?;
        if format > u32::from(FORMAT) {
            return Err(StoreError::TooNew { found: format });
        }
        let header: Self = minicbor::decode(body).map_err(|_| damaged())?;
        if header.cost.is_bearable() { Ok(header) } else { Err(damaged()) }
    }
}

async fn read_header(store: &impl Store) -> Result<Option<Header>, StoreError> {
    let record = store.get(&[HEADER.to_vec()]).await?.pop().flatten();
    record.map(|record| Header::from_record(&record)).transpose()
}

fn header_missing() -> StoreError {
    StoreError::damaged("the record of the key is missing")
}

fn wrapping_key(passphrase: &str, salt: &[u8], cost: KeyCost) -> Result<SealKey, StoreError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|error| StoreError::refused(format!("cost of the passphrase: {error}")))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(|error| StoreError::io(format!("deriving the key: {error}")))?;
    Ok(SealKey::of(&key))
}

/// What is authenticated beside the value: the key it stands under and the format.
fn associated_data(key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len() + 1);
    bytes.extend_from_slice(key);
    bytes.push(FORMAT);
    bytes
}

fn open(seal: &SealKey, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    seal.open(&associated_data(key), sealed).ok_or_else(|| {
        let key = String::from_utf8_lossy(key).into_owned();
        StoreError::damaged(format!("the record {key:?} is not what was stored there"))
    })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::store::conformance::{self, Rig, get_one, put_one};
    use crate::store::{MemoryStore, SqliteStore, limits};

    /// Bytes that never repeat and are the same in every run.
    struct Seeded(u64);

    impl Entropy for Seeded {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            Sha256::digest(self.0.to_be_bytes())[..16].try_into().unwrap()
        }
    }

    async fn open_over<S: Store>(inner: S, passphrase: &str, seed: u64) -> Result<Sealed<S>, StoreError> {
        Sealed::open_with_cost(inner, passphrase, KeyCost::TEST, Box::new(Seeded(seed << 32))).await
    }

    async fn code_of_open(inner: &MemoryStore, passphrase: &str) -> &'static str {
        open_over(inner.clone(), passphrase, 99).await.err().expect("refused").code()
    }

    async fn raw(inner: &MemoryStore, key: &[u8]) -> Vec<u8> {
        inner.get(&[key.to_vec()]).await.unwrap().pop().flatten().unwrap()
    }

    async fn put_raw(inner: &MemoryStore, key: &[u8], value: Vec<u8>) {
        let mut batch = Batch::new();
        batch.put(key, value);
        inner.commit(batch).await.unwrap();
    }

    struct OverMemory(u64);

    impl Rig for OverMemory {
        type Store = Sealed<MemoryStore>;

        async fn fresh(&mut self) -> Self::Store {
            self.reopen_inner(MemoryStore::new()).await
        }

        async fn reopen(&mut self, store: Self::Store) -> Self::Store {
            self.reopen_inner(store.into_inner()).await
        }
    }

    impl OverMemory {
        async fn reopen_inner(&mut self, inner: MemoryStore) -> Sealed<MemoryStore> {
            self.0 += 1;
            open_over(inner, "pass", self.0).await.unwrap()
        }
    }

    struct OverSqlite(Vec<TempDir>);

    impl Rig for OverSqlite {
        type Store = Sealed<SqliteStore>;

        async fn fresh(&mut self) -> Self::Store {
            self.0.push(tempfile::tempdir().unwrap());
            let inner = SqliteStore::open(self.0.last().unwrap().path()).await.unwrap();
            open_over(inner, "pass", self.0.len() as u64).await.unwrap()
        }

        async fn reopen(&mut self, store: Self::Store) -> Self::Store {
            store.into_inner().close().await.unwrap();
            let inner = SqliteStore::open(self.0.last().unwrap().path()).await.unwrap();
            open_over(inner, "pass", 1_000).await.unwrap()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_over_memory() {
        conformance::run(OverMemory(0)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_over_sqlite() {
        conformance::run(OverSqlite(Vec::new())).await;
    }

    #[tokio::test]
    async fn a_wrong_passphrase_opens_nothing_and_harms_nothing() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "비밀번호", 1).await.unwrap();
        put_one(&store, "k", "v").await.unwrap();
        for wrong in ["", "비밀번", "비밀번호 ", "else"] {
            assert_eq!(code_of_open(&inner, wrong).await, "STORE-WRONG-KEY", "{wrong:?}");
        }
        let store = open_over(inner, "비밀번호", 2).await.unwrap();
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"v".to_vec()));
    }

    #[tokio::test]
    async fn another_passphrase_keeps_the_records() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "old", 1).await.unwrap();
        put_one(&store, "k", "v").await.unwrap();
        let sealed_before = raw(&inner, b"k").await;

        assert_eq!(store.change_passphrase("guess", "new").await, Err(StoreError::WrongKey));
        store.change_passphrase("old", "new").await.unwrap();
        put_one(&store, "later", "w").await.unwrap();
        assert_eq!(raw(&inner, b"k").await, sealed_before);
        assert_eq!(code_of_open(&inner, "old").await, "STORE-WRONG-KEY");
        let store = open_over(inner, "new", 2).await.unwrap();
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"v".to_vec()));
        assert_eq!(get_one(&store, "later").await.unwrap(), Some(b"w".to_vec()));
    }

    #[tokio::test]
    async fn every_changed_byte_of_a_value_is_noticed() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "pass", 1).await.unwrap();
        put_one(&store, "k", "a value").await.unwrap();
        let good = raw(&inner, b"k").await;
        assert_eq!(good.len(), 7 + limits::SEALING_BYTES);
        let flips = (0..good.len() * 8).map(|bit| {
            let mut changed = good.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        });
        let cuts = (0..good.len()).map(|length| good[..length].to_vec());
        let longer = [&good[..], &[0]].concat();
        for changed in flips.chain(cuts).chain([longer]) {
            put_raw(&inner, b"k", changed).await;
            assert_eq!(get_one(&store, "k").await.unwrap_err().code(), "STORE-DAMAGED");
            assert_eq!(store.scan(b"k").await.unwrap_err().code(), "STORE-DAMAGED");
        }
        put_raw(&inner, b"k", good).await;
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"a value".to_vec()));
    }

    #[tokio::test]
    async fn every_changed_byte_of_the_header_is_damage_not_a_wrong_passphrase() {
        let inner = MemoryStore::new();
        put_one(&open_over(inner.clone(), "pass", 1).await.unwrap(), "k", "v").await.unwrap();
        let good = raw(&inner, HEADER).await;
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 0x10;
            put_raw(&inner, HEADER, changed).await;
            assert_eq!(code_of_open(&inner, "pass").await, "STORE-DAMAGED", "byte {at}");
            put_raw(&inner, HEADER, good[..at].to_vec()).await;
            assert_eq!(code_of_open(&inner, "pass").await, "STORE-DAMAGED", "cut at {at}");
        }
    }

    #[tokio::test]
    async fn a_value_belongs_to_its_key() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "pass", 1).await.unwrap();
        put_one(&store, "a", "same").await.unwrap();
        put_one(&store, "b", "same").await.unwrap();
        let (a, b) = (raw(&inner, b"a").await, raw(&inner, b"b").await);
        assert_ne!(a[1..], b[1..], "a fresh nonce for each value");
        put_raw(&inner, b"b", a).await;
        assert_eq!(get_one(&store, "b").await.unwrap_err().code(), "STORE-DAMAGED");
    }

    #[tokio::test]
    async fn a_header_is_checked_before_its_passphrase_is_tried() {
        let inner = MemoryStore::new();
        let header = |format: u32, cost: KeyCost| Header { format, cost, salt: [0; 16], wrapped_key: vec![] };
        put_raw(&inner, HEADER, header(2, KeyCost::TEST).to_record()).await;
        assert_eq!(open_over(inner.clone(), "p", 1).await.err(), Some(StoreError::TooNew { found: 2 }));
        let forged = KeyCost { memory_kib: u32::MAX, passes: u32::MAX, lanes: 1 };
        put_raw(&inner, HEADER, header(1, forged).to_record()).await;
        assert_eq!(code_of_open(&inner, "p").await, "STORE-DAMAGED");
        put_raw(&inner, HEADER, header(1, KeyCost { lanes: 0, ..KeyCost::TEST }).to_record()).await;
        assert_eq!(code_of_open(&inner, "p").await, "STORE-REFUSED");
    }

    #[tokio::test]
    async fn a_lost_header_is_never_replaced_over_records() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "pass", 1).await.unwrap();
        put_one(&store, "k", "v").await.unwrap();
        let mut batch = Batch::new();
        batch.delete(HEADER);
        inner.commit(batch).await.unwrap();
        assert_eq!(code_of_open(&inner, "pass").await, "STORE-DAMAGED");
        assert_eq!(store.change_passphrase("pass", "new").await.unwrap_err().code(), "STORE-DAMAGED");
    }

    #[tokio::test]
    async fn a_store_is_bound_to_no_passphrase_before_its_first_record() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "mistyped", 1).await.unwrap();
        store.commit(Batch::new()).await.unwrap();
        inner.fail_next_commit(StoreError::Full);
        assert_eq!(put_one(&store, "k", "v").await, Err(StoreError::Full));
        assert_eq!(Sealed::is_new(&inner).await, Ok(true));

        let store = open_over(inner.clone(), "another", 2).await.unwrap();
        store.change_passphrase("another", "a third").await.unwrap();
        assert_eq!(Sealed::is_new(&inner).await, Ok(true));
        put_one(&store, "k", "v").await.unwrap();
        put_one(&store, "k", "w").await.unwrap();
        assert_eq!(Sealed::is_new(&inner).await, Ok(false));
        assert_eq!(code_of_open(&inner, "another").await, "STORE-WRONG-KEY");
        let store = open_over(inner, "a third", 3).await.unwrap();
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"w".to_vec()));
    }

    #[tokio::test]
    async fn records_of_the_seal_are_out_of_reach() {
        let store = open_over(MemoryStore::new(), "pass", 1).await.unwrap();
        put_one(&store, "sealing", "v").await.unwrap();
        assert_eq!(get_one(&store, "seal/header").await.unwrap(), None);
        assert_eq!(store.scan(b"seal").await.unwrap().len(), 1);
        assert_eq!(put_one(&store, "seal/header", "x").await.unwrap_err().code(), "STORE-REFUSED");
        let mut batch = Batch::new();
        batch.put("fine", "v");
        batch.delete(HEADER);
        assert_eq!(store.commit(batch).await.unwrap_err().code(), "STORE-REFUSED");
        assert_eq!(get_one(&store, "fine").await.unwrap(), None);
    }

    /// Names of the files in a folder that hold these bytes.
    fn files_with(folder: &TempDir, canary: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let bytes = std::fs::read(entry.path()).unwrap();
            if bytes.windows(canary.len()).any(|window| window == canary) {
                names.push(entry.file_name().into_string().unwrap());
            }
        }
        names.sort();
        names
    }

    #[tokio::test]
    async fn no_file_holds_what_was_typed() {
        const CANARY: &str = "canary: 김철수 010-2222-0000";
        let value = CANARY.repeat(400);
        let plain = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(plain.path()).await.unwrap();
        put_one(&store, "k", &value).await.unwrap();
        assert_eq!(files_with(&plain, CANARY.as_bytes()), ["store.db-wal"], "the search itself works");

        let home = tempfile::tempdir().unwrap();
        let inner = SqliteStore::open(home.path()).await.unwrap();
        let store = open_over(inner, "passphrase of the rep", 1).await.unwrap();
        put_one(&store, "k", &value).await.unwrap();
        store.change_passphrase("passphrase of the rep", "another").await.unwrap();
        let nowhere = Vec::<String>::new();
        for canary in [CANARY.as_bytes(), "김철수".as_bytes(), b"passphrase of"] {
            assert_eq!(files_with(&home, canary), nowhere);
        }
        assert_eq!(files_with(&home, b"seal/header"), ["store.db-wal"]);
        store.into_inner().close().await.unwrap();
        assert_eq!(files_with(&home, CANARY.as_bytes()), nowhere);
        assert_eq!(files_with(&home, b"seal/header"), ["store.db"]);
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Stored formats outlive programs: these bytes may only change together with [`FORMAT`].
    #[tokio::test]
    async fn stored_bytes_stay_the_same() {
        let inner = MemoryStore::new();
        let store = open_over(inner.clone(), "pass", 0).await.unwrap();
        put_one(&store, "k", "v").await.unwrap();
        assert_eq!(hex(&raw(&inner, HEADER).await), GOLDEN_HEADER);
        assert_eq!(hex(&raw(&inner, b"k").await), GOLDEN_VALUE);
    }

    const GOLDEN_HEADER: &str = concat!(
        "84018308010150d5688a52d55a02ec4aea5ec1eadfffe15849018005f02d43fa06e7d0585fb64c961d575dee4dd6",
        "0ff8d0ba0b979738d288a4a887da0607f4afd0b14a36b8fa89aa5066b364b3800331983a21dfa8b928cf79c73f48",
        "21dc7a6b2eb83352e00a1c745d20dcdb382b0a4996c6",
    );
    const GOLDEN_VALUE: &str =
        "0114ac577cdb2ef6d986078b4054cc9893a3eb8db89fc5123c0366dcb08bf39dc4a11bfa9d7b693a4285";

    #[tokio::test]
    async fn golden_bytes_open() {
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        };
        let inner = MemoryStore::new();
        put_raw(&inner, HEADER, bytes(GOLDEN_HEADER)).await;
        put_raw(&inner, b"k", bytes(GOLDEN_VALUE)).await;
        let store = open_over(inner, "pass", 7).await.unwrap();
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"v".to_vec()));
    }

    #[tokio::test]
    async fn the_default_cost_is_the_recommended_one_and_is_stored() {
        let inner = MemoryStore::new();
        let store = Sealed::open(inner.clone(), "pass", Box::new(Seeded(0))).await.unwrap();
        put_one(&store, "k", "v").await.unwrap();
        let header = Header::from_record(&raw(&inner, HEADER).await).unwrap();
        assert_eq!(header.cost, KeyCost { memory_kib: 19_456, passes: 2, lanes: 1 });
    }
}
