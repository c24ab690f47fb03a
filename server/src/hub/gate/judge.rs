//! The decision: bytes in, a verdict out.
//!
//! What Automerge accepts is applied to a copy, saved, loaded again and compared: a change that would
//! make the document unreadable never reaches history.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use document_model::{Actor, Change, ChangeHash, Document, Kind, Objection, inspect_change, limits};
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{RefusalCode, Replacement};

use super::claims::check_claims;
use super::{Admitted, FreshChange, GateJob, GateVerdict};

/// Position of the chunk type in a change's bytes, and the one type devices may push.
const CHUNK_TYPE_AT: usize = 8;
const UNCOMPRESSED_CHANGE: u8 = 1;
/// Position of the checksum in a change's bytes.
const CHECKSUM_AT: std::ops::Range<usize> = 4..8;

/// Judges one job.
#[must_use]
pub fn judge(job: &GateJob) -> GateVerdict {
    match Base::of(job) {
        Ok(base) => judge_on(&base, job).0,
        Err(verdict) => verdict,
    }
}

/// The document a job is for, as stored.
pub(super) struct Base {
    /// Loaded; or just born.
    pub(super) document: Document,
    /// Bytes of the saved form; 0 for a new document.
    pub(super) saved_bytes: usize,
}

impl Base {
    /// Loads what the job brings.
    pub(super) fn of(job: &GateJob) -> Result<Self, GateVerdict> {
        let document = match &job.saved {
            None => Document::born(job.kind),
            Some(saved) => match Document::load(job.kind, saved) {
                Ok(document) => document,
                Err(error) => return Err(GateVerdict::Damaged(error.to_string())),
            },
        };
        Ok(Self { document, saved_bytes: job.saved.as_ref().map_or(0, Vec::len) })
    }
}

/// Judges a job on its document, whatever `saved` says; gives back the document after the admitted
/// changes too, as it was loaded for the proof.
pub(super) fn judge_on(base: &Base, job: &GateJob) -> (GateVerdict, Option<Document>) {
    let (document, before) = (&base.document, base.saved_bytes);
    let sorted = match sort_changes(document, job) {
        Ok(sorted) => sorted,
        Err(verdict) => return (verdict, None),
    };
    let Sorted { fresh, mut refused, already } = sorted;
    let ((admitted, proved), fresh) = match prove(document, &fresh, before) {
        Ok(proved) => (proved, fresh),
        Err(why) => {
            let (proved, kept, refusal) = prove_by_halves(document, fresh, before, why);
            refused = refusal.or(refused);
            (proved, kept)
        }
    };
    let fresh = fresh.into_iter().map(|(change, _)| change).collect();
    let admitted = Admitted { fresh, already, refused, ..admitted };
    (GateVerdict::Admitted(Box::new(admitted)), proved)
}

/// A fresh change and its parsed form.
type Sighted = (FreshChange, Change);
/// What may enter, and the document as it was loaded to prove it.
type Proved = (Admitted, Option<Document>);

/// A job's changes, looked at one by one.
struct Sorted {
    fresh: Vec<Sighted>,
    refused: Option<(u32, RefusalCode)>,
    already: Vec<Replacement>,
}

fn sort_changes(document: &Document, job: &GateJob) -> Result<Sorted, GateVerdict> {
    let mut sorted = Sorted { fresh: Vec::new(), refused: None, already: Vec::new() };
    let mut batch = BTreeSet::new();
    let vouched = vouched(job);
    let mut last_seqs = BTreeMap::new();
    let mut operations = document.operations();
    for (index, pushed) in job.changes.iter().enumerate() {
        let change = match read_change(job.kind, &pushed.bytes) {
            Ok(change) => change,
            Err(code) => {
                sorted.refused = Some((index as u32, code));
                break;
            }
        };
        let hash = ChangeHash::from(change.hash());
        if batch.contains(&hash) || (document.contains(&hash) && !armed(Bug::NoDeduplication)) {
            continue;
        }
        let actor = Actor::of(change.actor_id());
        let Some(actor) = actor.filter(|actor| *actor == job.stream || vouched.contains(&hash)) else {
            sorted.refused = Some((index as u32, RefusalCode::ForeignActor));
            break;
        };
        let parents = change.deps().iter().map(|parent| ChangeHash::from(*parent));
        let missing: Vec<_> =
            parents.filter(|parent| !batch.contains(parent) && !document.contains(parent)).collect();
        if !missing.is_empty() && !armed(Bug::OrphanStored) {
            return Err(GateVerdict::Need(missing));
        }
        let last_seq = last_seqs.entry(actor).or_insert_with(|| document.last_seq(actor));
        if change.seq() <= *last_seq && !armed(Bug::NoDeduplication) {
            return Err(GateVerdict::Fork);
        }
        operations += change.len() as u64;
        if operations > limits::DOCUMENT_OPERATIONS {
            sorted.refused = Some((index as u32, RefusalCode::TooLarge));
            break;
        }
        *last_seq = change.seq();
        let replaced = pushed.replaces.filter(|replaced| document.contains(replaced));
        sorted.already.extend(replaced.map(|replaced| Replacement { replaced, by: replaced }));
        batch.insert(hash);
        let made_at_s = change.timestamp();
        let fresh = FreshChange { index, hash, actor, replaces: pushed.replaces, made_at_s };
        sorted.fresh.push((fresh, change));
    }
    Ok(sorted)
}

