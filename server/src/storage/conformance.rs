//! What every engine promises, as cases any engine is run through: its own tests and the `tests`
//! crate call [`run`].
//!
//! A case starts on a fresh storage and panics where the engine breaks the contract. After each one
//! that writes, [`sample::check`] reads everything back and works out anew what the numbers, chains
//! and digests must be.

mod audit;
mod closings;
mod commits;
mod exceptions;
mod feeds;
mod figures;
mod furnish;
mod history;
mod invitations;
mod keys;
mod moves;
mod organisation;
mod people;
pub(crate) mod sample;
pub mod scratch;
mod settings;
mod together;

#[cfg(test)]
pub(in crate::storage) use figures::blocks_are_right_or_not_read;

pub use furnish::{FURNISHER, Furnish};

use super::{KeyStorage, Storage};

/// Runs every case, each on a storage of its own made by `fresh`.
///
/// # Panics
/// When the engine does not do what the traits promise.
pub async fn run<S: Storage>(fresh: impl AsyncFn() -> S) {
    commits::run(&fresh).await;
    feeds::run(&fresh).await;
    moves::run(&fresh).await;
    history::run(&fresh).await;
    figures::run(&fresh).await;
    closings::run(&fresh).await;
    exceptions::run(&fresh).await;
    people::run(&fresh).await;
    invitations::run(&fresh).await;
    organisation::run(&fresh).await;
    settings::run(&fresh).await;
    audit::run(&fresh).await;
}

/// Runs every case of the keys that payloads are sealed with.
///
/// # Panics
/// When the engine does not do what the traits promise.
pub async fn run_keys<S: Storage + KeyStorage>(fresh: impl AsyncFn() -> S) {
    keys::run(&fresh).await;
}

/// Runs every case of several at work, each on two handles of one storage made by `pair`.
///
/// # Panics
/// When the engine does not do what the traits promise.
pub async fn run_together<S: Storage>(pair: impl AsyncFn() -> (S, S)) {
    together::run(&pair).await;
}

/// Runs cases one after the other. Boxed: a case's future holds every record it compares.
macro_rules! cases {
    ($fresh:ident: $($case:ident),+ $(,)?) => {
        $(Box::pin($case($fresh().await)).await;)+
    };
}

use cases;

#[cfg(test)]
mod tests {
    use crate::storage::memory::MemoryStorage;

    #[tokio::test]
    async fn memory_keeps_the_contract() {
        super::run(async || MemoryStorage::new()).await;
        super::run_keys(async || MemoryStorage::new()).await;
        let pair = async || {
            let storage = MemoryStorage::new();
            (storage.clone(), storage)
        };
        super::run_together(pair).await;
    }
}
