//! The oracle: after the run, everything acknowledged is there, effects happened once, replicas are
//! equal, figures equal a recount, nothing out of scope was sent.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ScalarValue;
use automerge::legacy::{Op, OpType};
use client_sdk::{ClientError, FigureDifference};
use document_model::{BookId, Change, ChangeHash, Document, DocumentId, FieldValue, Kind, Moment};
use server::organisation::Level;
use server::storage::{
    Carried, DocumentStorage, Entries, FeedBody, FigureQuery, FigureStorage, SplitBy, StoredDocument, View,
};

use sync_protocol::Digest;

use super::chaos::{PREMIUM_BASE, tokens_in};
use super::recount::{Count, Policy};
use super::world::World;

/// Edits the folder may need to fold everything.
const FOLD_ALL: usize = 1_000_000;

impl World {
    /// Looks at everything that is left.
    pub(crate) async fn judge(&mut self) -> Result<(), String> {
        let documents = self.hub_documents().await?;
        self.histories(&documents).await?;
        self.replicas(&documents).await?;
        self.scope()?;
        self.figures(&documents).await?;
        let report = self.net.hub().verify(&|_| ()).await.map_err(|error| error.to_string())?;
        if report.found > 0 {
            return Err(format!("verify found {}: {:?}", report.found, report.differences.first()));
        }
        Ok(())
    }

    async fn hub_documents(&self) -> Result<BTreeMap<DocumentId, StoredDocument>, String> {
        let mut documents = BTreeMap::new();
        for (_, book) in &self.reps {
            let page = self.net.storage().documents_of(*book, None, usize::MAX).await;
            for document in page.map_err(|error| error.to_string())? {
                documents.insert(document.id, document);
            }
        }
        Ok(documents)
    }

    /// Every saved edit is in history once, or stands in a tray; and it overwrote only what its
    /// author saw.
    async fn histories(&mut self, documents: &BTreeMap<DocumentId, StoredDocument>) -> Result<(), String> {
        let mut written: BTreeMap<u64, Vec<BTreeSet<FieldValue>>> = BTreeMap::new();
        let (mut entered, pushed) = (self.entered().await?, self.net.pushed());
        for stored in documents.values() {
            let document = Document::load(stored.kind, &stored.saved).map_err(|error| error.to_string())?;
            self.own.clashes += document.clashes().len() as u64;
            let hashes = document.history();
            let changes: Vec<Change> = hashes.iter().filter_map(|hash| document.change(hash)).collect();
            let mut told = entered.remove(&stored.id).unwrap_or_default();
            let of_this = told.remove(&stored.lineage).unwrap_or_default();
            writes_of(&changes, |hash| of_this.contains(hash), &mut written);
            for of_older in told.into_values() {
                let gone = of_older.iter().filter_map(|hash| pushed.get(hash).cloned());
                let gone: Result<Vec<_>, _> = gone.map(Change::from_bytes).collect();
                writes_of(&gone.map_err(|error| error.to_string())?, |_| true, &mut written);
            }
            if let Some(notes) = document.fields().get("notes").and_then(FieldValue::as_text) {
                tokens_in(notes)
                    .into_iter()
                    .for_each(|token| written.entry(token).or_default().push(BTreeSet::new()));
            }
        }
        self.feeds_hold_each_change_once().await?;
        let in_trays = self.tray_tokens().await?;
        for (token, edit) in &self.edits {
            let times = written.get(token).map_or(0, Vec::len);
            let excused = self.excused.contains(token);
            if times == 0 && !in_trays.contains(token) && !excused {
                return Err(format!("edit {token} of {} is neither in history nor in a tray", edit.document));
            }
            if times > 1 && !excused {
                return Err(format!("edit {token} of {} is in history {times} times", edit.document));
            }
            for overwritten in written.get(token).into_iter().flatten() {
                if let Some(unseen) = overwritten.difference(&edit.seen).next()
                    && !excused
                {
                    return Err(format!("edit {token} of {} overwrote {unseen:?} unseen", edit.document));
                }
            }
        }
        Ok(())
    }

