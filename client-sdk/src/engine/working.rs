//! One document being worked on. It is opened only when the work needs to look into it: what the hub
//! acknowledged without anybody else's edits is taken over as it lies.

use std::collections::BTreeSet;

use document_model::{
    Actor, Change, ChangeHash, Document, DocumentError, DocumentId, Intent, Kind, Moment, UnitCode,
    intents_of,
};
use minicbor::bytes::ByteVec;

use super::open::{OpenedSnapshot, View, damaged, load_base, load_full, parents_of, tail_changes};
use super::{EngineError, fold_intents};
use crate::records::{DocumentRecord, Row, TailChange, TrayItem};

/// Changes appended to a saved document before it is saved anew: reading it costs more with each.
const APPENDED_CHANGES: u32 = 16;

/// One document being worked on.
pub(super) struct Working {
    pub(super) record: DocumentRecord,
    /// The acknowledged document, once it was opened.
    base: Option<Document>,
    /// Who made its first change, where that was found out without keeping it open.
    first_author: Option<Option<Actor>>,
    /// The document with its unsent edits, while it is known.
    full: Option<Document>,
    /// The document with its unsent edits as it was before anything was taken in: what the edits
    /// are read from when they have to be authored again.
    original: Option<Document>,
    /// What the person sees, while it is known.
    view: Option<View>,
    /// The record differs from the stored one.
    pub(super) touched: bool,
    /// The base differs from the record's saved one.
    base_moved: bool,
    /// What the person sees may differ from the stored row.
    pub(super) view_moved: bool,
    /// It was acknowledged by somebody's edits for the first time.
    newly_based: bool,
    /// The hub's history holds others under the numbers of acknowledged changes.
    pub(super) base_forked: bool,
}

/// An unsent edit, and what it meant.
pub(super) struct Unsent {
    pub(super) change: TailChange,
    pub(super) intents: Vec<Intent>,
    pub(super) made_at_s: i64,
}

/// An acknowledged change and the number its author gave it.
struct Number {
    actor: Actor,
    seq: u64,
    hash: ChangeHash,
}

impl Number {
    fn of(change: &Change) -> Option<Self> {
        Some(Self { actor: Actor::of(change.actor_id())?, seq: change.seq(), hash: change.hash().into() })
    }
}

impl Working {
    /// A stored document.
    pub(super) fn stored(record: DocumentRecord) -> Self {
        Self {
            record,
            base: None,
            first_author: None,
            full: None,
            original: None,
            view: None,
            touched: false,
            base_moved: false,
            view_moved: false,
            newly_based: false,
            base_forked: false,
        }
    }

    /// A document this device did not hold before.
    pub(super) fn fresh(record: DocumentRecord) -> Self {
        Self { touched: true, view_moved: true, ..Self::stored(record) }
    }

    /// Marks the record for writing; for parts of it that the person does not see.
    pub(super) fn touch(&mut self) -> &mut DocumentRecord {
        self.touched = true;
        &mut self.record
    }

    /// Notes who sold it: fixed for ever by the hub.
    pub(super) fn sold_by(&mut self, seller: Option<UnitCode>) {
        if self.record.selling_rep != seller && seller.is_some() {
            self.touched = true;
            self.view_moved = true;
            self.record.selling_rep = seller;
        }
    }

    /// The acknowledged document.
    pub(super) fn base(&mut self) -> Result<&Document, EngineError> {
        self.base_mut().map(|base| &*base)
    }

    fn base_mut(&mut self) -> Result<&mut Document, EngineError> {
        if self.base.is_none() {
            self.base = Some(load_base(&self.record)?);
        }
        Ok(self.base.as_mut().expect("just opened"))
    }

    /// The acknowledged document with the unsent edits.
    pub(super) fn full(&mut self) -> Result<&mut Document, EngineError> {
        if self.full.is_none() {
            self.full = Some(match &self.base {
                None => load_full(&self.record)?,
                Some(base) => {
                    let mut full = base.clone();
                    full.apply(tail_changes(&self.record.tail)?).map_err(damaged)?;
                    full
                }
            });
        }
        Ok(self.full.as_mut().expect("just made"))
    }

