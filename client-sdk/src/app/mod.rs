//! What the rep's app asks of the book: every call of its pages, over any store and any way to the hub.
//!
//! [`App::call`] takes a call by name with JSON arguments and answers JSON; the pages' side of the agreement is
//! `web/src/rep/engine/contract.ts`. A call that changes something has an id. Its answer is stored in the same batch as
//! the change, so that a call sent again, because whoever was to answer went away, is done once.
//!
//! Lists are answered from [`cards`], the rows of all documents kept in memory; a document is opened to show or edit it.

mod answers;
mod cards;
mod chip;
mod contact;
mod digest;
mod done;
mod edits;
mod lists;
mod overview;
mod problem;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::BTreeMap;

use document_model::{DocumentId, Moment};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use answers::SyncStatus;
pub use chip::{Chip, Standing, chip};
pub use contact::{Channel, Contact, contact_operations};
pub use problem::CallProblem;

use crate::client::{Client, Next, SyncReport, Told};
use crate::store::{Batch, Store};
use crate::transport::Transport;
use crate::{ClientError, Errand};
use cards::Cards;
use digest::Journal;
use done::DoneCalls;
use edits::Undo;

/// Edits that can be taken back, the newest ones.
const UNDOS_KEPT: usize = 50;

/// The rep's app over an open book.
pub struct App<S, T> {
    client: Client<S, T>,
    cards: Cards,
    done: DoneCalls,
    journal: Journal,
    undos: BTreeMap<String, Undo>,
    link: Link,
    /// The call under way: its id, for what it writes.
    call: String,
}

/// What is known of the way to the hub since the program began.
#[derive(Default)]
struct Link {
    /// Whether the last try failed to reach the hub.
    lost: bool,
    /// A problem that trying again does not end.
    problem: Option<CallProblem>,
}

/// What the browser says of its storage, for the status.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Browser {
    /// Whether it promised not to throw the book away.
    pub persisted: Option<bool>,
    /// Bytes the book takes.
    pub usage: Option<u64>,
}

impl<S: Store, T: Transport> App<S, T> {
    /// The app over a client; reads every row once.
    pub async fn open(client: Client<S, T>) -> Result<Self, ClientError> {
        let done = DoneCalls::read(&client.store).await?;
        let journal = Journal::read(&client.store).await?;
        let mut app = Self {
            client,
            cards: Cards::default(),
            done,
            journal,
            undos: BTreeMap::new(),
            link: Link::default(),
            call: String::new(),
        };
        app.refresh_all().await?;
        Ok(app)
    }

    /// The client, to sign in with and to be asked for its engine.
    pub fn client(&mut self) -> &mut Client<S, T> {
        &mut self.client
    }

    /// Gives the client back.
    pub fn into_client(self) -> Client<S, T> {
        self.client
    }

    /// Work that is on this device alone: edits and closed days that were not sent, and what lies in the tray.
    /// Whoever removes a book loses it.
    pub async fn work_kept_here(&self) -> Result<u64, ClientError> {
        let status = self.client.status().await?;
        Ok(status.unsent + (status.closed_days.len() + status.tray) as u64)
    }

