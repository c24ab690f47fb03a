//! Waiting for what another process does, and for what another thread of this one does.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longer than anything takes on a machine that is not stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const GLANCE: Duration = Duration::from_millis(2);

/// Returns as soon as `done` is true.
///
/// # Errors
/// When `done` fails, or it takes so long that it will never be.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let since = Instant::now();
    loop {
        // Looked at before: whoever was paused meanwhile looks once more before giving up.
        let patient = since.elapsed() <= PATIENCE;
        if done()? {
            return Ok(());
        }
        if !patient {
            bail!("waited {PATIENCE:?} in vain until {what}");
        }
        std::thread::park_timeout(GLANCE);
    }
}

/// Held while a store is open in this process, and while a program is started. A child holds the locks
/// of all open files until it has become the other program: a store that is closed here meanwhile would
/// be locked for whoever opens it next.
static OPEN_OR_STARTING: Mutex<()> = Mutex::new(());

/// Nobody else of this process opens a store or starts a program meanwhile.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    OPEN_OR_STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}
