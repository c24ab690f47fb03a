//! What the hub stores, in the hub's words. No database type appears here.

use std::collections::BTreeMap;

use document_model::sales::{EntryKind, LedgerKey, PolicyFacts, Posting, UnitPath};
use document_model::{
    Actor, BookId, ChangeHash, Date, DeviceId, DocumentId, Kind, Moment, RecordFacts, UnitCode,
};
use sync_protocol::{Cursor, Digest, FeedChain, Generation};

use super::sealing::{WrappedKey, opened_len};
use crate::auth::Told;

/// One document: its newest state and what was derived from it. Feed entries are the truth; this is
/// a cache that `verify` rebuilds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The document.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// The book it is in.
    pub book: BookId,
    /// Its number of fresh starts, from 1.
    pub lineage: u32,
    /// Counts the commits that touched it; a commit names the version it was computed from.
    pub version: u64,
    /// Feed number, in its book, of the newest entry about it.
    pub last_seq: u64,
    /// Feed number, in its book, at which it joined.
    pub joined_seq: u64,
    /// Sorted heads.
    pub heads: Vec<ChangeHash>,
    /// Every stream that wrote to it, sorted: a reader of the saved document is told whose they are.
    pub actors: Vec<Actor>,
    /// The saved Automerge document.
    pub saved: Vec<u8>,
    /// The business day the hub first saw it.
    pub created_on: Date,
    /// The business day of its newest edit.
    pub judged_on: Date,
    /// History taken over by an import: never late.
    pub imported: bool,
    /// Fixed at creation: who sold it.
    pub selling_rep: Option<UnitCode>,
    /// What headquarters' record of a policy says.
    pub record: RecordFacts,
    /// The sale day that a policy waits with for headquarters' approval.
    pub awaiting_sale_date: Option<Date>,
    /// What it contributes to the figures at present.
    pub counted: Option<Counted>,
}

/// A policy's countable facts and the units they count under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The facts.
    pub facts: PolicyFacts,
    /// The units.
    pub path: UnitPath,
}

/// One book's row: the row every commit to the book updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBook {
    /// The book.
    pub id: BookId,
    /// What people call it.
    pub name: String,
    /// The rep responsible; `None` for the shared book.
    pub owner: Option<UnitCode>,
    /// The feed's epoch.
    pub epoch: u64,
    /// Number of the newest feed entry.
    pub seq: u64,
    /// Chained hash of the feed at `seq`.
    pub chain: FeedChain,
    /// Sum over the book's documents.
    pub digest: Digest,
    /// Number of the newest ledger entry.
    pub ledger_number: u64,
    /// Chained hash of the ledger at that number.
    pub ledger_chain: FeedChain,
}

impl StoredBook {
    /// The cursor of a reader who has read everything.
    #[must_use]
    pub fn head(&self) -> Cursor {
        Cursor { book: self.id, epoch: self.epoch, seq: self.seq, check: self.chain.check() }
    }
}

/// One feed entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Its number in the book.
    pub seq: u64,
    /// The document.
    pub document: DocumentId,
    /// The document's lineage.
    pub lineage: u32,
    /// When it was stored, milliseconds since the epoch.
    pub arrived_ms: i64,
    /// What happened.
    pub body: FeedBody,
    /// The chain after this entry.
    pub chain: FeedChain,
}

/// An edit of a document as a feed remembers it for ever, whatever its entry still carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredEdit {
    /// When it was stored, milliseconds since the epoch.
    pub arrived_ms: i64,
    /// The book whose feed has it.
    pub book: BookId,
    /// Its number there.
    pub seq: u64,
    /// The document.
    pub document: DocumentId,
    /// The change's hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: Actor,
}

/// What a stored feed entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedBody {
    /// One raw change.
    Change {
        /// Its hash.
        hash: ChangeHash,
        /// Who wrote it.
        actor: Actor,
        /// What the entry carries of it.
        carried: Carried,
    },
    /// The whole document.
    Snapshot {
        /// Its kind.
        kind: Kind,
        /// The saved document, unless a later entry carries it.
        saved: Option<Vec<u8>>,
    },
    /// It came into the book.
    Joined {
        /// Its kind.
        kind: Kind,
        /// Its heads then; none when born here.
        heads: Vec<ChangeHash>,
        /// The saved document, when not born here, and unless a later entry carries it.
        saved: Option<Vec<u8>>,
    },
    /// It left the book.
    Left,
    /// It was merged into another.
    Redirected {
        /// Into which.
        to: DocumentId,
    },
    /// It was erased.
    Erased,
}

impl FeedBody {
    /// The number of this kind of entry: on the wire and in the chain.
    #[must_use]
    pub fn number(&self) -> u8 {
        match self {
            Self::Change { .. } => 0,
            Self::Snapshot { .. } => 1,
            Self::Joined { .. } => 2,
            Self::Left => 3,
            Self::Redirected { .. } => 4,
            Self::Erased => 5,
        }
    }