    /// The changes that entries of feeds are about, by document and lineage.
    async fn entered(&self) -> Result<BTreeMap<DocumentId, BTreeMap<u32, BTreeSet<ChangeHash>>>, String> {
        let mut entered: BTreeMap<_, BTreeMap<u32, BTreeSet<_>>> = BTreeMap::new();
        for (_, book) in &self.reps {
            let rows =
                self.net.storage().feed(*book, Entries::All, (0, u64::MAX), usize::MAX, usize::MAX).await;
            for row in rows.map_err(|error| error.to_string())? {
                if let FeedBody::Change { hash, .. } = row.body {
                    entered.entry(row.document).or_default().entry(row.lineage).or_default().insert(hash);
                }
            }
        }
        Ok(entered)
    }

    async fn feeds_hold_each_change_once(&self) -> Result<(), String> {
        for (_, book) in &self.reps {
            let rows =
                self.net.storage().feed(*book, Entries::All, (0, u64::MAX), usize::MAX, usize::MAX).await;
            let mut seen = BTreeSet::new();
            for row in rows.map_err(|error| error.to_string())? {
                if let FeedBody::Change { hash, .. } = row.body
                    && !seen.insert((row.document, hash))
                {
                    return Err(format!("the feed of {book} holds change {hash} twice"));
                }
            }
        }
        Ok(())
    }

    async fn tray_tokens(&self) -> Result<BTreeSet<u64>, String> {
        let mut tokens = BTreeSet::new();
        for device in &self.devices {
            let client = device.client.as_ref().ok_or("a device is not running")?;
            for item in client.tray().await.map_err(|error| error.to_string())? {
                let changes = client.tray_changes(item.id).await.map_err(|error| error.to_string())?;
                tokens.extend(tokens_of(&changes));
                tokens.extend(tokens_in(&serde_json::to_string(&item.edits).unwrap_or_default()));
            }
        }
        Ok(tokens)
    }

    /// Every device holds exactly its books' documents, as the hub has them.
    async fn replicas(&mut self, documents: &BTreeMap<DocumentId, StoredDocument>) -> Result<(), String> {
        let now = Moment(self.now_ms);
        for (number, device) in self.devices.iter().enumerate() {
            let client = device.client.as_ref().ok_or("a device is not running")?;
            let engine = client.engine().map_err(|error| error.to_string())?;
            let book = self.reps[device.rep].1;
            let due: BTreeSet<_> = documents
                .values()
                .filter(|document| document.book == book)
                .map(|document| document.id)
                .collect();
            let held: BTreeSet<_> = engine
                .index()
                .iter()
                .filter(|(_, entry)| entry.kind.written_by_reps())
                .map(|(id, _)| *id)
                .collect();
            if held != due {
                let more: Vec<_> = held.difference(&due).collect();
                let less: Vec<_> = due.difference(&held).collect();
                let entries: Vec<_> = more.iter().map(|id| engine.index().get(id)).collect();
                return Err(format!(
                    "device {number} holds {more:?} too many ({entries:?}) and lacks {less:?}"
                ));
            }
            for id in due {
                let stored = &documents[&id];
                let hub = Document::load(stored.kind, &stored.saved).map_err(|error| error.to_string())?;
                let view = client.show(id, now).await.map_err(|error| error.to_string())?;
                if view.fields != hub.fields() {
                    return Err(format!(
                        "device {number} shows {:?} of {id}, the hub has {:?}",
                        view.fields,
                        hub.fields()
                    ));
                }
                let fields: Vec<_> =
                    view.clashes.iter().filter_map(|clash| clash["field"].as_str()).collect();
                let told: Vec<_> = hub.clashes().iter().map(|clash| clash.field.clone()).collect();
                if fields != told {
                    return Err(format!(
                        "device {number} lists clashes {fields:?} of {id}, the hub has {told:?}"
                    ));
                }
                for value in
                    view.clashes.iter().flat_map(|clash| clash["values"].as_array().into_iter().flatten())
                {
                    if value["author"] == "unknown" {
                        return Err(format!("device {number}: a clash of {id} has no author"));
                    }
                }
            }
        }
        Ok(())
    }