    /// Answers a call. `id` names this call among all that were ever made; empty for those that change nothing.
    pub async fn call(
        &mut self,
        name: &str,
        id: &str,
        args: &str,
        now: Moment,
    ) -> Result<String, CallProblem> {
        if let Some(answer) = self.done.answer(id) {
            return Ok(answer.to_owned());
        }
        id.clone_into(&mut self.call);
        self.recover().await?;
        let args: Value = serde_json::from_str(args).map_err(|error| CallProblem::misread(name, &error))?;
        let answer = match name {
            "status" => json(self.status(read(name, args)?).await?),
            "today" => json(self.today(now).await?),
            "customers" => json(self.customers(&read(name, args)?, now)?),
            "document" => json(self.document(read::<ById>(name, args)?.id, now).await?),
            "policies" => json(self.policies(&read(name, args)?, now)?),
            "timeline" => json(self.timeline(&read(name, args)?).await?),
            "history" => json(self.history(read::<ById>(name, args)?.id).await?),
            "products" => json(self.products()?),
            "figures" => json(self.figures(&read(name, args)?, now).await?),
            "clashes" => json(self.clashes().await?),
            "tray" => json(self.tray().await?),
            "digest" => json(self.journal.digest()),
            "diagnostics" => json(self.diagnostics().await?),
            "createCustomer" => json(self.create_customer(read(name, args)?, now).await?),
            "recordSale" => json(self.record_sale(read(name, args)?, now).await?),
            "logContact" => json(self.log_contact(read(name, args.clone())?, &read(name, args)?, now).await?),
            "edit" => json(self.edit(read(name, args)?, now).await?),
            "settle" => json(self.settle(read(name, args)?, now).await?),
            "undo" => json(self.undo(&read::<UndoArgs>(name, args)?.undo, now).await?),
            "closeDay" => json(self.close_day(&read(name, args)?, now).await?),
            "applyTray" => json(self.apply_tray(read::<ById>(name, args)?.id, now).await?),
            "dropTray" => json(self.drop_tray(read::<ById>(name, args)?.id, now).await?),
            "digestSeen" => json(self.digest_seen(now).await?),
            _ => return Err(CallProblem::unknown_call(name)),
        };
        self.refresh().await?;
        Ok(answer)
    }

    /// After a commit that failed, the engine is made anew from what the store holds; so are the lists.
    async fn recover(&mut self) -> Result<(), ClientError> {
        if self.client.engine().is_err() {
            self.client.reload().await?;
            self.refresh_all().await?;
        }
        Ok(())
    }

    /// Begins an exchange with the hub; see [`Client::begin_exchange`].
    pub async fn begin_exchange(&mut self, now: Moment, total: &mut SyncReport) -> Result<Next, ClientError> {
        let begun = self.client.begin_exchange(now, total).await;
        self.after_exchange(begun, now, total).await
    }

    /// Goes on with what came of an errand; see [`Client::go_on`].
    pub async fn go_on(
        &mut self,
        errand: Errand,
        told: Told,
        now: Moment,
        total: &mut SyncReport,
    ) -> Result<Next, ClientError> {
        let next = self.client.go_on(errand, told, now, total).await;
        self.after_exchange(next, now, total).await
    }

    /// What an exchange changed is shown from now on, and what others did is noted.
    async fn after_exchange(
        &mut self,
        next: Result<Next, ClientError>,
        now: Moment,
        total: &SyncReport,
    ) -> Result<Next, ClientError> {
        self.link.note(&next);
        self.recover().await?;
        let lines = self.news(now).await?;
        let mut batch = Batch::new();
        let day = self.client.engine()?.day(now);
        self.journal.note(lines, now, &mut batch);
        if matches!(next, Ok(Next::Over { again: false }) | Err(_)) {
            self.journal.traffic(total, day, now, &mut batch);
        }
        self.client.commit(vec![batch]).await?;
        next
    }
}

impl Link {
    fn note(&mut self, next: &Result<Next, ClientError>) {
        match next {
            Ok(Next::Over { .. }) => *self = Self::default(),
            Ok(Next::Errand(_)) => {}
            Err(error) => {
                self.lost = error.is_out_of_reach();
                self.problem = error.needs_a_person().then(|| CallProblem::of(error));
            }
        }
    }
}

/// The argument of calls about one document or item.
#[derive(Deserialize)]
struct ById {
    id: DocumentId,
}

#[derive(Deserialize)]
struct UndoArgs {
    undo: String,
}

fn read<A: DeserializeOwned>(name: &str, args: Value) -> Result<A, CallProblem> {
    serde_json::from_value(args).map_err(|error| CallProblem::misread(name, &error))
}

fn json(answer: impl Serialize) -> String {
    serde_json::to_string(&answer).expect("answers have text keys and plain values")
}
