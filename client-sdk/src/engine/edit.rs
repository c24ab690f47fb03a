//! A person's edits, the tray's second chances, and nothing that waits for a network.

use document_model::{Author, DocumentId, Entropy, Kind, Moment, Operation};
use minicbor::bytes::ByteVec;

use super::desk::Desk;
use super::open::damaged;
use super::working::Working;
use super::{Effects, Engine, EngineError, Records};
use crate::records::{TailChange, TrayItem, keys};
use crate::store::Batch;

impl Engine {
    pub(super) fn edit(
        &mut self,
        document: DocumentId,
        create: Option<Kind>,
        operations: &[Operation],
        records: Records,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) -> Result<Effects, EngineError> {
        let mut desk = Desk::new(records, now, self.day(now).to_string());
        let home = self.home_book();
        let working = match (create, desk.find(document).is_some()) {
            (None, false) => return Err(EngineError::UnknownDocument),
            (Some(kind), false) => {
                let working = desk.find_or_make(document, kind, 1);
                working.touch().made_for = Some(home.ok_or(EngineError::NoBook)?);
                working.sold_by((kind == Kind::Policy).then(|| self.device.unit.clone()));
                working
            }
            (_, true) => desk.find(document).ok_or(EngineError::UnknownDocument)?,
        };
        if !working.record.kind.written_by_reps() {
            return Err(EngineError::ReadOnly);
        }
        let author = Author { actor: self.device.actor, now };
        let mut batch = Batch::new();
        if append(working, author, operations, entropy)? {
            self.write_back(desk, false, &mut batch)?;
        }
        self.retry.new_work(now);
        Ok(Effects { writes: vec![batch], ..Effects::default() })
    }

    /// Does the edits of a tray item again, as new edits on the document as it is now. The item goes
    /// in the same commit.
    pub(super) fn apply_tray(
        &mut self,
        item: &TrayItem,
        records: Records,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) -> Result<Effects, EngineError> {
        let mut desk = Desk::new(records, now, self.day(now).to_string());
        let working = desk.find(item.document).ok_or(EngineError::UnknownDocument)?;
        if !working.record.kind.written_by_reps() {
            return Err(EngineError::ReadOnly);
        }
        // On what the person sees: text typed since and not yet sent must not be undone.
        let seen = working.full()?;
        let operations: Vec<_> = item.intents.iter().map(|intent| intent.operation(seen)).collect();
        let author = Author { actor: self.device.actor, now };
        let mut batch = Batch::new();
        if append(working, author, &operations, entropy)? {
            self.write_back(desk, false, &mut batch)?;
        }
        batch.delete(keys::tray(item.id));
        self.retry.new_work(now);
        Ok(Effects { writes: vec![batch], ..Effects::default() })
    }
}

/// Adds one edit to the tail. `false` when nothing would change.
fn append(
    working: &mut Working,
    author: Author,
    operations: &[Operation],
    entropy: &mut dyn Entropy,
) -> Result<bool, EngineError> {
    let Some(edited) = working.full()?.edit(author, operations, entropy)? else { return Ok(false) };
    let bytes = ByteVec::from(edited.change.raw_bytes().to_vec());
    let stands = document_model::inspect_change(working.record.kind, &edited.change);
    stands.map_err(damaged)?;
    working.append(TailChange { hash: edited.hash, bytes, replaces: None });
    Ok(true)
}