    /// No device was ever sent a document its rep was not entitled to.
    fn scope(&self) -> Result<(), String> {
        let reps: BTreeMap<_, _> = self.devices.iter().map(|device| (device.id, device.rep)).collect();
        for (device, sent) in self.net.sent() {
            for document in sent {
                let entitled = self.entitled.get(&document);
                if entitled
                    .is_some_and(|entitled| reps.get(&device).is_some_and(|rep| !entitled.contains(rep)))
                {
                    return Err(format!("device {device} was sent {document} of another rep"));
                }
            }
        }
        Ok(())
    }

    /// No cursor is beyond stored data: what a device's cursor covers is on the device, unless the
    /// device knows that it has something to fetch.
    pub(crate) async fn cursor_covers(&self, index: usize) -> Result<(), String> {
        let Some(client) = &self.devices[index].client else { return Ok(()) };
        let Ok(engine) = client.engine() else { return Ok(()) };
        let hub = self.hub_documents().await?;
        for (id, book) in engine.books() {
            let Some(cursor) = book.cursor.filter(|_| !book.behind && book.repair.is_none()) else {
                continue;
            };
            if book.download.is_some() || engine.device().renew_stream || *id == BookId::SHARED {
                continue;
            }
            let chain = self.net.storage().chain_at(*id, cursor.seq).await;
            let chain = chain.map_err(|error| error.to_string())?;
            if chain.is_none_or(|chain| chain.check() != cursor.check) {
                // The place is one in the feed of a hub that was put back since.
                continue;
            }
            let rows =
                self.net.storage().feed(*id, Entries::All, (0, cursor.seq), usize::MAX, usize::MAX).await;
            let mut due: BTreeMap<(DocumentId, u32), BTreeSet<ChangeHash>> = BTreeMap::new();
            // What a later entry carries is due with that one.
            let mut carried_later: BTreeMap<(DocumentId, u32), BTreeSet<ChangeHash>> = BTreeMap::new();
            for row in rows.map_err(|error| error.to_string())? {
                let one = (row.document, row.lineage);
                match row.body {
                    FeedBody::Change { hash, carried: Carried::Nothing, .. } => {
                        carried_later.entry(one).or_default().insert(hash);
                    }
                    FeedBody::Change { hash, carried, .. } => {
                        let due = due.entry(one).or_default();
                        due.insert(hash);
                        if matches!(carried, Carried::Snapshot { .. }) {
                            due.extend(carried_later.remove(&one).unwrap_or_default());
                        }
                    }
                    FeedBody::Left => {
                        due.retain(|(document, _), _| *document != row.document);
                        carried_later.retain(|(document, _), _| *document != row.document);
                    }
                    _ => {}
                }
            }
            for ((document, lineage), hashes) in due {
                let held: BTreeSet<_> = match client.history(document).await {
                    Ok(lines) => lines.into_iter().map(|line| line.change).collect(),
                    Err(_) => BTreeSet::new(),
                };
                // A device that holds a newer lineage holds nothing of this one.
                let newer = hub.get(&document).is_some_and(|stored| stored.lineage > lineage)
                    && !held.is_empty()
                    && held.is_disjoint(&hashes);
                if let Some(missing) = hashes.difference(&held).next()
                    && !newer
                {
                    return Err(format!(
                        "device {index} has read past change {missing} of {document} without keeping it"
                    ));
                }
            }
        }
        Ok(())
    }

