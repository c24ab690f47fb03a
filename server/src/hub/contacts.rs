//! What devices were heard of, collected here and written in batches: an exchange without news waits for no
//! write. Until it is written, and until whoever reads it has, it is known from here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use document_model::{DeviceId, Moment};

use crate::auth::{Device, Told};
use crate::organisation::DeviceNews;
use crate::storage::Contact;

/// What was heard and is not known from the storage yet.
#[derive(Debug, Default)]
pub struct Contacts {
    heard: Mutex<HashMap<DeviceId, Heard>>,
}

#[derive(Debug, Clone)]
struct Heard {
    contact: Contact,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be written.
    Waiting,
    /// On its way.
    Writing,
    /// Durable. Who read the storage before does not know it yet.
    Written,
}

impl Contacts {
    /// Notes a contact; `complete` is the instant up to which all edits of the device have arrived.
    pub fn heard(&self, device: DeviceId, seen: Moment, complete: Option<Moment>) {
        let complete_ms = complete.map(|complete| complete.0);
        self.hear(Contact { device, seen_ms: seen.0, complete_ms, told: None });
    }

    /// Notes what a device in contact said of itself.
    pub fn told(&self, device: DeviceId, told: Told) {
        self.hear(Contact { device, seen_ms: told.at_ms, complete_ms: None, told: Some(told) });
    }

    fn hear(&self, contact: Contact) {
        let mut heard = self.lock();
        let known = heard.entry(contact.device);
        let known = known.or_insert_with(|| Heard { contact: contact.clone(), state: State::Waiting });
        known.contact.join(&contact);
        known.state = State::Waiting;
    }

    /// Adds to devices as they are stored what was heard of them since.
    pub(super) fn overlay(&self, devices: &mut [Device]) {
        let heard = self.lock();
        for device in devices {
            let Some(news) = heard.get(&device.id).map(|heard| &heard.contact) else { continue };
            device.last_seen_ms = device.last_seen_ms.max(news.seen_ms);
            device.complete_ms = device.complete_ms.max(news.complete_ms);
            let at_ms = |told: &Option<Told>| told.as_ref().map(|told| told.at_ms);
            if at_ms(&device.told) <= at_ms(&news.told) {
                device.told.clone_from(&news.told);
            }
        }
    }

    /// Takes everything that waits, to be written.
    #[must_use]
    pub fn take(&self) -> Vec<Contact> {
        let mut heard = self.lock();
        let waiting = heard.values_mut().filter(|heard| heard.state == State::Waiting);
        let taken = waiting.map(|heard| {
            heard.state = State::Writing;
            heard.contact.clone()
        });
        taken.collect()
    }

    /// What was taken is durable. `remembered`: somebody has read the storage before and goes by that.
    pub fn written(&self, taken: &[Contact], remembered: bool) {
        let mut heard = self.lock();
        for contact in taken {
            match heard.get_mut(&contact.device) {
                Some(known) if known.state == State::Writing && remembered => known.state = State::Written,
                Some(known) if known.state == State::Writing => drop(heard.remove(&contact.device)),
                _ => {}
            }
        }
    }

    /// What was taken could not be written: it waits again.
    pub fn not_written(&self, taken: &[Contact]) {
        let mut heard = self.lock();
        for contact in taken {
            if let Some(known) = heard.get_mut(&contact.device) {
                known.state = State::Waiting;
            }
        }
    }

    /// Devices of which all that was heard is durable: whoever reads the storage from now on knows it.
    pub(super) fn durable(&self) -> Vec<DeviceId> {
        let heard = self.lock();
        let written = heard.values().filter(|heard| heard.state == State::Written);
        written.map(|heard| heard.contact.device).collect()
    }

    /// Whoever reads the storage has read what is durable of these devices.
    pub(super) fn forget(&self, devices: &[DeviceId]) {
        let mut heard = self.lock();
        for device in devices {
            if heard.get(device).is_some_and(|known| known.state == State::Written) {
                heard.remove(device);
            }
        }
    }

    /// What was heard and whoever reads the storage may not know.
    pub(super) fn news(&self) -> HashMap<DeviceId, DeviceNews> {
        let heard = self.lock();
        let of = |one: &Contact| DeviceNews { seen_ms: one.seen_ms, complete_ms: one.complete_ms };
        heard.values().map(|heard| (heard.contact.device, of(&heard.contact))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: DeviceId = DeviceId([1; 16]);

    fn contact(seen: i64, complete: impl Into<Option<i64>>) -> Contact {
        Contact { device: PHONE, seen_ms: seen, complete_ms: complete.into(), told: None }
    }

    #[test]
    fn what_is_heard_is_known_until_it_was_read() {
        let contacts = Contacts::default();
        contacts.heard(PHONE, Moment(5), Some(Moment(4)));
        contacts.heard(PHONE, Moment(3), None);
        assert_eq!(contacts.take(), [contact(5, 4)], "the newest of each");
        assert_eq!(contacts.take(), [], "it is being written");
        assert_eq!(contacts.news().get(&PHONE), Some(&DeviceNews { seen_ms: 5, complete_ms: Some(4) }));
        contacts.not_written(&[contact(5, 4)]);
        assert_eq!(contacts.take(), [contact(5, 4)], "it comes again");
        contacts.written(&[contact(5, 4)], true);
        assert_eq!((contacts.take(), contacts.durable()), (vec![], vec![PHONE]));
        assert_eq!(contacts.news().len(), 1, "nobody has read it yet");
        contacts.forget(&[PHONE]);
        assert_eq!(contacts.news().len(), 0);
    }

    #[test]
    fn what_a_device_says_of_itself_stays_until_it_says_something_newer() {
        let told = |unsent, at_ms| Told { version: "1".to_owned(), unsent, tray: 0, at_ms };
        let contacts = Contacts::default();
        contacts.told(PHONE, told(7, 5));
        contacts.heard(PHONE, Moment(6), None);
        contacts.told(PHONE, told(9, 4));
        let mut devices = [Device {
            id: PHONE,
            user: "kim".to_owned(),
            name: String::new(),
            registered_ms: 0,
            last_seen_ms: 1,
            complete_ms: Some(8),
            revoked: false,
            told: Some(told(1, 1)),
        }];
        contacts.overlay(&mut devices);
        assert_eq!(devices[0].told, Some(told(7, 5)));
        assert_eq!((devices[0].last_seen_ms, devices[0].complete_ms), (6, Some(8)));
        devices[0].told = Some(told(2, 6));
        contacts.overlay(&mut devices);
        assert_eq!(devices[0].told, Some(told(2, 6)), "another hub heard it later");
        assert_eq!(contacts.take(), [Contact { told: Some(told(7, 5)), ..contact(6, None) }]);
    }

    #[test]
    fn what_is_heard_meanwhile_is_not_forgotten() {
        let contacts = Contacts::default();
        contacts.heard(PHONE, Moment(5), None);
        let taken = contacts.take();
        contacts.heard(PHONE, Moment(6), Some(Moment(6)));
        contacts.written(&taken, true);
        assert_eq!(contacts.durable(), []);
        contacts.forget(&[PHONE]);
        assert_eq!(contacts.take(), [contact(6, 6)]);
        contacts.written(&[contact(6, 6)], false);
        assert_eq!(contacts.news().len(), 0, "nobody reads");
    }
}