    /// The hash the chain covers besides number and document.
    #[must_use]
    pub fn chained(&self) -> Vec<u8> {
        match self {
            Self::Change { hash, .. } => hash.0.to_vec(),
            Self::Joined { heads, .. } => heads.iter().flat_map(|head| head.0).collect(),
            Self::Redirected { to } => to.0.to_vec(),
            Self::Snapshot { .. } | Self::Left | Self::Erased => Vec::new(),
        }
    }

    /// Payload bytes, for the page limit.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Joined { heads, .. } => self.payload().map_or(0, opened_len) + heads.len() * 32,
            _ => self.payload().map_or(0, opened_len),
        }
    }

    /// What it carries.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        match self {
            Self::Change { carried: Carried::Change(bytes), .. } => Some(bytes),
            Self::Change { carried: Carried::Snapshot { saved, .. }, .. } => Some(saved),
            Self::Snapshot { saved, .. } | Self::Joined { saved, .. } => saved.as_deref(),
            Self::Change { carried: Carried::Nothing, .. }
            | Self::Left
            | Self::Redirected { .. }
            | Self::Erased => None,
        }
    }

    /// Carries this document from now on, or nothing.
    pub(crate) fn carry(&mut self, snapshot: Option<&EntrySnapshot>) {
        match self {
            Self::Change { carried, .. } => {
                *carried = snapshot.map_or(Carried::Nothing, |snapshot| Carried::Snapshot {
                    kind: snapshot.kind,
                    saved: snapshot.saved.clone(),
                });
            }
            Self::Snapshot { saved, .. } | Self::Joined { saved, .. } => {
                *saved = snapshot.map(|snapshot| snapshot.saved.clone());
            }
            Self::Left | Self::Redirected { .. } | Self::Erased => {}
        }
    }

    /// True when readers of the feed are told nothing by it: a later entry carries what it did.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Change { .. } | Self::Snapshot { .. }) && self.payload().is_none()
    }
}

/// What an entry about a change carries. Compaction replaces it; number, hash, author and time of arrival
/// stay for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// The uncompressed change.
    Change(Vec<u8>),
    /// The document with this change and all those before that carry nothing any more.
    Snapshot {
        /// The document's kind.
        kind: Kind,
        /// The saved document.
        saved: Vec<u8>,
    },
    /// Nothing: a later entry carries it.
    Nothing,
}

/// Which entries of a feed are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// Every one.
    All,
    /// Those that tell a reader something.
    Telling,
}

/// What compaction does to a document's entries in one book's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compaction {
    /// The document.
    pub document: DocumentId,
    /// Its version when this was decided; nothing is done when it has another one.
    pub expected_version: u64,
    /// Entries that carry nothing any more.
    pub emptied: Vec<u64>,
    /// The entry that carries the saved document instead; none when the document has left the book.
    pub snapshot: Option<EntrySnapshot>,
}

/// A saved document that an entry carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySnapshot {
    /// The entry.
    pub seq: u64,
    /// The document's kind.
    pub kind: Kind,
    /// The saved document.
    pub saved: Vec<u8>,
}

/// One ledger entry: signed, never changed, free of personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The book it was derived in.
    pub book: BookId,
    /// Its number in that book.
    pub number: u64,
    /// The policy.
    pub document: DocumentId,
    /// Where and how much.
    pub posting: Posting,
    /// When it was stored, milliseconds since the epoch.
    pub arrived_ms: i64,
    /// The feed entry that caused it.
    pub cause_seq: u64,
    /// The rule set it was judged by.
    pub rules: u64,
    /// The ledger chain after this entry.
    pub chain: FeedChain,
    /// The moment it was folded into the cells at; `None` while pending.
    pub moment: Option<u64>,
}

impl LedgerEntry {
    /// The ledger chain after this entry: it covers all that the entry says but the moment, which is given
    /// later. Entries of a version that did not say their kind are chained as they were then.
    #[must_use]
    pub fn link(&self, before: FeedChain) -> FeedChain {
        let Posting { key, kind, count, won, ape_won } = &self.posting;
        let LedgerKey { day, path: UnitPath { rep, branch, region }, product, measure } = key;
        let mut text = format!("{day}|{rep}|{branch}|{region}|{product}|{}|{count}|{won}", measure.number());
        if *kind != EntryKind::Unsaid {
            let Self { arrived_ms, cause_seq, rules, .. } = self;
            text += &format!("|{}|{ape_won}|{arrived_ms}|{cause_seq}|{rules}", kind.number());
        }
        before.link(self.number, &self.document, 0x4c, text.as_bytes())
    }
}

/// Everything one push to one book changes: computed outside, applied all or nothing.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The book; every document below is in it, or born into it.
    pub book: BookId,
    /// The stream the push came from, when it came from a device.
    pub stream: Option<StreamAdvance>,
    /// The rule set the documents were judged by.
    pub rules: u64,
    /// True when the commit itself changes the rules (a product, a schema).
    pub changes_rules: bool,
    /// Milliseconds since the epoch.
    pub arrived_ms: i64,
    /// The documents.
    pub documents: Vec<DocumentCommit>,
    /// Keys of those documents that had none; whoever seals puts them here.
    pub keys: Vec<(DocumentId, WrappedKey)>,
}