    /// A device that has read all there is of its book shows headquarters' figures but for the policies it names:
    /// their counts and premiums are the difference.
    pub(crate) async fn rep_equals_headquarters(&mut self, index: usize) -> Result<(), String> {
        let device = &self.devices[index];
        let Some(client) = &device.client else { return Ok(()) };
        let (engine, (_, book)) =
            (client.engine().map_err(|error| error.to_string())?, &self.reps[device.rep]);
        let Some(known) = engine.books().get(book) else { return Ok(()) };
        let stored = self.net.storage().book(*book).await.map_err(|error| error.to_string())?;
        let stored = stored.ok_or("a book is gone")?;
        let read = known
            .cursor
            .is_some_and(|cursor| (cursor.seq, cursor.check) == (stored.seq, stored.chain.check()));
        let whole = read && !known.behind && known.download.is_none() && known.repair.is_none();
        // After the hub was put back, a device may not have noticed yet what that hub lacks.
        let held = engine.index().values().filter(|entry| entry.books.contains(book));
        let terms = held.filter_map(|entry| entry.term);
        let whole = whole && terms.fold(Digest::default(), |sum, term| sum.plus(term)) == stored.digest;
        // What has left the book goes at the end of the exchanges of a sync.
        if !whole || engine.index().values().any(|entry| entry.lacks || entry.homeless) {
            return Ok(());
        }
        let (mut net, mut won) = (0, 0);
        let page = self.net.storage().documents_of(*book, None, usize::MAX).await;
        for stored in page.map_err(|error| error.to_string())? {
            let own = stored.kind == Kind::Policy && self.sellers.get(&stored.id) == Some(&device.rep);
            let Some(policy) = Policy::read(&stored.saved).filter(|_| own) else { continue };
            let mut table = BTreeMap::new();
            policy.count(&mut table, ());
            let (sold, withdrawn, gross, gone) = table[&()];
            (net, won) = (net + sold - withdrawn, won + gross - gone);
        }
        let day = |text: &str| document_model::parse_date(text).expect("a date");
        let told = client.figures(day("2026-01-01"), day("2027-12-31"), Moment(self.now_ms)).await;
        let told = match told {
            Ok(told) => told,
            // It has stopped where it stood: nobody reads figures on it.
            Err(ClientError::Store(_)) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        let sum = |part: fn(&FigureDifference) -> i64| told.differences.iter().map(part).sum::<i64>();
        let apart = (told.total.net - net, told.total.premium_net_won - won);
        let named = (sum(|one| one.count), sum(|one| one.won));
        let there = (told.headquarters.net, told.headquarters.premium_net_won);
        if apart != named || there != (net, won) {
            return Err(format!(
                "device {index} shows {:?}, names {named:?} and headquarters as {there:?}, which counts {:?}",
                told.total,
                (net, won)
            ));
        }
        self.own.figures_compared += 1;
        self.own.figures_apart += u64::from(apart != (0, 0));
        Ok(())
    }

    /// Figures at every level equal a recount, before and after everything is folded.
    async fn figures(&mut self, documents: &BTreeMap<DocumentId, StoredDocument>) -> Result<(), String> {
        let mut recount: BTreeMap<(Level, String, String), Count> = BTreeMap::new();
        self.own.policies = 0;
        for stored in documents.values().filter(|stored| stored.kind == Kind::Policy) {
            let Some(policy) = Policy::read(&stored.saved) else { continue };
            let rep = *self.sellers.get(&stored.id).ok_or("a policy nobody sold")?;
            self.own.policies += 1;
            let region = if rep % 4 < 2 { "R1" } else { "R2" };
            let branch = format!("B{}", rep / 2);
            let region_of_branch = if (rep / 2 * 2) % 4 < 2 { "R1" } else { region };
            let units = [
                (Level::Nation, "nation".to_owned()),
                (Level::Region, region_of_branch.to_owned()),
                (Level::Branch, branch),
                (Level::Rep, format!("P{rep}")),
            ];
            for (level, unit) in units {
                policy.count(&mut recount, (level, unit.clone(), policy.product.clone()));
                policy.count(&mut recount, (level, unit, policy.day.clone()));
            }
        }
        self.compare_figures(&recount).await?;
        self.net.storage().fold(FOLD_ALL, self.now_ms).await.map_err(|error| error.to_string())?;
        self.compare_figures(&recount).await
    }

    async fn compare_figures(
        &self,
        recount: &BTreeMap<(Level, String, String), Count>,
    ) -> Result<(), String> {
        let day = |text: &str| document_model::parse_date(text).expect("a date");
        let mut told: BTreeMap<(Level, String, String), Count> = BTreeMap::new();
        let (from, to) = (day("2026-01-01"), day("2027-12-31"));
        for (level, by) in
            Level::ALL.into_iter().flat_map(|level| [(level, SplitBy::Product), (level, SplitBy::Day)])
        {
            let query = FigureQuery { from, to, level, under: None, by, view: View::Now, placed: None };
            let answer = self.net.storage().figures(&query).await.map_err(|error| error.to_string())?;
            for row in answer.rows {
                let part = row.product.map(|product| product.0).or(row.day.map(|day| day.to_string()));
                let sums = row.sums;
                let count = (sums.sold, sums.withdrawn, sums.premium_gross_won, sums.premium_withdrawn_won);
                told.insert((level, row.unit.0, part.unwrap_or_default()), count);
            }
        }
        let keys: BTreeSet<_> = told.keys().chain(recount.keys()).collect();
        for key in keys {
            if told.get(key) != recount.get(key) {
                let (told, recount) = (told.get(key), recount.get(key));
                return Err(format!("figures of {key:?} are {told:?}, the recount says {recount:?}"));
            }
        }
        Ok(())
    }
}

/// Marks of the edits in raw changes.
pub(crate) fn tokens_of(changes: &[Vec<u8>]) -> BTreeSet<u64> {
    let changes: Vec<_> = changes.iter().filter_map(|bytes| Change::from_bytes(bytes.clone()).ok()).collect();
    let mut written = BTreeMap::new();
    writes_of(&changes, |_| true, &mut written);
    written.into_keys().collect()
}

/// Marks written by those changes that count, each with the values its write replaced. What a document
/// began anew with is nobody's edit.
fn writes_of(
    changes: &[Change],
    counts: impl Fn(&ChangeHash) -> bool,
    written: &mut BTreeMap<u64, Vec<BTreeSet<FieldValue>>>,
) {
    let mut values: BTreeMap<(u64, Vec<u8>), FieldValue> = BTreeMap::new();
    let mut writes: Vec<(u64, Op)> = Vec::new();
    for change in changes {
        let expanded = change.decode();
        for (counter, operation) in (expanded.start_op.get()..).zip(expanded.operations) {
            let OpType::Put(scalar) = &operation.action else { continue };
            let value = FieldValue::from_scalar(scalar);
            values.insert((counter, change.actor_id().to_bytes().to_vec()), value);
            if let Some(token) = token_of(scalar)
                && counts(&change.hash().into())
            {
                writes.push((token, operation));
            }
        }
    }
    for (token, operation) in writes {
        let overwritten = operation
            .pred
            .iter()
            .filter_map(|id| values.get(&(id.counter(), id.actor().to_bytes().to_vec())));
        written.entry(token).or_default().push(overwritten.cloned().collect());
    }
}

/// The mark a scalar carries.
fn token_of(scalar: &ScalarValue) -> Option<u64> {
    match scalar {
        ScalarValue::Str(text) => tokens_in(text).first().copied(),
        ScalarValue::Int(won) if (PREMIUM_BASE + 1..2 * PREMIUM_BASE).contains(won) => {
            u64::try_from(won - PREMIUM_BASE).ok()
        }
        _ => None,
    }
}