    /// The document with its unsent edits, as it was when work on it began.
    pub(super) fn original(&mut self) -> Result<&Document, EngineError> {
        if self.original.is_none() {
            self.original = Some(self.full()?.clone());
        }
        Ok(self.original.as_ref().expect("just made"))
    }

    /// Notes that base, tail or both are about to become others.
    fn moves(&mut self, base: bool) {
        self.touched = true;
        self.view_moved = true;
        self.base_moved |= base;
        self.full = None;
        self.view = None;
    }

    /// Keeps the original before the base moves, where there are unsent edits to be read from it.
    fn keep_original(&mut self) -> Result<(), EngineError> {
        if !self.record.tail.is_empty() {
            self.original()?;
        }
        Ok(())
    }

    /// Adds an edit that [`Self::full`] already holds.
    pub(super) fn append(&mut self, change: TailChange) {
        self.touched = true;
        self.view_moved = true;
        self.view = None;
        self.record.tail.push(change);
    }

    /// Puts other edits in the place of the unsent ones.
    pub(super) fn replace_tail(&mut self, tail: Vec<TailChange>) {
        self.moves(false);
        self.record.tail = tail;
    }

    /// True when history holds other changes under the numbers of unsent ones: another copy of this
    /// store wrote with the same stream. Only a base that took something in can.
    pub(super) fn is_forked(&mut self) -> Result<bool, EngineError> {
        if !self.base_moved || self.record.tail.is_empty() {
            return Ok(false);
        }
        let changes = tail_changes(&self.record.tail)?;
        let base = self.base()?;
        let taken = |change: &Change| {
            Actor::of(change.actor_id()).is_some_and(|actor| base.last_seq(actor) >= change.seq())
        };
        Ok(changes.iter().any(taken))
    }

    /// True when an unsent edit was written with another stream than `actor`.
    pub(super) fn has_foreign_tail(&self, actor: Actor) -> Result<bool, EngineError> {
        let changes = tail_changes(&self.record.tail)?;
        Ok(changes.iter().any(|change| Actor::of(change.actor_id()) != Some(actor)))
    }

    /// Takes acknowledged changes in. `false`: parents are missing here.
    pub(super) fn absorb(&mut self, changes: Vec<Change>) -> Result<bool, EngineError> {
        if !self.base()?.missing_parents(&changes).is_empty() {
            return Ok(false);
        }
        let numbers: Vec<_> = changes.iter().filter_map(Number::of).collect();
        self.take_in(|| numbers, |base| base.apply(changes))?;
        Ok(!self.base_forked)
    }

    /// Takes acknowledged changes into the base, all or none. Where that holds others under the same
    /// numbers (copies of a store, and a hub that was put back to an older copy) it takes none, and the
    /// document is compared with the hub's.
    fn take_in(
        &mut self,
        numbers: impl FnOnce() -> Vec<Number>,
        take: impl FnOnce(&mut Document) -> Result<(), DocumentError>,
    ) -> Result<(), EngineError> {
        self.keep_original()?;
        self.moves(true);
        let Err(error) = take(self.base_mut()?) else { return self.drop_acknowledged() };
        // What was taken in before in the same answer comes again with the rest.
        (self.base, self.base_moved) = (None, false);
        let base = self.base()?;
        let taken =
            |number: &Number| !base.contains(&number.hash) && number.seq <= base.last_seq(number.actor);
        if !numbers().iter().any(taken) {
            return Err(damaged(error));
        }
        self.base_forked = true;
        Ok(())
    }

    /// Takes a saved document in.
    pub(super) fn merge(&mut self, snapshot: &[u8]) -> Result<(), EngineError> {
        let other = Document::load(self.record.kind, snapshot).map_err(damaged)?;
        if self.is_empty() {
            self.begin_from(other, snapshot);
            return Ok(());
        }
        let numbers = || other.changes_after(&[]).iter().filter_map(Number::of).collect();
        self.take_in(numbers, |base| base.merge(&other))
    }

