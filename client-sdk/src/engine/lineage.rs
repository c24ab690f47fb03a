//! Unsent edits of a document that began anew.
//!
//! The heads they were made on are gone. An edit is written again, as an ordinary one, where nobody else has
//! touched what it changed: it overwrites nothing that its author had not seen. It names the edit it stands
//! for, so that the hub takes it once, even when the older lineage held it already. Every other one goes to the
//! tray.

use document_model::{Author, DocumentId, Entropy, Moment, Operation};
use sync_protocol::planted::{Bug, armed};

use super::desk::Desk;
use super::reply::Findings;
use super::working::{Unsent, tray_item};
use super::{Engine, EngineError, reasons};
use crate::records::TailChange;

impl Engine {
    /// Writes the unsent edits of documents that began anew on what they are now.
    pub(super) fn write_on_new_lineages(
        &self,
        desk: &mut Desk,
        findings: &mut Findings,
        entropy: &mut dyn Entropy,
    ) -> Result<(), EngineError> {
        for (id, unsent) in std::mem::take(&mut desk.superseded) {
            let mut left = Vec::new();
            for one in unsent {
                if self.write_again(desk, id, &one, entropy)? {
                    findings.again = true;
                } else {
                    left.push(one);
                }
            }
            findings.report.refused += left.len() as u64;
            put_aside(desk, id, left);
        }
        Ok(())
    }

    /// Writes one edit again; `false` where somebody else touched what it changed.
    fn write_again(
        &self,
        desk: &mut Desk,
        id: DocumentId,
        one: &Unsent,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, EngineError> {
        let Some(working) = desk.find(id) else { return Ok(false) };
        let seen = working.full()?;
        let overwrites = one.intents.iter().any(|intent| intent.overwrites(seen));
        if overwrites && !armed(Bug::SupersededOverwrites) {
            return Ok(false);
        }
        let operations: Vec<Operation> =
            one.intents.iter().flat_map(|intent| intent.operations(seen)).collect();
        let author = Author { actor: self.device.actor, now: Moment::of_seconds(one.made_at_s) };
        let replaced = one.change.replaces.unwrap_or(one.change.hash);
        let edited = seen.edit_instead(author, &operations, replaced, entropy);
        let Ok(edited) = edited else { return Ok(false) };
        if let Some(edited) = edited {
            let bytes = edited.change.raw_bytes().to_vec().into();
            working.append(TailChange { hash: edited.hash, bytes, replaces: Some(replaced) });
        }
        Ok(true)
    }
}

/// Puts edits into the tray, as one item.
fn put_aside(desk: &mut Desk, id: DocumentId, left: Vec<Unsent>) {
    let now = desk.now();
    let (Some(first), Some(working)) = (left.first(), desk.find(id)) else { return };
    let (first, kind) = (first.change.hash, working.record.kind);
    let intents = left.iter().flat_map(|one| one.intents.clone()).collect();
    let changes = left.into_iter().map(|one| one.change.bytes).collect();
    desk.tray.push(tray_item(id, kind, first, reasons::SUPERSEDED, intents, changes, now));
}
