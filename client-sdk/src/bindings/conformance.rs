//! The suite of stores, to be called by a test page.

#![expect(clippy::unwrap_used, reason = "a suite of tests stops at the first surprise")]

use wasm_bindgen::prelude::*;

use super::wasm::BrowserEntropy;
use crate::seal::{KeyCost, Sealed};
use crate::store::conformance::{Rig, run};
use crate::store::{IndexedDbStore, MemoryStore};

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
        "indexeddb" => run(InBrowser(0)).await,
        "sealed" => run(SealedInBrowser(InBrowser(100))).await,
        other => panic!("there is no store {other}"),
    }
}
