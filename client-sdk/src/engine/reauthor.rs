//! Authoring unsent edits again: for forks, stale stores and edits that history has in another form.
//!
//! Each edit is written under the stream's present actor *at the heads it was made on*, so that
//! concurrency and clashes stay true, and names the edit it replaces. What is in history is never
//! authored again; an edit whose heads are gone goes to the tray.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{Author, ChangeHash, DocumentId, EditError, Entropy, Moment};
use sync_protocol::planted::{Bug, armed};

use super::desk::Desk;
use super::open::{parents_of, tail_changes};
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

    /// Authors a document's tail again. `false`: not now. Either history has an edit in a form this device has
    /// not read yet, and the next pages bring it; or the stream stands where it cannot go on from, and the next
    /// one can.
    pub(super) fn reauthor(
        &mut self,
        desk: &mut Desk,
        id: DocumentId,
        now: Moment,
    ) -> Result<bool, EngineError> {
        let Some(working) = desk.find(id) else { return Ok(true) };
        let forms: Vec<_> = working.record.replaced.iter().map(|pair| pair.by).collect();
        let base = working.base()?;
        if forms.iter().any(|form| !base.contains(form)) {
            return Ok(false);
        }
        let done = self.rewrite_tail(desk, id, now)?;
        self.device.renew_stream |= !done;
        Ok(done)
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
            // A new stream stands nowhere yet.
            self.rewrite_tail(desk, id, now)?;
        }
        Ok(true)
    }

    /// `false`: the stream cannot go on from where the edits were made, and nothing was done.
    fn rewrite_tail(&self, desk: &mut Desk, id: DocumentId, now: Moment) -> Result<bool, EngineError> {
        let author = Author { actor: self.device.actor, now };
        let Some(working) = desk.find(id) else { return Ok(true) };
        match rewrite(working, author)? {
            Rewritten::Whole => {}
            Rewritten::LostFrom(index) => _ = desk.move_to_tray(id, index, reasons::LOST_PLACE)?,
            Rewritten::StreamPast => return Ok(false),
        }
        Ok(true)
    }
}

/// What became of a tail that was to be authored again.
enum Rewritten {
    Whole,
    /// The edits from this one on have no place any more.
    LostFrom(usize),
    /// Nothing: the document holds changes of this stream that some edit was not made on.
    StreamPast,
}

/// Rewrites the tail.
fn rewrite(working: &mut Working, author: Author) -> Result<Rewritten, EngineError> {
    let original = working.original()?.clone();
    // What stands for each edit: another one, or where nothing is left of it, what it was made on.
    let mut form: BTreeMap<ChangeHash, Vec<ChangeHash>> =
        working.record.replaced.iter().map(|pair| (pair.replaced, vec![pair.by])).collect();
    let old: Vec<TailChange> = working.record.tail.clone();
    let changes = tail_changes(&old)?;
    let mut document = working.base()?.clone();
    let mut tail = Vec::new();
    let mut lost = None;
    for (index, (unsent, change)) in old.iter().zip(&changes).enumerate() {
        let first_form = unsent.replaces.unwrap_or(unsent.hash);
        let settled = form.get(&unsent.hash).or_else(|| form.get(&first_form)).cloned();
        if let Some(by) = settled {
            form.insert(unsent.hash, by);
            continue;
        }
        let made_on: BTreeSet<_> = parents_of(change)
            .into_iter()
            .flat_map(|parent| form.get(&parent).cloned().unwrap_or_else(|| vec![parent]))
            .collect();
        if made_on.iter().any(|parent| !document.contains(parent)) {
            lost = Some(index);
            break;
        }
        let heads =
            if armed(Bug::ReauthorOnNewBase) { document.heads() } else { made_on.into_iter().collect() };
        match document.replay(&original, change, first_form, author, &heads) {
            Ok(Some(edited)) => {
                form.insert(unsent.hash, vec![edited.hash]);
                let bytes = edited.change.raw_bytes().to_vec().into();
                tail.push(TailChange { hash: edited.hash, bytes, replaces: Some(first_form) });
            }
            Ok(None) => _ = form.insert(unsent.hash, heads),
            Err(EditError::StreamPast) if working.base()?.last_seq(author.actor) > 0 => {
                return Ok(Rewritten::StreamPast);
            }
            // One document holds up no other: a person looks at it.
            Err(error) => {
                tracing::warn!(name: "engine.not_again", reason = %error);
                lost = Some(index);
                break;
            }
        }
    }
    let kept = tail.len();
    if let Some(index) = lost {
        tail.extend(old.into_iter().skip(index));
    }
    working.replace_tail(tail);
    working.touch().replaced.clear();
    Ok(lost.map_or(Rewritten::Whole, |_| Rewritten::LostFrom(kept)))
}
