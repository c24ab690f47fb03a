//! Whether a storage takes writes: what the newest write showed, or a probe where there was none.
//!
//! Both engines tell it of their writes. It remembers the trouble there is, and logs its beginning and its end,
//! never each write that meets it.

use std::future::Future;
use std::mem::{Discriminant, discriminant};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{StorageError, Stored};

/// How long a durable write stands for those that nobody has made since.
const PROVED_FOR: Duration = Duration::from_secs(5);

/// How long a probe that failed is answered from.
const FAILED_FOR: Duration = Duration::from_secs(1);

/// A probe that takes longer has failed: whoever watches the hub does not wait for ever.
const PATIENCE: Duration = Duration::from_secs(3);

/// Trouble of one kind that comes and goes is logged once in this time.
const TOLD_FOR: Duration = Duration::from_secs(60);

/// How a storage stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    newest: Mutex<Newest>,
    /// Held by the one probe there may be, with how the last one ended.
    probe: tokio::sync::Mutex<Option<(Instant, StorageError)>>,
}

#[derive(Debug, Default)]
struct Newest {
    /// Why writes fail, while they do.
    trouble: Option<StorageError>,
    /// When a write became durable last.
    durable: Option<Instant>,
    /// What was logged lately, and when.
    told: Vec<(Discriminant<StorageError>, Instant)>,
    /// Its beginning was logged and its end was not.
    to_tell: bool,
}

impl Standing {
    fn newest(&self) -> MutexGuard<'_, Newest> {
        // Nothing that can panic happens under this lock.
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says why writes fail, while they do.
    pub(super) fn writable(&self) -> Stored<()> {
        self.newest().trouble.clone().map_or(Ok(()), Err)
    }

    /// A write became durable.
    pub(super) fn wrote(&self) {
        let mut newest = self.newest();
        newest.durable = Some(Instant::now());
        newest.trouble = None;
        if std::mem::take(&mut newest.to_tell) {
            tracing::info!("the storage takes writes again");
        }
    }

    /// A write failed as any other would.
    pub(super) fn failed(&self, error: &StorageError) {
        let mut newest = self.newest();
        newest.trouble = Some(error.clone());
        let kind = discriminant(error);
        newest.told.retain(|(_, when)| when.elapsed() < TOLD_FOR);
        if newest.told.iter().all(|(told, _)| *told != kind) {
            newest.told.push((kind, Instant::now()));
            newest.to_tell = true;
            tracing::error!(error.reason = %error, "the storage takes no writes: nothing is acknowledged");
        }
    }

    /// Whether a write becomes durable now. `probe` makes one; it is polled only where none has shown it
    /// lately, and never twice at once.
    ///
    /// # Errors
    /// Why not; `Busy` when that takes too long and no trouble is known.
    pub(super) async fn ready(&self, probe: impl Future<Output = Stored<()>>) -> Stored<()> {
        if self.is_proved() {
            return Ok(());
        }
        let mut last = self.probe.lock().await;
        if self.is_proved() {
            return Ok(());
        }
        if let Some((when, error)) = &*last
            && when.elapsed() < FAILED_FOR
        {
            return Err(error.clone());
        }
        let done = match timeout(PATIENCE, probe).await {
            Ok(done) => done,
            Err(_) => self.writable().and(Err(StorageError::Busy)),
        };
        *last = done.as_ref().err().map(|error| (Instant::now(), error.clone()));
        done
    }

    fn is_proved(&self) -> bool {
        let newest = self.newest();
        newest.trouble.is_none() && newest.durable.is_some_and(|when| when.elapsed() < PROVED_FOR)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_probe_is_made_only_where_no_write_has_shown_anything() {
        let (standing, probes) = (Standing::default(), Cell::new(0));
        let probe = async || {
            probes.set(probes.get() + 1);
            standing.wrote();
            Ok(())
        };
        assert_eq!(standing.ready(probe()).await, Ok(()));
        assert_eq!((standing.ready(probe()).await, probes.get()), (Ok(()), 1), "the first one still stands");
        standing.failed(&StorageError::Full);
        assert_eq!(standing.writable(), Err(StorageError::Full));
        assert_eq!((standing.ready(probe()).await, probes.get()), (Ok(()), 2), "trouble is asked after");
        assert_eq!(standing.writable(), Ok(()));
    }

    #[tokio::test]
    async fn a_probe_that_failed_is_not_repeated_at_once() {
        let standing = Standing::default();
        assert_eq!(standing.ready(async { Err(StorageError::Full) }).await, Err(StorageError::Full));
        let asked = Cell::new(false);
        let again = async {
            asked.set(true);
            Ok(())
        };
        assert_eq!((standing.ready(again).await, asked.get()), (Err(StorageError::Full), false));
    }
}
