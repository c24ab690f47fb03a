//! When devices were last in contact, collected here and written in batches: an exchange without
//! news waits for no write.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use document_model::{DeviceId, Moment};

/// Contact times not yet written.
#[derive(Debug, Default)]
pub struct Contacts {
    waiting: Mutex<BTreeMap<DeviceId, i64>>,
}

impl Contacts {
    /// Notes a contact.
    pub fn seen(&self, device: DeviceId, now: Moment) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(device, now.0);
    }

    /// Takes everything noted, to be written.
    #[must_use]
    pub fn take(&self) -> Vec<(DeviceId, i64)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
            .into_iter()
            .collect()
    }
}
