//! Simulated reps in the field: real clients over a store in memory, reaching the hub by HTTP.

use client_sdk::store::MemoryStore;
use client_sdk::transport::NativeTransport;
use client_sdk::{Client, ListItem, SyncReport};
use document_model::{Assignment, Date, DocumentId, FieldValue, Kind, Moment, Operation};
use rand_chacha::ChaCha8Rng;

use super::company::{Sale, policy_fields};
use super::script::{Act, Buyer};
use super::stand::{PASSWORD, Stand, account_of};
use super::{DemoError, names};
use crate::app::{Clock, SystemEntropy};

/// The field of a customer's first number: setting it changes that one, and adds it where there is none.
const PHONE: &str = "phone";
/// What devices call themselves.
const DEVICE_NAMES: [&str; super::script::DEVICES] = ["phone", "tablet"];

/// One device of a rep.
pub(super) struct Device {
    /// The rep's place in the company.
    pub(super) rep: usize,
    client: Client<MemoryStore, NativeTransport>,
    clock: Clock,
    today: Date,
    met: Vec<DocumentId>,
}

impl Device {
    /// Signs in on a new device of a rep who is at work, and downloads the rep's book.
    pub(super) async fn sign_in(
        stand: &Stand,
        rep: usize,
        number: usize,
    ) -> Result<(Self, SyncReport), DemoError> {
        Self::sign_in_as(stand, rep, account_of(rep), number).await
    }

    /// The same under an account of this name.
    pub(super) async fn sign_in_as(
        stand: &Stand,
        rep: usize,
        account: &str,
        number: usize,
    ) -> Result<(Self, SyncReport), DemoError> {
        let zone = stand.app.config.time_zone()?;
        let transport = NativeTransport::new()?;
        let clock = stand.app.clock.clone();
        let mut client = Client::open(MemoryStore::new(), transport, zone, Box::new(SystemEntropy)).await?;
        let name = DEVICE_NAMES[number % DEVICE_NAMES.len()];
        client.sign_in(&stand.server, account, PASSWORD, name, clock.now()).await?;
        let mut device = Self { rep, client, clock, today: stand.today, met: Vec::new() };
        let report = device.sync().await?;
        Ok((device, report))
    }

    /// Sends and receives everything.
    pub(super) async fn sync(&mut self) -> Result<SyncReport, DemoError> {
        let clock = self.clock.clone();
        Ok(self.client.sync(|| clock.now()).await?)
    }

    /// Does one thing of the script. Nothing is sent.
    pub(super) async fn act(&mut self, act: &Act) -> Result<(), DemoError> {
        let now = self.clock.now();
        match act {
            Act::Meet { name, phone } => {
                let operations = vec![set("name", name), set(PHONE, phone)];
                self.met.push(self.client.create(Kind::Customer, operations, now).await?);
            }
            Act::Sell { to, sale } => {
                self.sell(*to, sale, self.today).await?;
            }
            Act::Note { customer, line } => {
                let line = Operation::Append { field: "notes".to_owned(), line: (*line).to_owned() };
                self.client.edit(*customer, vec![line], now).await?;
            }
            Act::Correct { customer, phone } => {
                self.client.edit(*customer, vec![set(PHONE, phone)], now).await?
            }
            Act::Withdraw { policy } => {
                let today = self.today.to_string();
                self.client.edit(*policy, vec![set("withdrawn_on", &today)], now).await?;
            }
        }
        Ok(())
    }

    /// Meets somebody nobody scripted.
    pub(super) async fn meet(&mut self, dice: &mut ChaCha8Rng) -> Result<Buyer, DemoError> {
        self.act(&Act::Meet { name: names::person(dice), phone: names::phone(dice) }).await?;
        Ok(Buyer::Met(self.met.len() - 1))
    }

    /// Sells a policy.
    pub(super) async fn sell(&mut self, to: Buyer, sale: &Sale, day: Date) -> Result<(), DemoError> {
        let customer = match to {
            Buyer::Known(customer) => customer,
            Buyer::Met(number) => self.met[number],
        };
        let assigned = policy_fields(customer, sale, day).into_iter();
        let operations = assigned.map(|(field, value)| Operation::Set(Assignment { field, value })).collect();
        self.client.create(Kind::Policy, operations, self.clock.now()).await?;
        Ok(())
    }

    /// The values of a customer's number that clash, sorted.
    pub(super) async fn clash_values(&self, customer: DocumentId) -> Result<Vec<String>, DemoError> {
        let shown = self.client.show(customer, self.now()).await?;
        let clash = shown.clashes.iter().find(|clash| clash["field"] == PHONE);
        let values = clash.and_then(|clash| clash["values"].as_array()).into_iter().flatten();
        let mut values: Vec<_> =
            values.filter_map(|value| value["value"].as_str().map(str::to_owned)).collect();
        values.sort();
        Ok(values)
    }

    /// A customer's number as shown.
    pub(super) async fn phone(&self, customer: DocumentId) -> Result<Option<String>, DemoError> {
        let shown = self.client.show(customer, self.now()).await?;
        Ok(shown.fields.get(PHONE).and_then(FieldValue::as_text).map(str::to_owned))
    }

    /// Everything on the device: customers, then policies.
    pub(super) async fn records(&self) -> Result<Vec<ListItem>, DemoError> {
        let mut records = self.client.list(Kind::Customer, self.now()).await?;
        records.extend(self.client.list(Kind::Policy, self.now()).await?);
        Ok(records)
    }

    /// Edits not sent, and items in the tray.
    pub(super) async fn left_over(&self) -> Result<u64, DemoError> {
        let status = self.client.status().await?;
        Ok(status.unsent + status.tray as u64)
    }

    /// Net policies and net premium of these days from the device's own records.
    pub(super) async fn own_figures(&self, from: Date, to: Date) -> Result<(i64, i64), DemoError> {
        let figures = self.client.figures(from, to, self.now()).await?;
        Ok((figures.total.net, figures.total.premium_net_won))
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }
}

fn set(field: &str, value: &str) -> Operation {
    Operation::Set(Assignment { field: field.to_owned(), value: FieldValue::from(value) })
}
