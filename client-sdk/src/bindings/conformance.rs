//! The suite of stores, to be called by a test page.

#![expect(clippy::unwrap_used, reason = "a suite of tests stops at the first surprise")]

use wasm_bindgen::prelude::*;

use super::wasm::BrowserEntropy;
use crate::seal::{KeyCost, Sealed};
use crate::store::conformance::{Rig, run};
use crate::store::{Batch, IndexedDbStore, MemoryStore, Store};

/// A database of its own for each case.
struct InBrowser(u32);

impl InBrowser {
    fn name(&self) -> String {
        format!("conformance-{}", self.0)
    }
}

impl Rig for InBrowser {
    type Store = IndexedDbStore;

    async fn fresh(&mut self) -> Self::Store {
        self.0 += 1;
        IndexedDbStore::remove(&self.name()).await.unwrap();
        IndexedDbStore::open(&self.name()).await.unwrap()
    }

    async fn reopen(&mut self, store: Self::Store) -> Self::Store {
        store.close();
        IndexedDbStore::open(&self.name()).await.unwrap()
    }
}

struct SealedInBrowser(InBrowser);

impl Rig for SealedInBrowser {
    type Store = Sealed<IndexedDbStore>;

    async fn fresh(&mut self) -> Self::Store {
        sealed(self.0.fresh().await).await
    }

    async fn reopen(&mut self, store: Self::Store) -> Self::Store {
        sealed(self.0.reopen(store.into_inner()).await).await
    }
}

struct InMemory;

impl Rig for InMemory {
    type Store = MemoryStore;

    async fn fresh(&mut self) -> Self::Store {
        MemoryStore::new()
    }

    async fn reopen(&mut self, store: Self::Store) -> Self::Store {
        store.reopen();
        store
    }
}

async fn sealed(inner: IndexedDbStore) -> Sealed<IndexedDbStore> {
    Sealed::open_with_cost(inner, "pass", KeyCost::TEST, Box::new(BrowserEntropy)).await.unwrap()
}

/// What was read ahead is what is there when it is asked for.
async fn reads_ahead(store: IndexedDbStore) {
    let put = async |key: &[u8]| {
        let mut batch = Batch::new();
        batch.put(key, b"value".to_vec());
        store.commit(batch).await.unwrap();
    };
    put(b"r/1").await;
    store.read_ahead(b"r/");
    put(b"r/2").await;
    assert_eq!(store.scan(b"r/").await.unwrap().len(), 2, "what was written after is missed");
    store.read_ahead(b"r/");
    let ahead = store.scan(b"r/").await.unwrap();
    assert_eq!(ahead, store.scan(b"r/").await.unwrap(), "what was read ahead is something else");
    assert_eq!((ahead.len(), ahead[1].0.as_slice()), (2, b"r/2".as_slice()));
    store.read_ahead(b"r/");
    store.close();
    assert!(store.scan(b"r/").await.is_err(), "a closed store answers");
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

/// Runs the suite on one kind of store: `memory`, `indexeddb` or `sealed`. A case that fails ends the program.
#[wasm_bindgen(js_name = runConformance)]
pub async fn run_conformance(kind: String) {
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
    match kind.as_str() {
        "memory" => run(InMemory).await,
        "indexeddb" => {
            run(InBrowser(0)).await;
            reads_ahead(InBrowser(200).fresh().await).await;
        }
        "sealed" => run(SealedInBrowser(InBrowser(100))).await,
        other => panic!("there is no store {other}"),
    }
}
