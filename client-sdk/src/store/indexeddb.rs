//! The store of a browser: one IndexedDB database of the page's origin.
//!
//! A batch is one transaction with *strict* durability: the browser answers after the disk has it, where its own choice
//! would answer as soon as the system has. Few calls cross into JavaScript (`indexeddb.js`), each with a whole batch
//! or page of records.
//!
//! The browser keeps the database as long as it likes: a person can clear it, and a full disk can make the browser clear
//! it. Then every call is an error, and whoever holds the store says that the book is gone.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Batch, Record, Store, StoreError};

#[wasm_bindgen(module = "/src/store/indexeddb.js")]
extern "C" {
    #[wasm_bindgen(js_name = openDatabase, catch)]
    async fn open_database(name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = closeDatabase)]
    fn close_database(open: &JsValue);
    #[wasm_bindgen(js_name = removeDatabase, catch)]
    async fn remove_database(name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = getRecords, catch)]
    async fn get_records(open: &JsValue, keys: Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = scanRecords, catch)]
    async fn scan_records(open: &JsValue, prefix: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = readAhead)]
    fn read_ahead(open: &JsValue, prefix: &[u8]);
    #[wasm_bindgen(js_name = commitRecords, catch)]
    async fn commit_records(open: &JsValue, keys: Array, values: Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = keyringGet, catch)]
    async fn keyring_get(open: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = keyringPut, catch)]
    async fn keyring_put(open: &JsValue, name: &str, value: &JsValue) -> Result<JsValue, JsValue>;
}

/// Handle to an open database. Clones share it.
#[derive(Clone)]
pub struct IndexedDbStore {
    open: JsValue,
}

impl IndexedDbStore {
    /// Opens the database of this name, making it where there is none.
    ///
    /// Errors: [`StoreError::Unwritable`] where the browser keeps no data (private windows of some), `Locked` while
    /// another page holds an older layout, `TooNew`, `Full`, `Io`.
    pub async fn open(name: &str) -> Result<Self, StoreError> {
        Ok(Self { open: open_database(name).await.map_err(|told| problem(&told))? })
    }

    /// Removes the database of this name with everything in it; waits for other pages to let go of it.
    pub async fn remove(name: &str) -> Result<(), StoreError> {
        remove_database(name).await.map(drop).map_err(|told| problem(&told))
    }

    /// Lets go of the database. Every later call on this handle and its clones is an error.
    pub fn close(&self) {
        close_database(&self.open);
    }

    /// Begins to read what the next scan of `prefix` will ask for, while nobody waits.
    pub(crate) fn read_ahead(&self, prefix: &[u8]) {
        read_ahead(&self.open, prefix);
    }

    /// A value kept beside the records, as the browser keeps it: keys that cannot be read out, counters.
    pub(crate) async fn beside(&self, name: &str) -> Result<JsValue, StoreError> {
        keyring_get(&self.open, name).await.map_err(|told| problem(&told))
    }

    /// Keeps a value beside the records.
    pub(crate) async fn keep_beside(&self, name: &str, value: &JsValue) -> Result<(), StoreError> {
        keyring_put(&self.open, name, value).await.map(drop).map_err(|told| problem(&told))
    }
}

impl Store for IndexedDbStore {
    async fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Array = keys.iter().map(|key| JsValue::from(bytes(key))).collect();
        let found = get_records(&self.open, asked).await.map_err(|told| problem(&told))?;
        let found = Array::from(&found).to_vec().into_iter();
        Ok(found.map(|value| (!value.is_undefined()).then(|| Uint8Array::new(&value).to_vec())).collect())
    }

    async fn scan(&self, prefix: &[u8]) -> Result<Vec<Record>, StoreError> {
        let found = scan_records(&self.open, prefix).await.map_err(|told| problem(&told))?;
        let packed = Uint8Array::new(&found).to_vec();
        let mut parts = Parts(&packed);
        let mut records = Vec::new();
        while let Some(key) = parts.take() {
            records.push((key, parts.take().ok_or_else(cut_short)?));
        }
        if parts.0.is_empty() { Ok(records) } else { Err(cut_short()) }
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        let (keys, values) = (Array::new(), Array::new());
        for (key, value) in batch.into_last_writes() {
            keys.push(&bytes(&key));
            values.push(&value.map_or(JsValue::UNDEFINED, |value| bytes(&value).into()));
        }
        commit_records(&self.open, keys, values).await.map(drop).map_err(|told| problem(&told))
    }
}

/// What is left of a run of keys and values as `scanRecords` packs them.
struct Parts<'a>(&'a [u8]);

impl Parts<'_> {
    /// The next one; nothing at the end, and where less is left than its length says.
    fn take(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        Some(part.to_vec())
    }
}

fn cut_short() -> StoreError {
    StoreError::io("a run of records ends in the middle".to_owned())
}

/// A copy outside the program's own memory, which IndexedDB would otherwise store whole.
fn bytes(of: &[u8]) -> Uint8Array {
    Uint8Array::from(of)
}

/// The store's error for what JavaScript told.
fn problem(told: &JsValue) -> StoreError {
    let text = |name: &str| {
        Reflect::get(told, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
    };
    let what = text("what");
    match text("kind").as_str() {
        "full" => StoreError::Full,
        "locked" => StoreError::Locked,
        "unwritable" | "gone" => StoreError::Unwritable { what },
        "too-new" => StoreError::TooNew { found: 2 },
        _ => StoreError::io(what),
    }
}