/// Those of the job's changes that were in history once: the vouched ones, and what they follow.
fn vouched(job: &GateJob) -> BTreeSet<ChangeHash> {
    if job.vouched.is_empty() {
        return BTreeSet::new();
    }
    let read = job.changes.iter().filter_map(|pushed| read_change(job.kind, &pushed.bytes).ok());
    let parents = |change: Change| {
        let parents: Vec<_> = change.deps().iter().map(|parent| ChangeHash::from(*parent)).collect();
        (ChangeHash::from(change.hash()), parents)
    };
    let parents: BTreeMap<_, _> = read.map(parents).collect();
    let (mut found, mut waiting) = (BTreeSet::new(), job.vouched.clone());
    while let Some(hash) = waiting.pop() {
        if let Some(parents) = parents.get(&hash)
            && found.insert(hash)
        {
            waiting.extend(parents);
        }
    }
    found
}

/// Caps first, then parsing, then every operation.
fn read_change(kind: Kind, bytes: &[u8]) -> Result<Change, RefusalCode> {
    if bytes.len() > limits::CHANGE_BYTES {
        return Err(RefusalCode::TooLarge);
    }
    if bytes.get(CHUNK_TYPE_AT) != Some(&UNCOMPRESSED_CHANGE) {
        return Err(RefusalCode::Malformed);
    }
    check_claims(bytes)?;
    let change = Change::from_bytes(bytes.to_vec()).map_err(|_| RefusalCode::Malformed)?;
    // Reading a change does not compare its checksum, the first bytes of its hash, nor its end.
    let checksum = bytes.get(CHECKSUM_AT).map(<[u8]>::to_vec);
    if checksum.as_deref() != Some(&change.hash().0[..CHECKSUM_AT.len()]) || change.raw_bytes() != bytes {
        return Err(RefusalCode::Malformed);
    }
    inspect_change(kind, &change).map_err(|objection| match objection {
        Objection::TooLarge | Objection::ValueTooLarge => RefusalCode::TooLarge,
        Objection::Structure | Objection::Unknown => RefusalCode::NotPermitted,
        Objection::ReservedActor => RefusalCode::ForeignActor,
    })?;
    Ok(change)
}

/// Applies to a copy, saves, loads again, compares.
fn prove(document: &Document, fresh: &[Sighted], before: usize) -> Result<Proved, RefusalCode> {
    let mut copy = document.clone();
    let changes: Vec<_> = fresh.iter().map(|(_, change)| change.clone()).collect();
    copy.apply(changes).map_err(|_| RefusalCode::Malformed)?;
    let saved = copy.save();
    if saved.len() > limits::DOCUMENT_BYTES && saved.len() > before && !fresh.is_empty() {
        return Err(RefusalCode::TooLarge);
    }
    let loaded = Document::load(document.kind(), &saved).map_err(|_| RefusalCode::Malformed)?;
    let heads = loaded.heads();
    let arrived = armed(Bug::OrphanStored) || fresh.iter().all(|(change, _)| loaded.contains(&change.hash));
    if heads != copy.heads() || !arrived {
        return Err(RefusalCode::Malformed);
    }
    let admitted = Admitted {
        saved,
        heads,
        fields: loaded.fields(),
        fresh: Vec::new(),
        already: Vec::new(),
        refused: None,
    };
    Ok((admitted, Some(loaded)))
}

