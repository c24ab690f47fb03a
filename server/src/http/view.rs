//! Who is welcome and what is new, read for all open sockets at once.
//!
//! Tens of thousands of sockets cannot each ask the storage every few seconds. One task reads for all
//! of them, while there are any; each looks itself up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use document_model::{BookId, DeviceId, UnitCode};
use tokio::time::{MissedTickBehavior, interval};

use super::shell::Shell;
use crate::auth::{Account, Action, Device, Object, Principal, Role, may};
use crate::hub::Gate;
use crate::storage::{Storage, Stored, StoredBook};

/// What sockets need to know, as it was a moment ago.
#[derive(Debug, Default)]
pub(super) struct View {
    revoked: HashSet<DeviceId>,
    /// What accounts may do; nothing when they are closed.
    accounts: HashMap<String, Option<(Role, UnitCode)>>,
    books: HashMap<Option<UnitCode>, Vec<(BookId, u64)>>,
}

impl View {
    fn new(devices: Vec<Device>, accounts: Vec<Account>, books: Vec<StoredBook>) -> Self {
        let mut view = Self::default();
        view.revoked.extend(devices.into_iter().filter(|device| device.revoked).map(|device| device.id));
        for Account { name, role, unit, disabled, .. } in accounts {
            view.accounts.insert(name, (!disabled).then_some((role, unit)));
        }
        view.add(books);
        view
    }

    /// The books alone.
    pub(super) fn of_books(books: Vec<StoredBook>) -> Self {
        let mut view = Self::default();
        view.add(books);
        view
    }

    fn add(&mut self, books: Vec<StoredBook>) {
        for book in books {
            self.books.entry(book.owner).or_default().push((book.id, book.seq));
        }
    }

    /// A person with the rights of now; `None` when no longer welcome. Whom the view does not know came
    /// after it was read.
    pub(super) fn standing(&self, person: &Principal) -> Option<Principal> {
        if self.revoked.contains(&person.device) {
            return None;
        }
        match self.accounts.get(&person.user) {
            None => Some(person.clone()),
            Some(None) => None,
            Some(Some((role, unit))) => Some(Principal { role: *role, unit: unit.clone(), ..person.clone() }),
        }
    }

    /// The books a person may read, and their newest entries.
    pub(super) fn heads(&self, person: &Principal) -> HashMap<BookId, u64> {
        let owners = [None, Some(person.unit.clone())];
        let readable = owners.iter().filter(|owner| {
            let object = owner.as_ref().map_or(Object::SharedBook, |owner| Object::Book { owner });
            may(person, Action::Read, object)
        });
        readable.filter_map(|owner| self.books.get(owner)).flatten().copied().collect()
    }
}

/// Reads a new view every few seconds while sockets are open, until the hub stops.
pub(super) async fn keep<S: Storage, G: Gate>(shell: Shell<S, G>) {
    let mut due = interval(Duration::from_secs(shell.config.pokes.recheck_s));
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shell.closing() => return,
            _ = due.tick() => {}
        }
        if shell.view.receiver_count() == 0 {
            continue;
        }
        match read(shell.hub.storage()).await {
            Ok(view) => drop(shell.view.send_replace(Arc::new(view))),
            // Pokes are hints: a storage that is busy is asked again at the next look.
            Err(error) => tracing::warn!(error.reason = %error, "open sockets wait for the next look"),
        }
    }
}

async fn read<S: Storage>(storage: &S) -> Stored<View> {
    let (devices, accounts, books) =
        futures::try_join!(storage.devices(), storage.accounts(), storage.books())?;
    Ok(View::new(devices, accounts, books))
}

#[cfg(test)]
mod tests {
    use sync_protocol::{Digest, FeedChain};

    use super::*;

    fn person(user: &str, role: Role, unit: &str, device: u8) -> Principal {
        Principal { user: user.to_owned(), role, unit: unit.into(), device: DeviceId([device; 16]) }
    }

    fn book(id: u8, owner: Option<&str>, seq: u64) -> StoredBook {
        StoredBook {
            id: BookId([id; 16]),
            name: String::new(),
            owner: owner.map(UnitCode::from),
            epoch: 1,
            seq,
            chain: FeedChain::default(),
            digest: Digest::default(),
            ledger_number: 0,
            ledger_chain: FeedChain::default(),
        }
    }

    fn view() -> View {
        let device = |id, revoked| Device {
            id: DeviceId([id; 16]),
            user: "kim".to_owned(),
            name: String::new(),
            registered_ms: 0,
            last_seen_ms: 0,
            complete_ms: None,
            revoked,
            told: None,
        };
        let account = |name: &str, unit: &str, disabled| Account {
            name: name.to_owned(),
            role: Role::Rep,
            unit: unit.into(),
            password_hash: String::new(),
            disabled,
        };
        let books =
            vec![book(0, None, 5), book(1, Some("P1"), 7), book(2, Some("P2"), 9), book(3, Some("P1"), 1)];
        View::new(
            vec![device(1, false), device(2, true)],
            vec![account("kim", "P1", false), account("lee", "P2", true)],
            books,
        )
    }

    #[test]
    fn the_revoked_and_the_closed_are_not_welcome() {
        let view = view();
        assert!(view.standing(&person("kim", Role::Rep, "P1", 1)).is_some());
        assert!(view.standing(&person("kim", Role::Rep, "P1", 2)).is_none());
        assert!(view.standing(&person("lee", Role::Rep, "P2", 3)).is_none());
        assert!(view.standing(&person("new", Role::Rep, "P3", 4)).is_some(), "came after the view was read");
        let moved = view.standing(&person("kim", Role::Rep, "P9", 1)).unwrap();
        assert_eq!(moved.unit.as_str(), "P1");
    }

    #[test]
    fn everybody_hears_of_their_own_books_and_the_shared_one() {
        let heads = |person: Principal| {
            let mut heads: Vec<_> =
                view().heads(&person).into_iter().map(|(book, seq)| (book.0[0], seq)).collect();
            heads.sort_unstable();
            heads
        };
        assert_eq!(heads(person("kim", Role::Rep, "P1", 1)), [(0, 5), (1, 7), (3, 1)]);
        assert_eq!(heads(person("mo", Role::Manager, "P1", 1)), [(0, 5)], "figures are no books");
    }
}