    /// Takes a downloaded document in, as it was opened.
    pub(super) fn merge_opened(
        &mut self,
        opened: OpenedSnapshot,
        snapshot: &[u8],
    ) -> Result<(), EngineError> {
        if !self.is_empty() {
            return self.merge(snapshot);
        }
        self.begin(opened.heads, snapshot);
        self.base = None;
        self.first_author = Some(opened.first_author);
        self.view = Some(opened.view);
        Ok(())
    }

    /// True when nothing was acknowledged yet and nothing is unsent.
    fn is_empty(&self) -> bool {
        self.record.base.is_empty() && self.record.tail.is_empty() && !self.base_moved
    }

    /// Begins anew from a saved document; the caller has seen to the unsent edits.
    pub(super) fn begin_lineage(&mut self, lineage: u32, document: Document, snapshot: &[u8]) {
        self.original = None;
        let record = &mut self.record;
        record.lineage = lineage;
        record.replaced.clear();
        record.lacking.clear();
        record.resend = false;
        self.begin_from(document, snapshot);
    }

    /// Takes the unsent edits out, each with what it meant.
    pub(super) fn take_unsent(&mut self) -> Result<Vec<Unsent>, EngineError> {
        if self.record.tail.is_empty() {
            return Ok(Vec::new());
        }
        let changes = tail_changes(&self.record.tail)?;
        let original = self.original()?;
        let meant: Vec<_> =
            changes.iter().map(|change| (intents_of(original, change), change.timestamp())).collect();
        self.moves(false);
        let taken = self.record.tail.drain(..).zip(meant);
        Ok(taken.map(|(change, (intents, made_at_s))| Unsent { change, intents, made_at_s }).collect())
    }

    pub(super) fn begin_from(&mut self, document: Document, snapshot: &[u8]) {
        self.begin(document.heads(), snapshot);
        self.base = Some(document);
    }

    fn begin(&mut self, heads: Vec<ChangeHash>, snapshot: &[u8]) {
        self.moves(false);
        self.base_moved = false;
        self.base_forked = false;
        self.newly_based |= self.record.base.is_empty();
        self.record.base = snapshot.to_vec().into();
        self.record.appended = 0;
        self.record.heads = heads;
    }

    /// Moves the first `count` edits of the tail into the base. What the person sees stays the same.
    pub(super) fn acknowledge(&mut self, count: usize) -> Result<(), EngineError> {
        let changes = tail_changes(&self.record.tail[..count])?;
        self.touched = true;
        if self.record.appended + count as u32 > APPENDED_CHANGES {
            self.base()?;
        }
        if let Some(base) = &mut self.base {
            base.apply(changes).map_err(damaged)?;
            self.base_moved = true;
            return self.drop_acknowledged();
        }
        let record = &mut self.record;
        if record.base.is_empty() {
            record.base = Document::newborn_saved(record.kind).to_vec().into();
        }
        for (taken, change) in record.tail.drain(..count).zip(&changes) {
            record.base.extend_from_slice(&taken.bytes);
            let parents = parents_of(change);
            record.heads.retain(|head| !parents.contains(head));
            record.heads.push(taken.hash);
        }
        record.appended += count as u32;
        Ok(())
    }

    /// Edits that the base holds are no longer unsent.
    fn drop_acknowledged(&mut self) -> Result<(), EngineError> {
        let hashes: Vec<ChangeHash> = self.record.tail.iter().map(|change| change.hash).collect();
        let base = self.base()?;
        let held: BTreeSet<_> = hashes.into_iter().filter(|hash| base.contains(hash)).collect();
        self.record.tail.retain(|change| !held.contains(&change.hash));
        Ok(())
    }

    /// Takes the tail from `from` on out, as an item for the tray.
    pub(super) fn take_tail(
        &mut self,
        id: DocumentId,
        from: usize,
        reason: &str,
        now: Moment,
    ) -> Result<Option<TrayItem>, EngineError> {
        if from >= self.record.tail.len() {
            return Ok(None);
        }
        let changes = tail_changes(&self.record.tail[from..])?;
        let original = self.original()?;
        let intents = changes.iter().flat_map(|change| intents_of(original, change)).collect();
        self.moves(false);
        let taken: Vec<TailChange> = self.record.tail.drain(from..).collect();
        let first = taken.first().map_or(ChangeHash([0; 32]), |change| change.hash);
        let changes = taken.into_iter().map(|change| change.bytes).collect();
        Ok(Some(tray_item(id, self.record.kind, first, reason, intents, changes, now)))
    }