/// Finds the change that cannot enter, after all together could not: those before it do.
fn prove_by_halves(
    document: &Document,
    fresh: Vec<Sighted>,
    before: usize,
    why: RefusalCode,
) -> (Proved, Vec<Sighted>, Option<(u32, RefusalCode)>) {
    let prove_first = |count: usize| {
        let attempt = catch_unwind(AssertUnwindSafe(|| prove(document, &fresh[..count], before)));
        attempt.unwrap_or(Err(RefusalCode::Malformed))
    };
    let mut kept = 0;
    let mut proved = prove_first(0).unwrap_or_else(|_| {
        let admitted = Admitted {
            saved: document.save(),
            heads: document.heads(),
            fields: document.fields(),
            fresh: Vec::new(),
            already: Vec::new(),
            refused: None,
        };
        (admitted, None)
    });
    // By halves: a document that is nearly full takes long to prove, and there may be a thousand changes.
    let (mut cannot, mut why) = (fresh.len(), why);
    while cannot > kept + 1 {
        let middle = kept + (cannot - kept) / 2;
        match prove_first(middle) {
            Ok(next) => (proved, kept) = (next, middle),
            Err(code) => (cannot, why) = (middle, code),
        }
    }
    let refusal = fresh.get(kept).map(|(change, _)| (change.index as u32, why));
    let mut fresh = fresh;
    fresh.truncate(kept);
    (proved, fresh, refusal)
}

#[cfg(test)]
mod tests {
    use document_model::{Author, Entropy, Moment, Operation, parse_assignment};

    use super::super::{JobChange, judge_safely};
    use super::*;

    struct Zero;
    impl Entropy for Zero {
        fn sixteen(&mut self) -> [u8; 16] {
            [0; 16]
        }
    }

    const ACTOR: Actor = Actor([7; 16]);

    fn edit(document: &mut Document, actor: Actor, text: &str) -> Vec<u8> {
        let set = Operation::Set(parse_assignment(Kind::Customer, text).expect("parses"));
        let author = Author { actor, now: Moment(1_000) };
        let edited = document.edit(author, &[set], &mut Zero).expect("edits").expect("one change");
        edited.change.raw_bytes().to_vec()
    }

    fn job(saved: Option<&Document>, changes: &[Vec<u8>]) -> GateJob {
        let changes =
            changes.iter().map(|bytes| JobChange { bytes: bytes.clone(), replaces: None }).collect();
        GateJob {
            kind: Kind::Customer,
            saved: saved.map(Document::save),
            stream: ACTOR,
            vouched: Vec::new(),
            changes,
        }
    }

    fn admitted(verdict: GateVerdict) -> Admitted {
        match verdict {
            GateVerdict::Admitted(admitted) => *admitted,
            other => panic!("not admitted: {other:?}"),
        }
    }

    #[test]
    fn good_changes_enter_once() {
        let mut document = Document::born(Kind::Customer);
        let changes = [edit(&mut document, ACTOR, "name=Kim"), edit(&mut document, ACTOR, "phone=1")];
        let first = admitted(judge(&job(None, &changes)));
        assert_eq!((first.fresh.len(), first.refused), (2, None));
        assert_eq!(first.heads, document.heads());
        let again = admitted(judge(&job(Some(&document), &changes)));
        assert!(again.fresh.is_empty());
    }

    #[test]
    fn an_orphan_is_asked_for_and_a_fork_is_named() {
        let mut document = Document::born(Kind::Customer);
        let first = edit(&mut document, ACTOR, "name=Kim");
        let mut copy = document.clone();
        let second = edit(&mut document, ACTOR, "name=Lee");
        assert!(matches!(judge(&job(None, &[second])), GateVerdict::Need(parents) if parents.len() == 1));
        let other = edit(&mut copy, ACTOR, "name=Park");
        assert_eq!(judge(&job(Some(&document), &[first, other])), GateVerdict::Fork);
    }

    #[test]
    fn a_bad_change_takes_its_tail_and_nothing_else() {
        let mut document = Document::born(Kind::Customer);
        let first = edit(&mut document, ACTOR, "name=Kim");
        let foreign = edit(&mut document, Actor([9; 16]), "name=Lee");
        let last = edit(&mut document, ACTOR, "name=Park");
        let verdict = admitted(judge(&job(None, &[first.clone(), foreign, last])));
        assert_eq!((verdict.fresh.len(), verdict.refused), (1, Some((1, RefusalCode::ForeignActor))));
        let mut compressed = first;
        compressed[CHUNK_TYPE_AT] = 2;
        let verdict = admitted(judge_safely(&job(None, &[compressed])));
        assert_eq!((verdict.fresh.len(), verdict.refused), (0, Some((0, RefusalCode::Malformed))));
        assert_eq!(verdict.heads, Document::born(Kind::Customer).heads());
    }

    #[test]
    fn flipped_bytes_are_refused_and_never_panic() {
        let mut document = Document::born(Kind::Customer);
        let change = edit(&mut document, ACTOR, "name=Kim");
        for at in 0..change.len() {
            let mut bytes = change.clone();
            bytes[at] ^= 0x40;
            let verdict = admitted(judge_safely(&job(None, &[bytes])));
            assert!(verdict.refused.is_some(), "byte {at}");
        }
    }
}
