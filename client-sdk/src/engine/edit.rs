//! A person's edits, the tray's second chances, and nothing that waits for a network.

use document_model::{
    Assignment, Author, DocumentId, EditError, Entropy, Kind, Moment, Objection, Operation,
};
use minicbor::bytes::ByteVec;

use super::desk::Desk;
use super::open::damaged;
use super::working::Working;
use super::{Effects, Engine, EngineError, Records};
use crate::records::{TailChange, TrayItem, keys};
use crate::store::Batch;

/// Bytes of values after which a tray item goes on in another edit. What was refused for its size may
/// be again; what is small must not wait behind it.
const TRAY_EDIT_BYTES: usize = 4 * 1024;

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

    /// Does the edits of a tray item again, as new edits on the document as the person sees it now,
    /// unsent edits included. The item goes in the same commit.
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
        let seen = working.full()?;
        let by_field = item.intents.iter().map(|intent| intent.operations(seen)).collect();
        let author = Author { actor: self.device.actor, now };
        let mut batch = Batch::new();
        let mut edited = false;
        for part in parts(by_field) {
            edited |= append(working, author, &part, entropy)?;
        }
        if edited {
            self.write_back(desk, false, &mut batch)?;
        }
        batch.delete(keys::tray(item.id));
        self.retry.new_work(now);
        Ok(Effects { writes: vec![batch], ..Effects::default() })
    }
}

/// The operations of each field as the edits they are made in, small fields first: usually one edit.
fn parts(mut by_field: Vec<Vec<Operation>>) -> Vec<Vec<Operation>> {
    // By whole kibibytes, so that small ones keep the order they were made in.
    by_field.sort_by_key(|operations| operations.iter().map(bytes_of).sum::<usize>() / 1024);
    let mut parts: Vec<(usize, Vec<Operation>)> = Vec::new();
    for operation in by_field.into_iter().flatten() {
        let bytes = bytes_of(&operation);
        match parts.last_mut() {
            Some((sum, part)) if *sum + bytes <= TRAY_EDIT_BYTES => {
                *sum += bytes;
                part.push(operation);
            }
            _ => parts.push((bytes, vec![operation])),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn bytes_of(operation: &Operation) -> usize {
    match operation {
        Operation::Set(Assignment { value, .. }) | Operation::Add(Assignment { value, .. }) => value.size(),
        Operation::Append { line, .. } => line.len(),
        Operation::Increment { .. } => 0,
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
    stands.map_err(|objection| match objection {
        Objection::TooLarge => EditError::TooMuch.into(),
        other => damaged(other),
    })?;
    working.append(TailChange { hash: edited.hash, bytes, replaces: None });
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(field: &str, bytes: usize) -> Operation {
        Operation::Set(Assignment { field: field.to_owned(), value: "x".repeat(bytes).as_str().into() })
    }

    fn line(bytes: usize) -> Operation {
        Operation::Append { field: "notes".to_owned(), line: "x".repeat(bytes) }
    }

    #[test]
    fn an_ordinary_tray_item_is_one_edit_and_large_fields_wait_behind_small_ones() {
        let visit = Operation::Increment { field: "visits".into(), by: 1 };
        let small = [vec![set("phone", 13)], vec![visit], vec![line(9), line(5)]];
        assert_eq!(parts(small.to_vec()), [small.concat()]);
        let large = [vec![set("custom.a", 8_000)], vec![set("custom.b", 7_000)]];
        let mixed = [&large[..1], &small[..], &large[1..]].concat();
        assert_eq!(parts(mixed), [small.concat(), large[1].clone(), large[0].clone()]);
    }

    #[test]
    fn lines_of_a_text_stay_in_order_however_long_they_are() {
        let lines = vec![line(3_000), line(2_000), line(7)];
        let made = parts(vec![lines.clone(), vec![set("phone", 13)]]);
        assert_eq!(made.concat(), [&[set("phone", 13)], &lines[..]].concat());
        assert_eq!(made.len(), 2);
    }
}
