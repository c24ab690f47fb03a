//! Keys of documents, wrapped, in memory.

use std::collections::BTreeSet;

use document_model::DocumentId;

use super::{MemoryStorage, State};
use crate::storage::sealing::{MasterId, WrappedKey};
use crate::storage::{KeyStorage, Stored};

impl KeyStorage for MemoryStorage {
    async fn document_keys(&self, documents: &[DocumentId]) -> Stored<Vec<(DocumentId, WrappedKey)>> {
        let find = |state: &mut State| {
            let found = documents.iter().filter_map(|id| Some((*id, state.keys.get(id)?.clone())));
            found.collect()
        };
        Ok(self.with(find).await)
    }

    async fn keys_under(
        &self,
        master: MasterId,
        after: Option<DocumentId>,
        max: usize,
    ) -> Stored<Vec<(DocumentId, WrappedKey)>> {
        let find = |state: &mut State| {
            let under = state.keys.iter().filter(|(id, key)| key.master == master && Some(**id) > after);
            under.take(max).map(|(id, key)| (*id, key.clone())).collect()
        };
        Ok(self.with(find).await)
    }

    async fn rewrap(&self, from: MasterId, keys: Vec<(DocumentId, WrappedKey)>) -> Stored<usize> {
        let replace = |state: &mut State| {
            state.check_writable()?;
            let mut done = 0;
            for (id, key) in keys {
                if let Some(old) = state.keys.get_mut(&id).filter(|old| old.master == from) {
                    *old = key;
                    done += 1;
                }
            }
            Ok(done)
        };
        self.with(replace).await
    }

    async fn master(&self) -> Stored<Option<MasterId>> {
        Ok(self.with(|state| state.master).await)
    }

    async fn name_master(&self, expected: Option<MasterId>, master: MasterId) -> Stored<bool> {
        let name = |state: &mut State| {
            state.check_writable()?;
            let is = state.master == expected;
            if is {
                state.master = Some(master);
            }
            Ok(is)
        };
        self.with(name).await
    }

    async fn masters(&self) -> Stored<Vec<MasterId>> {
        let used = |state: &mut State| state.keys.values().map(|key| key.master).collect::<BTreeSet<_>>();
        Ok(self.with(used).await.into_iter().collect())
    }
}
