//! Documents a worker keeps loaded: reading one costs a good part of judging it.

use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::judge::Base;
use super::limits;
use super::wire::SavedHash;

/// Memory a loaded document takes beside its contents, and for each saved byte; measured, rounded up.
const LOADED_BYTES: u64 = 24 * 1024;
const LOADED_PER_SAVED_BYTE: u64 = 24;

/// Loaded documents by the hash of their saved bytes, the least recently used forgotten first.
pub(super) struct Hot {
    documents: Cache<SavedHash, Arc<Base>>,
}

impl Hot {
    /// Keeps documents that take about this much memory, and never more of them than the limit says.
    pub(super) fn new(memory_bytes: u64) -> Self {
        let least = memory_bytes.div_ceil(limits::HOT_DOCUMENTS);
        let weight = move |_: &SavedHash, base: &Arc<Base>| {
            let bytes = LOADED_BYTES + LOADED_PER_SAVED_BYTE * base.saved_bytes as u64;
            u32::try_from(bytes.max(least)).unwrap_or(u32::MAX)
        };
        let documents = Cache::builder()
            .max_capacity(memory_bytes)
            .weigher(weight)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { documents }
    }

    /// A loaded document.
    pub(super) fn get(&self, hash: SavedHash) -> Option<Arc<Base>> {
        self.documents.get(&hash)
    }

    /// Keeps a document, and forgets others where there is no room.
    pub(super) fn keep(&self, hash: SavedHash, base: Arc<Base>) {
        self.documents.insert(hash, base);
        // The cache tidies up in batches, and this one must not grow in between.
        self.documents.run_pending_tasks();
    }

    /// Forgets a document.
    pub(super) fn forget(&self, hash: SavedHash) {
        self.documents.invalidate(&hash);
    }
}
