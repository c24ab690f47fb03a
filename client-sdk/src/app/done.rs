//! Calls that were done, with their answers: the newest ones, each stored in the batch of what it changed.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::records::{decode, encode, keys};
use crate::store::{Batch, Store, StoreError};

/// Answers kept. Calls are sent again within seconds, when a tab took over from one that went away.
const CALLS_KEPT: u64 = 64;

#[derive(Encode, Decode)]
struct DoneCall {
    #[n(0)]
    number: u64,
    #[n(1)]
    id: String,
    #[n(2)]
    answer: String,
}

/// The newest calls by id.
#[derive(Default)]
pub(super) struct DoneCalls {
    next: u64,
    answers: BTreeMap<String, (u64, String)>,
}

impl DoneCalls {
    pub(super) async fn read(store: &impl Store) -> Result<Self, StoreError> {
        let mut known = Self::default();
        for (_, value) in store.scan(keys::CALLS).await? {
            let call: DoneCall = decode(&value)?;
            known.next = known.next.max(call.number + 1);
            known.answers.insert(call.id, (call.number, call.answer));
        }
        Ok(known)
    }

    /// What a call of this id was answered, if it was done.
    pub(super) fn answer(&self, id: &str) -> Option<&str> {
        self.answers.get(id).map(|(_, answer)| answer.as_str())
    }

    /// The write that says so, for the batch of what the call changes. Believed only once that is durable:
    /// [`Self::keep`].
    pub(super) fn write(&self, id: &str, answer: &str) -> Batch {
        let mut batch = Batch::new();
        if !id.is_empty() {
            let call = DoneCall { number: self.next, id: id.to_owned(), answer: answer.to_owned() };
            batch.put(keys::call(self.next % CALLS_KEPT), encode(&call));
        }
        batch
    }

    /// The batch with that write is durable.
    pub(super) fn keep(&mut self, id: &str, answer: &str) {
        if id.is_empty() {
            return;
        }
        let number = self.next;
        self.next += 1;
        self.answers.retain(|_, (known, _)| *known + CALLS_KEPT > number);
        self.answers.insert(id.to_owned(), (number, answer.to_owned()));
    }
}
