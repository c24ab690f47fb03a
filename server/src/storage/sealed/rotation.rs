//! Another master key: the keys of all documents are wrapped anew, while the hub goes on.

use document_model::DocumentId;

use super::Sealed;
use crate::storage::sealing::{MasterId, WrappedKey};
use crate::storage::{KeyStorage, Storage, StorageError, Stored};

/// Keys wrapped anew at a time.
const KEYS_TOGETHER: usize = 1_000;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The master key in use now.
    pub master: MasterId,
    /// Documents whose keys were wrapped anew.
    pub rewrapped: u64,
    /// Documents whose keys are damaged: they stay under the master key they are wrapped by.
    pub damaged: Vec<DocumentId>,
}

impl<S: Storage + KeyStorage> Sealed<S> {
    /// The master keys that documents' keys are wrapped by, and the one for new ones.
    ///
    /// # Errors
    /// As reads.
    pub async fn in_use(&self) -> Stored<(Vec<MasterId>, MasterId)> {
        let current = self.look_again().await?.current.id();
        Ok((self.inner().masters().await?, current))
    }

    /// Makes the newest master key at hand the one in use, and wraps every document's key with it. Cut off
    /// anywhere, it goes on where it was when it is called again.
    ///
    /// # Errors
    /// As reads and writes; what was wrapped anew stays so.
    pub async fn rotate(&self, progress: &(dyn Fn(u64) + Sync)) -> Stored<Rotated> {
        let masters = self.look_again().await?;
        let newest = masters.ring.newest().unwrap_or(&masters.current).clone();
        if newest.id() != masters.current.id()
            && !self.inner().name_master(Some(masters.current.id()), newest.id()).await?
        {
            return Err(StorageError::Busy);
        }
        self.look_again().await?;
        let mut done = Rotated { master: newest.id(), rewrapped: 0, damaged: Vec::new() };
        for master in self.inner().masters().await?.into_iter().filter(|master| *master != newest.id()) {
            let mut after = None;
            loop {
                let page = self.inner().keys_under(master, after, KEYS_TOGETHER).await?;
                let Some((last, _)) = page.last() else { break };
                after = Some(*last);
                let mut wrapped: Vec<(DocumentId, WrappedKey)> = Vec::with_capacity(page.len());
                for (document, old) in page {
                    match self.unwrap(document, &old).await? {
                        Some(raw) => wrapped.extend(self.wrap(&newest, &[(document, raw)])),
                        None => done.damaged.push(document),
                    }
                }
                done.rewrapped += self.inner().rewrap(master, wrapped).await? as u64;
                progress(done.rewrapped);
            }
        }
        Ok(done)
    }
}
