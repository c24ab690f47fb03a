//! One step of chaos: somebody edits, something goes on, something fails.

use std::collections::BTreeSet;
use std::task::{Context, Waker};

use client_sdk::store::StoreError;
use client_sdk::{ClientError, DocumentView};
use document_model::{Assignment, Date, DocumentId, FieldValue, Kind, Moment, Operation, civil_date};
use futures::executor::block_on;
use jiff::tz::TimeZone;
use rand::RngExt;
use server::storage::{DocumentStorage, FigureStorage};

use super::world::{Edit, World};

/// Premiums carry the number of the edit that wrote them above this.
pub(crate) const PREMIUM_BASE: i64 = 1_000_000;
const MOST_CLONES: u64 = 2;
const PRODUCTS: [&str; 3] = ["WL01", "TL01", "CI01"];

/// The text that marks an edit.
pub(crate) fn token_text(token: u64) -> String {
    format!("t{token}x")
}

impl World {
    /// One step.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        let choice = self.schedule.random_range(0..100u32);
        self.hash(&choice);
        match choice {
            0..=34 => self.edit_somewhere(),
            35..=54 => {
                let index = self.any_device();
                self.devices[index].begin_exchange(Moment(self.now_ms));
                Ok(())
            }
            55..=92 => self.go_on(),
            _ => self.fault(),
        }
    }

    fn any_device(&mut self) -> usize {
        self.schedule.random_range(0..self.devices.len())
    }

    fn go_on(&mut self) -> Result<(), String> {
        for _ in 0..self.schedule.random_range(1..40) {
            let index = self.schedule.random_range(0..self.devices.len() + self.admin.len());
            if index >= self.devices.len() {
                let work = &mut self.admin[index - self.devices.len()];
                let mut context = Context::from_waker(Waker::noop());
                if work.as_mut().poll(&mut context).is_ready() {
                    drop(self.admin.swap_remove(index - self.devices.len()));
                }
            } else if self.poll_device(index)? && self.schedule.random_ratio(2, 3) {
                self.devices[index].begin_exchange(Moment(self.now_ms));
            }
        }
        Ok(())
    }

    fn fault(&mut self) -> Result<(), String> {
        let index = self.any_device();
        match self.faults.random_range(0..21u32) {
            0 if self.plan.restored_hub => block_on(self.net.back_up_or_restore_hub()),
            0 => self.net.crash_hub(),
            1 => self.restart(index)?,
            2 => {
                let commits = self.faults.random_range(0..3);
                self.devices[index].store.crash_after_commits(commits);
            }
            3 => self.devices[index].store.fail_next_commit(StoreError::Full),
            4 => {
                self.net.storage().inner().fail_commits(2);
                self.own.failed_commits += 1;
            }
            5 => self.net.expire_token(self.devices[index].id),
            6 => self.clone_device(index)?,
            7 => {
                let device = &mut self.devices[index];
                device.backup = Some((device.store.fork(), device.edits.clone()));
            }
            8 => self.restore(index)?,
            9 => {
                let net = self.net.clone();
                self.admin.push(Box::pin(async move { net.deliver_late().await }));
            }
            10 => self.fold(),
            11 if self.plan.restored_hub => {}
            11 => self.move_customer()?,
            12 | 13 => self.settle_somewhere(index)?,
            14 | 15 => self.compact(),
            // What began anew since the copy was made cannot be given back to it: a person does.
            16 | 17 if self.plan.restored_hub => {}
            16 | 17 => self.begin_anew()?,
            18 => {
                let net = self.net.clone();
                self.admin.push(Box::pin(async move { net.rotate_master_key().await }));
            }
            _ => self.apply_tray(index)?,
        }
        Ok(())
    }

    fn fold(&mut self) {
        let storage = self.net.storage();
        self.own.folds += 1;
        let (max, at_ms) = (self.faults.random_range(1..20), self.now_ms);
        self.admin.push(Box::pin(async move {
            // A full disk makes this one fail; the next run of the folder goes on.
            drop(storage.fold(max, at_ms).await);
        }));
    }

    /// Compacts every book's entries that are old enough; sometimes none is too young.
    fn compact(&mut self) {
        let keep_ms = if self.faults.random_ratio(1, 2) { 0 } else { self.faults.random_range(0..120_000) };
        let (net, before) = (self.net.clone(), Moment(self.now_ms - keep_ms));
        self.admin.push(Box::pin(async move { net.compact(before).await }));
    }

    /// A document of somebody's begins anew, while everybody works on.
    fn begin_anew(&mut self) -> Result<(), String> {
        let book = self.reps[self.faults.random_range(0..self.reps.len())].1;
        let documents = block_on(self.net.storage().documents_of(book, None, usize::MAX));
        let documents = documents.map_err(|error| error.to_string())?;
        if !documents.is_empty() {
            let document = documents[self.faults.random_range(0..documents.len())].id;
            let net = self.net.clone();
            self.admin.push(Box::pin(async move { net.begin_anew(document).await }));
        }
        Ok(())
    }

    fn clone_device(&mut self, index: usize) -> Result<(), String> {
        if self.own.clones >= MOST_CLONES {
            return Ok(());
        }
        let number = self.next_device;
        let copy = block_on(self.devices[index].clone_device(number)).map_err(|error| error.to_string())?;
        self.next_device += 1;
        self.own.clones += 1;
        self.devices.push(copy);
        Ok(())
    }

    /// Puts a device's store back to an older copy. Edits that were on it alone are gone with the
    /// disk; what the hub acknowledged is not.
    fn restore(&mut self, index: usize) -> Result<(), String> {
        let Some((backup, edits)) = self.devices[index].backup.take() else { return Ok(()) };
        let lost: Vec<_> =
            self.devices[index].edits.iter().copied().filter(|token| !edits.contains(token)).collect();
        self.excused.extend(lost);
        self.devices[index].store.restore(&backup);
        self.devices[index].edits = edits;
        self.own.restores += 1;
        self.restart(index)
    }

    /// Headquarters moves a customer and its policies to another rep, while everybody works on.
    fn move_customer(&mut self) -> Result<(), String> {
        if self.faults.random_ratio(1, 2)
            && let Some((documents, from, to)) = self.moved.pop()
        {
            self.begin_move(documents, to, from);
            return Ok(());
        }
        let from = self.faults.random_range(0..self.reps.len());
        let to = self.faults.random_range(0..self.reps.len());
        if from == to {
            return Ok(());
        }
        let documents = block_on(self.net.storage().documents_of(self.reps[from].1, None, usize::MAX));
        let documents = documents.map_err(|error| error.to_string())?;
        let customers: Vec<_> = documents.iter().filter(|document| document.kind == Kind::Customer).collect();
        if customers.is_empty() {
            return Ok(());
        }
        let customer = customers[self.faults.random_range(0..customers.len())].id;
        let mut moved = vec![customer];
        for policy in documents.iter().filter(|document| document.kind == Kind::Policy) {
            let loaded = document_model::Document::load(policy.kind, &policy.saved)
                .map_err(|error| error.to_string())?;
            if loaded.fields().get("customer").and_then(FieldValue::as_text) == Some(&customer.to_string()) {
                moved.push(policy.id);
            }
        }
        for document in &moved {
            self.entitled.entry(*document).or_default().insert(to);
        }
        self.moved.push((moved.clone(), from, to));
        self.begin_move(moved, from, to);
        Ok(())
    }

    fn begin_move(&mut self, moved: Vec<DocumentId>, from: usize, to: usize) {
        let (hub, source, target) = (self.net.hub(), self.reps[from].1, self.reps[to].1);
        let now = Moment(self.now_ms);
        self.own.moves += 1;
        self.admin.push(Box::pin(async move {
            // Another commit may always come first; headquarters then sees it and tries again.
            drop(hub.move_documents(&moved, source, target, now).await);
        }));
    }

    fn apply_tray(&mut self, index: usize) -> Result<(), String> {
        let now = Moment(self.now_ms);
        let Some(client) = &mut self.devices[index].client else { return Ok(()) };
        let Ok(items) = block_on(client.tray()) else { return Ok(()) };
        if items.is_empty() {
            return Ok(());
        }
        let item = &items[self.workload.random_range(0..items.len())];
        let changes = block_on(client.tray_changes(item.id)).unwrap_or_default();
        let mut again = super::oracle::tokens_of(&changes);
        again.extend(tokens_in(&serde_json::to_string(&item.edits).unwrap_or_default()));
        match block_on(client.apply_tray(item.id, now)) {
            Ok(()) => {
                self.own.tray_applied += 1;
                self.excused.extend(again);
            }
            Err(ClientError::Store(_)) => self.restart(index)?,
            // The document is not in these books any more: the item stays where it is.
            Err(_) => {}
        }
        Ok(())
    }

    /// Everybody goes through the tray and applies again what still has a place.
    pub(crate) fn apply_trays(&mut self) -> Result<(), String> {
        (0..self.devices.len()).try_for_each(|index| self.apply_tray(index))
    }

    /// A person settles the first clash a device lists.
    fn settle_somewhere(&mut self, index: usize) -> Result<(), String> {
        let Some(client) = &self.devices[index].client else { return Ok(()) };
        let Ok(clashes) = block_on(client.clashes()) else { return Ok(()) };
        match clashes.first() {
            Some(first) => {
                let token = self.token();
                self.settle_clash(index, first.id, token)
            }
            None => Ok(()),
        }
    }

    /// A person edits on a device that is not in the middle of an exchange.
    fn edit_somewhere(&mut self) -> Result<(), String> {
        let index = self.any_device();
        if self.devices[index].client.is_none() {
            return Ok(());
        }
        let documents = self.documents_on(index);
        let customers: Vec<_> = documents.iter().filter(|(_, kind)| *kind == Kind::Customer).collect();
        let choice = self.workload.random_range(0..100u32);
        if customers.len() < 2 || (choice < 10 && customers.len() < self.plan.customers) {
            return self.add_customer(index);
        }
        if choice < 25 && documents.len() < 3 * self.plan.customers {
            let customer = customers[self.workload.random_range(0..customers.len())].0;
            return self.add_policy(index, customer);
        }
        let (document, kind) = documents[self.workload.random_range(0..documents.len())];
        match kind {
            Kind::Customer => self.edit_customer(index, document),
            _ => self.edit_policy(index, document),
        }
    }

    fn documents_on(&self, index: usize) -> Vec<(DocumentId, Kind)> {
        let engine = self.devices[index].client.as_ref().and_then(|client| client.engine().ok());
        let entries = engine.into_iter().flat_map(|engine| engine.index().iter());
        entries
            .filter(|(_, entry)| entry.kind.written_by_reps())
            .map(|(id, entry)| (*id, entry.kind))
            .collect()
    }

    fn token(&mut self) -> u64 {
        self.next_token += 1;
        self.next_token
    }

    fn today(&self) -> Date {
        civil_date(Moment(self.now_ms), &TimeZone::get("Asia/Seoul").expect("the zone is bundled"))
    }

    fn add_customer(&mut self, index: usize) -> Result<(), String> {
        let token = self.token();
        let operations = vec![set("name", &token_text(token)), set("occupation", "clerk")];
        self.create(index, Kind::Customer, operations, token).map(drop)
    }

    fn add_policy(&mut self, index: usize, customer: DocumentId) -> Result<(), String> {
        let token = self.token();
        let product = PRODUCTS[self.workload.random_range(0..PRODUCTS.len())];
        let premium = FieldValue::Number(PREMIUM_BASE + i64::try_from(token).unwrap_or(0));
        let operations = vec![
            set("customer", &customer.to_string()),
            set("product", product),
            Operation::Set(Assignment { field: "premium_won".into(), value: premium }),
            set("sale_date", &self.today().to_string()),
        ];
        if let Some(policy) = self.create(index, Kind::Policy, operations, token)? {
            let rep = self.devices[index].rep;
            self.sellers.insert(policy, rep);
        }
        Ok(())
    }

    fn create(
        &mut self,
        index: usize,
        kind: Kind,
        operations: Vec<Operation>,
        token: u64,
    ) -> Result<Option<DocumentId>, String> {
        let now = Moment(self.now_ms);
        let Some(client) = &mut self.devices[index].client else { return Ok(None) };
        match block_on(client.create(kind, operations, now)) {
            Ok(document) => {
                let rep = self.devices[index].rep;
                self.entitled.entry(document).or_default().insert(rep);
                self.saved(index, token, document, BTreeSet::new());
                Ok(Some(document))
            }
            Err(ClientError::Store(_)) => self.restart(index).map(|()| None),
            Err(ClientError::Engine(client_sdk::engine::EngineError::NoBook)) => Ok(None),
            Err(error) => Err(format!("creating on device {index}: {error}")),
        }
    }

    fn edit_customer(&mut self, index: usize, document: DocumentId) -> Result<(), String> {
        let token = self.token();
        let text = token_text(token);
        let fields = ["phone", "occupation", "address.city", "occupation", "phone"];
        let (field, operations) = match self.workload.random_range(0..8usize) {
            choice @ 0..=4 => (fields[choice], vec![set(fields[choice], &text)]),
            5 => ("", vec![Operation::Append { field: "notes".into(), line: text }]),
            6 => {
                let contact =
                    Operation::Add(Assignment { field: "contact".into(), value: FieldValue::Text(text) });
                ("", vec![contact, Operation::Increment { field: "visits".into(), by: 1 }])
            }
            _ => return self.settle_clash(index, document, token),
        };
        self.edit(index, document, field, operations, token)
    }

    fn edit_policy(&mut self, index: usize, document: DocumentId) -> Result<(), String> {
        let token = self.token();
        if self.workload.random_ratio(1, 4) {
            let mark = set("custom.note", &token_text(token));
            let operations = vec![set("withdrawn_on", &self.today().to_string()), mark];
            return self.edit(index, document, "custom.note", operations, token);
        }
        let value = FieldValue::Number(PREMIUM_BASE + i64::try_from(token).unwrap_or(0));
        let operations = vec![Operation::Set(Assignment { field: "premium_won".into(), value })];
        self.edit(index, document, "premium_won", operations, token)
    }

    /// A person picks one value of a clash, if the document has one.
    fn settle_clash(&mut self, index: usize, document: DocumentId, token: u64) -> Result<(), String> {
        let Some(view) = self.view(index, document) else { return Ok(()) };
        let Some(clash) = view.clashes.first() else { return Ok(()) };
        let field = clash["field"].as_str().unwrap_or_default().to_owned();
        let values = clash["values"].as_array().cloned().unwrap_or_default();
        let pick = &values[self.workload.random_range(0..values.len())]["value"];
        let value: FieldValue = serde_json::from_value(pick.clone()).map_err(|error| error.to_string())?;
        self.own.resolutions += 1;
        // A picked value is written a second time: on purpose.
        self.excused.extend(tokens_in(&pick.to_string()));
        self.excused.insert(token);
        self.edit(index, document, &field.clone(), vec![Operation::Set(Assignment { field, value })], token)
    }

    fn view(&mut self, index: usize, document: DocumentId) -> Option<DocumentView> {
        let now = Moment(self.now_ms);
        let client = self.devices[index].client.as_ref()?;
        let view = block_on(client.show(document, now)).ok()?;
        for clash in &view.clashes {
            let field = clash["field"].as_str().unwrap_or_default().to_owned();
            if self.known_clashes.insert((self.devices[index].number, document, field)) {
                self.own.clashes += 1;
            }
        }
        Some(view)
    }

    fn edit(
        &mut self,
        index: usize,
        document: DocumentId,
        field: &str,
        operations: Vec<Operation>,
        token: u64,
    ) -> Result<(), String> {
        let seen = self.view(index, document).map(|view| seen_in(&view, field)).unwrap_or_default();
        let now = Moment(self.now_ms);
        let Some(client) = &mut self.devices[index].client else { return Ok(()) };
        match block_on(client.edit(document, operations, now)) {
            Ok(()) => {
                self.saved(index, token, document, seen);
                Ok(())
            }
            Err(ClientError::Store(_)) => self.restart(index),
            Err(error) => Err(format!("editing on device {index}: {error}")),
        }
    }

    fn saved(&mut self, index: usize, token: u64, document: DocumentId, seen: BTreeSet<FieldValue>) {
        self.own.edits += 1;
        self.hash(&(index, token));
        self.edits.insert(token, Edit { document, seen });
        self.devices[index].edits.push(token);
    }
}

fn set(field: &str, text: &str) -> Operation {
    Operation::Set(Assignment { field: field.into(), value: text.into() })
}

/// Every value a person sees in a field: the shown one and those of its clash.
fn seen_in(view: &DocumentView, field: &str) -> BTreeSet<FieldValue> {
    let mut seen: BTreeSet<FieldValue> = view.fields.get(field).cloned().into_iter().collect();
    for clash in view.clashes.iter().filter(|clash| clash["field"] == field) {
        let values = clash["values"].as_array().into_iter().flatten();
        seen.extend(
            values.filter_map(|value| serde_json::from_value::<FieldValue>(value["value"].clone()).ok()),
        );
    }
    seen
}

/// Marks of edits in a text.
pub(crate) fn tokens_in(text: &str) -> Vec<u64> {
    let mut tokens = Vec::new();
    for part in text.split('t').skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        if part[digits.len()..].starts_with('x') {
            tokens.extend(digits.parse::<u64>().ok());
        }
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<i64>().ok());
    let premiums = numbers.filter(|number| (PREMIUM_BASE + 1..2 * PREMIUM_BASE).contains(number));
    tokens.extend(premiums.filter_map(|number| u64::try_from(number - PREMIUM_BASE).ok()));
    tokens
}