    /// Changes of the base that the hub acknowledged once and lacks now, parents first.
    pub(super) fn lacking(&mut self) -> Result<Vec<Change>, EngineError> {
        let lacking: BTreeSet<_> = self.record.lacking.iter().copied().collect();
        let all = self.base()?.changes_after(&[]).into_iter();
        Ok(all.filter(|change| lacking.contains(&change.hash().into())).collect())
    }

    /// Notes what the hub lacks: all that the document as it holds it does not; everything, where it
    /// holds none.
    pub(super) fn hub_holds(&mut self, document: Option<&Document>) -> Result<(), EngineError> {
        let mut lacking = self.base()?.history();
        lacking.retain(|hash| document.is_none_or(|document| !document.contains(hash)));
        if lacking != self.record.lacking {
            self.touch().lacking = lacking;
        }
        Ok(())
    }

    /// What the hub lacks, but for edits in `elsewhere`, as an item for the tray.
    pub(super) fn take_lacking(
        &mut self,
        id: DocumentId,
        elsewhere: &BTreeSet<ChangeHash>,
        reason: &str,
        now: Moment,
    ) -> Result<Option<TrayItem>, EngineError> {
        let mut lost = self.lacking()?;
        lost.retain(|change| !elsewhere.contains(&change.hash().into()));
        self.touch().lacking.clear();
        let Some(first) = lost.first().map(|change| ChangeHash::from(change.hash())) else { return Ok(None) };
        let base = self.base()?;
        let intents = lost.iter().flat_map(|change| intents_of(base, change)).collect();
        let changes = lost.iter().map(|change| change.raw_bytes().to_vec().into()).collect();
        Ok(Some(tray_item(id, self.record.kind, first, reason, intents, changes, now)))
    }

    /// Drops everything acknowledged; the caller has seen to the unsent edits.
    pub(super) fn begin_anew(&mut self) {
        self.moves(false);
        self.base = None;
        self.base_moved = false;
        let record = &mut self.record;
        record.base = Vec::new().into();
        record.appended = 0;
        record.heads.clear();
        record.lacking.clear();
        record.books.clear();
        record.made_for = None;
        record.resend = false;
    }

    /// The row lists and searches read.
    pub(super) fn row(&mut self, id: DocumentId) -> Result<Row, EngineError> {
        let view = match self.view.take() {
            Some(view) => view,
            None if self.record.tail.is_empty() && self.full.is_none() => View::of(self.base()?),
            None => View::of(self.full()?),
        };
        Ok(view.into_row(id, &self.record))
    }

    /// Who made its first change.
    pub(super) fn first_author(&mut self) -> Result<Option<Actor>, EngineError> {
        match self.first_author {
            Some(author) => Ok(author),
            None => Ok(self.base()?.first_author()),
        }
    }

    /// Brings the record up to the base. `true` when others' edits gave the document its first one.
    pub(super) fn settle_base(&mut self) -> bool {
        if let Some(base) = self.base.as_ref().filter(|base| self.base_moved && !base.is_newborn()) {
            self.newly_based |= self.record.base.is_empty();
            self.record.base = ByteVec::from(base.save());
            self.record.appended = 0;
            self.record.heads = base.heads();
            self.base_moved = false;
        }
        self.newly_based
    }
}

/// Edits of a document as an item for the tray. Document and first change name the item, so that the same
/// edits make the same item once; edits of two documents may be one change.
pub(super) fn tray_item(
    document: DocumentId,
    kind: Kind,
    first: ChangeHash,
    reason: &str,
    intents: Vec<Intent>,
    changes: Vec<ByteVec>,
    now: Moment,
) -> TrayItem {
    TrayItem {
        id: DocumentId::derived("tray", &format!("{document} {first}")),
        document,
        kind,
        reason: reason.to_owned(),
        intents: fold_intents(intents),
        changes,
        at_ms: now.0,
    }
}
