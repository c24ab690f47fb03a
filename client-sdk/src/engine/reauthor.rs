//! Authoring unsent edits again: for forks, stale stores and edits that history has in another form.
//!
//! Each edit is written under the stream's present actor *at the heads it was made on*, so that
//! concurrency and clashes stay true, and names the edit it replaces. What is in history is never
//! authored again; an edit whose heads are gone goes to the tray.

use std::collections::BTreeMap;

use document_model::{Author, ChangeHash, DocumentId, Entropy, Moment};
use sync_protocol::planted::{Bug, armed};

use super::desk::Desk;
use super::open::{damaged, parents_of, tail_changes};
use super::working::Working;
use super::{Engine, EngineError, reasons};
use crate::records::TailChange;

impl Engine {
    /// Takes a new stream. The caller authors every unsent edit again.
    pub(super) fn renew_stream(&mut self, entropy: &mut dyn Entropy) {
        self.former_actors.push(self.device.actor);
        self.device.actor = document_model::Actor(entropy.sixteen());
        self.device.current = 0;
        self.device.next = 0;
        self.device.renew_stream = false;
    }

    /// Authors a document's tail again. `false`: history has an edit in a form this device has not
    /// read yet; try again after the next pages.
    pub(super) fn reauthor(&self, desk: &mut Desk, id: DocumentId, now: Moment) -> Result<bool, EngineError> {
        let Some(working) = desk.find(id) else { return Ok(true) };
        let forms: Vec<_> = working.record.replaced.iter().map(|pair| pair.by).collect();
        let base = working.base()?;
        if forms.iter().any(|form| !base.contains(form)) {
            return Ok(false);
        }
        self.rewrite_tail(desk, id, now)?;
        Ok(true)
    }

    /// Another copy of this store wrote with the same stream: takes a new stream at once and authors
    /// the forked documents' edits again, since they cannot stand beside what history holds.
    pub(super) fn mend_forks(
        &mut self,
        desk: &mut Desk,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, EngineError> {
        let mut forked = Vec::new();
        for id in desk.open_ids() {
            if let Some(working) = desk.find(id)
                && working.is_forked()?
            {
                forked.push(id);
            }
        }
        if forked.is_empty() {
            return Ok(false);
        }
        self.renew_stream(entropy);
        for id in forked {
            self.rewrite_tail(desk, id, now)?;
        }
        Ok(true)
    }

    fn rewrite_tail(&self, desk: &mut Desk, id: DocumentId, now: Moment) -> Result<(), EngineError> {
        let author = Author { actor: self.device.actor, now };
        let Some(working) = desk.find(id) else { return Ok(()) };
        if let Some(lost_from) = rewrite(working, author)? {
            desk.move_to_tray(id, lost_from, reasons::LOST_PLACE)?;
        }
        Ok(())
    }
}

/// Rewrites the tail; gives the place of the first edit that has no place any more.
fn rewrite(working: &mut Working, author: Author) -> Result<Option<usize>, EngineError> {
    let original = working.original()?.clone();
    let mut form: BTreeMap<ChangeHash, ChangeHash> =
        working.record.replaced.iter().map(|pair| (pair.replaced, pair.by)).collect();
    let old: Vec<TailChange> = working.record.tail.clone();
    let changes = tail_changes(&old)?;
    let mut document = working.base()?.clone();
    let mut tail = Vec::new();
    let mut lost = None;
    for (index, (unsent, change)) in old.iter().zip(&changes).enumerate() {
        let first_form = unsent.replaces.unwrap_or(unsent.hash);
        let settled = form.get(&unsent.hash).or_else(|| form.get(&first_form)).copied();
        if let Some(by) = settled {
            form.insert(unsent.hash, by);
            continue;
        }
        let made_on: Vec<_> = parents_of(change)
            .into_iter()
            .map(|parent| form.get(&parent).copied().unwrap_or(parent))
            .collect();
        if made_on.iter().any(|parent| !document.contains(parent)) {
            lost = Some(index);
            break;
        }
        let heads = if armed(Bug::ReauthorOnNewBase) { document.heads() } else { made_on };
        match document.replay(&original, change, first_form, author, &heads).map_err(damaged)? {
            Some(edited) => {
                form.insert(unsent.hash, edited.hash);
                let bytes = edited.change.raw_bytes().to_vec().into();
                tail.push(TailChange { hash: edited.hash, bytes, replaces: Some(first_form) });
            }
            None => {
                // Nothing is left to write: the edit stands for the heads it was made on.
                if let Some(parent) = heads.first() {
                    form.insert(unsent.hash, *parent);
                }
            }
        }
    }
    let kept = tail.len();
    if let Some(index) = lost {
        tail.extend(old.into_iter().skip(index));
    }
    working.replace_tail(tail);
    working.touch().replaced.clear();
    Ok(lost.map(|_| kept))
}