impl Commit {
    /// What the hub itself writes to a book, judged by these rules.
    #[must_use]
    pub fn of_hub(book: BookId, rules: u64, now: Moment, documents: Vec<DocumentCommit>) -> Self {
        Self {
            book,
            stream: None,
            rules,
            changes_rules: false,
            arrived_ms: now.0,
            documents,
            keys: Vec::new(),
        }
    }
}

/// A device's stream moving on with its push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAdvance {
    /// The stream.
    pub actor: Actor,
    /// Its device.
    pub device: DeviceId,
    /// The account.
    pub user: String,
    /// The generation presented.
    pub current: Generation,
    /// The generation moved to.
    pub next: Generation,
}

/// One document of a commit.
#[derive(Debug, Clone)]
pub struct DocumentCommit {
    /// The version this was computed from; 0: the document did not exist.
    pub expected_version: u64,
    /// The new state. `version`, `last_seq` and `joined_seq` are set by the storage.
    pub state: StoredDocument,
    /// New changes, parents first.
    pub changes: Vec<CommittedChange>,
    /// Ledger postings.
    pub postings: Vec<Posting>,
}

impl DocumentCommit {
    /// Another state of a document, computed from the version it names, that no edit led to.
    #[must_use]
    pub fn of_state(state: StoredDocument) -> Self {
        Self { expected_version: state.version, state, changes: Vec::new(), postings: Vec::new() }
    }
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: Actor,
    /// The uncompressed chunk.
    pub bytes: Vec<u8>,
    /// The unsent edit it was authored again for.
    pub replaces: Option<ChangeHash>,
}

/// What became of a commit. Only `Done` changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitOutcome {
    /// Durable; the book's feed ends here.
    Done {
        /// The newest feed entry.
        seq: u64,
    },
    /// These documents have another version now: compute again.
    Conflict(Vec<DocumentId>),
    /// The rules have another version now: compute again.
    RulesChanged,
    /// The stream is not at the generation presented.
    StaleStream,
}

/// Documents changing books in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveOrder {
    /// The documents with the versions the order was made on.
    pub documents: Vec<(DocumentId, u64)>,
    /// Where they are.
    pub from: BookId,
    /// Where they go.
    pub to: BookId,
    /// Milliseconds since the epoch.
    pub arrived_ms: i64,
}

/// An actor's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStream {
    /// The stream.
    pub actor: Actor,
    /// Its device.
    pub device: DeviceId,
    /// The account.
    pub user: String,
    /// The generation acknowledged last.
    pub generation: Generation,
}

/// A document as devices are given it whole: what a first download needs of a stored one, and no more, because it
/// reads a thousand of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeDocument {
    /// Its id.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Its lineage.
    pub lineage: u32,
    /// Its newest entry in the feed of its book.
    pub last_seq: u64,
    /// Streams of edits in it.
    pub actors: Vec<Actor>,
    /// Who sold it, if it is a policy.
    pub selling_rep: Option<UnitCode>,
    /// The saved document.
    pub saved: Vec<u8>,
}

impl From<StoredDocument> for WholeDocument {
    fn from(document: StoredDocument) -> Self {
        let StoredDocument { id, kind, lineage, last_seq, actors, selling_rep, saved, .. } = document;
        Self { id, kind, lineage, last_seq, actors, selling_rep, saved }
    }
}

/// Documents of one download page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadRows {
    /// The documents.
    pub documents: Vec<WholeDocument>,
    /// True when the asked-for part of the walk ends here.
    pub finished: bool,
}

/// Which documents a download page wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadPart {
    /// Documents last used before this feed number, newest first.
    Before(u64),
    /// Documents that joined up to the walk's start but were used after it, by id.
    UsedAfter {
        /// The walk's start.
        as_of: u64,
        /// The last one sent.
        after: Option<DocumentId>,
    },
}

/// What was heard of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The device.
    pub device: DeviceId,
    /// When it was in contact, milliseconds since the epoch.
    pub seen_ms: i64,
    /// Up to when all its edits have arrived, milliseconds since the epoch; `None` where it did not say so.
    pub complete_ms: Option<i64>,
    /// What it said of itself; `None` where it said nothing.
    pub told: Option<Told>,
}

impl Contact {
    /// The later of what was heard of the same device.
    pub fn join(&mut self, other: &Self) {
        self.seen_ms = self.seen_ms.max(other.seen_ms);
        self.complete_ms = self.complete_ms.max(other.complete_ms);
        let at_ms = |told: &Option<Told>| told.as_ref().map(|told| told.at_ms);
        if at_ms(&self.told) <= at_ms(&other.told) {
            self.told.clone_from(&other.told);
        }
    }

    /// One for each device, by device.
    pub(super) fn newest(contacts: Vec<Self>) -> Vec<Self> {
        let mut newest: BTreeMap<DeviceId, Self> = BTreeMap::new();
        for contact in contacts {
            newest.entry(contact.device).and_modify(|known| known.join(&contact)).or_insert(contact);
        }
        newest.into_values().collect()
    }
}
