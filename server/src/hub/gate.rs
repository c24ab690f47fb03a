//! The gate: the only way foreign bytes enter.
//!
//! A job is bytes in, a verdict out, with nothing shared between jobs, so that it can run in another
//! process. What Automerge accepts is applied to a copy, saved, loaded again and compared: a change
//! that would make the document unreadable never reaches history.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use document_model::{
    Actor, Change, ChangeHash, Document, DocumentError, FieldValue, Kind, Objection, inspect_change, limits,
};
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{RefusalCode, Replacement};

/// Position of the chunk type in a change's bytes, and the one type devices may push.
const CHUNK_TYPE_AT: usize = 8;
const UNCOMPRESSED_CHANGE: u8 = 1;
/// Position of the checksum in a change's bytes.
const CHECKSUM_AT: std::ops::Range<usize> = 4..8;

/// One document's pushed changes and the state they are for.
#[derive(Debug, Clone)]
pub struct GateJob {
    /// The document's kind.
    pub kind: Kind,
    /// The saved document; `None` for a new one.
    pub saved: Option<Vec<u8>>,
    /// The stream that pushes: the only actor new changes may have.
    pub stream: Actor,
    /// The changes, parents first.
    pub changes: Vec<JobChange>,
}

/// One pushed change.
#[derive(Debug, Clone)]
pub struct JobChange {
    /// The chunk as it came.
    pub bytes: Vec<u8>,
    /// The unsent edit it was authored again for.
    pub replaces: Option<ChangeHash>,
}

/// What the gate says of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateVerdict {
    /// These changes may enter; those from `refused` on may not.
    Admitted(Box<Admitted>),
    /// Parents are missing.
    Need(Vec<ChangeHash>),
    /// The actor has another change of the same number in history.
    Fork,
    /// The hub's own saved document cannot be read.
    Damaged(String),
}

/// The document after the admitted changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Saved, proved readable.
    pub saved: Vec<u8>,
    /// Its sorted heads.
    pub heads: Vec<ChangeHash>,
    /// Its visible fields.
    pub fields: BTreeMap<String, FieldValue>,
    /// Changes that were not in history, parents first.
    pub fresh: Vec<FreshChange>,
    /// Replaced edits that are in history themselves.
    pub already: Vec<Replacement>,
    /// The first refused change and why.
    pub refused: Option<(u32, RefusalCode)>,
}

/// A change that was not in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshChange {
    /// Its place in the job.
    pub index: usize,
    /// Its hash.
    pub hash: ChangeHash,
    /// Its author's stream.
    pub actor: Actor,
    /// The unsent edit it was authored again for.
    pub replaces: Option<ChangeHash>,
}

/// Where jobs are judged: in this process, or in limited worker processes.
pub trait Gate: Clone + Send + Sync + 'static {
    /// Judges each job on its own; one job's fault never touches another's verdict.
    fn judge(&self, jobs: Vec<GateJob>) -> impl Future<Output = Vec<GateVerdict>> + Send;
}

/// Judges on the calling task: for the simulation.
#[derive(Debug, Clone, Copy, Default)]
pub struct InlineGate;

impl Gate for InlineGate {
    async fn judge(&self, jobs: Vec<GateJob>) -> Vec<GateVerdict> {
        jobs.into_iter().map(judge_safely).collect()
    }
}

/// Judges on threads for blocking work, so that the network never waits for a merge.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadGate;

impl Gate for ThreadGate {
    async fn judge(&self, jobs: Vec<GateJob>) -> Vec<GateVerdict> {
        let count = jobs.len();
        let done = tokio::task::spawn_blocking(move || jobs.into_iter().map(judge_safely).collect()).await;
        done.unwrap_or_else(|error| vec![GateVerdict::Damaged(format!("the gate stopped: {error}")); count])
    }
}

/// Judges one job; a panic inside the merge engine refuses this document and nothing else.
fn judge_safely(job: GateJob) -> GateVerdict {
    let attempt = catch_unwind(AssertUnwindSafe(|| judge(&job)));
    attempt.unwrap_or_else(|_| refuse_all(&job))
}

fn refuse_all(job: &GateJob) -> GateVerdict {
    let unchanged = GateJob { changes: Vec::new(), ..job.clone() };
    match catch_unwind(AssertUnwindSafe(|| judge(&unchanged))) {
        Ok(GateVerdict::Admitted(mut admitted)) => {
            admitted.refused = Some((0, RefusalCode::Malformed));
            GateVerdict::Admitted(admitted)
        }
        Ok(verdict) => verdict,
        Err(_) => GateVerdict::Damaged("the saved document cannot be read".to_owned()),
    }
}

/// Judges one job.
#[must_use]
pub fn judge(job: &GateJob) -> GateVerdict {
    let document = match read_saved(job) {
        Ok(document) => document,
        Err(error) => return GateVerdict::Damaged(error.to_string()),
    };
    let Sorted { fresh, mut refused, already } = match sort_changes(&document, job) {
        Ok(sorted) => sorted,
        Err(verdict) => return verdict,
    };
    let before = job.saved.as_ref().map_or(0, Vec::len);
    if fresh.is_empty() {
        let admitted = unchanged(&document, job.saved.clone());
        return GateVerdict::Admitted(Box::new(Admitted { already, refused, ..admitted }));
    }
    let (admitted, fresh) = match prove(document, &fresh, before) {
        Ok(proved) => (proved, fresh),
        Err(_) => {
            let (proved, kept, refusal) = prove_one_by_one(job, fresh, before);
            refused = refusal.or(refused);
            (proved, kept)
        }
    };
    let fresh = fresh.into_iter().map(|(change, _)| change).collect();
    GateVerdict::Admitted(Box::new(Admitted { fresh, already, refused, ..admitted }))
}

fn read_saved(job: &GateJob) -> Result<Document, DocumentError> {
    match &job.saved {
        None => Ok(Document::born(job.kind)),
        Some(saved) => Document::load(job.kind, saved),
    }
}

/// The verdict over a document that nothing entered.
fn unchanged(document: &Document, saved: Option<Vec<u8>>) -> Admitted {
    Admitted {
        saved: saved.unwrap_or_else(|| document.save()),
        heads: document.heads(),
        fields: document.fields(),
        fresh: Vec::new(),
        already: Vec::new(),
        refused: None,
    }
}

/// A fresh change and its parsed form.
type Sighted = (FreshChange, Change);

/// A job's changes, looked at one by one.
struct Sorted {
    fresh: Vec<Sighted>,
    refused: Option<(u32, RefusalCode)>,
    already: Vec<Replacement>,
}

fn sort_changes(document: &Document, job: &GateJob) -> Result<Sorted, GateVerdict> {
    let mut sorted = Sorted { fresh: Vec::new(), refused: None, already: Vec::new() };
    let mut batch = BTreeSet::new();
    let mut next_seq = document.last_seq(job.stream) + 1;
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
        if Actor::of(change.actor_id()) != Some(job.stream) {
            sorted.refused = Some((index as u32, RefusalCode::ForeignActor));
            break;
        }
        let parents = change.deps().iter().map(|parent| ChangeHash::from(*parent));
        let missing: Vec<_> =
            parents.filter(|parent| !batch.contains(parent) && !document.contains(parent)).collect();
        if !missing.is_empty() && !armed(Bug::OrphanStored) {
            return Err(GateVerdict::Need(missing));
        }
        if change.seq() < next_seq && !armed(Bug::NoDeduplication) {
            return Err(GateVerdict::Fork);
        }
        next_seq = change.seq() + 1;
        let replaced = pushed.replaces.filter(|replaced| document.contains(replaced));
        sorted.already.extend(replaced.map(|replaced| Replacement { replaced, by: replaced }));
        batch.insert(hash);
        let fresh = FreshChange { index, hash, actor: job.stream, replaces: pushed.replaces };
        sorted.fresh.push((fresh, change));
    }
    Ok(sorted)
}

/// Caps first, then parsing, then every operation.
fn read_change(kind: Kind, bytes: &[u8]) -> Result<Change, RefusalCode> {
    if bytes.len() > limits::CHANGE_BYTES {
        return Err(RefusalCode::TooLarge);
    }
    if bytes.get(CHUNK_TYPE_AT) != Some(&UNCOMPRESSED_CHANGE) {
        return Err(RefusalCode::Malformed);
    }
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

/// Applies, saves, loads again, compares.
fn prove(mut document: Document, fresh: &[Sighted], before: usize) -> Result<Admitted, RefusalCode> {
    let changes: Vec<_> = fresh.iter().map(|(_, change)| change.clone()).collect();
    document.apply(changes).map_err(|_| RefusalCode::Malformed)?;
    let saved = document.save();
    if saved.len() > limits::DOCUMENT_BYTES && saved.len() > before {
        return Err(RefusalCode::TooLarge);
    }
    let loaded = Document::load(document.kind(), &saved).map_err(|_| RefusalCode::Malformed)?;
    let arrived = armed(Bug::OrphanStored) || fresh.iter().all(|(change, _)| loaded.contains(&change.hash));
    if loaded.heads() != document.heads() || !arrived {
        return Err(RefusalCode::Malformed);
    }
    Ok(unchanged(&loaded, Some(saved)))
}

/// Finds the change that cannot enter: those before it do.
fn prove_one_by_one(
    job: &GateJob,
    mut fresh: Vec<Sighted>,
    before: usize,
) -> (Admitted, Vec<Sighted>, Option<(u32, RefusalCode)>) {
    let prove_first = |count: usize| {
        let attempt = || {
            read_saved(job)
                .map_or(Err(RefusalCode::Malformed), |document| prove(document, &fresh[..count], before))
        };
        catch_unwind(AssertUnwindSafe(attempt)).unwrap_or(Err(RefusalCode::Malformed))
    };
    let mut kept = 0;
    let mut proved = None;
    let mut refusal = None;
    for count in 1..=fresh.len() {
        match prove_first(count) {
            Ok(next) => (proved, kept) = (Some(next), count),
            Err(code) => {
                refusal = Some((fresh[count - 1].0.index as u32, code));
                break;
            }
        }
    }
    fresh.truncate(kept);
    let nothing_entered =
        || unchanged(&read_saved(job).unwrap_or_else(|_| Document::born(job.kind)), job.saved.clone());
    (proved.unwrap_or_else(nothing_entered), fresh, refusal)
}

#[cfg(test)]
mod tests {
    use document_model::{Author, Entropy, Moment, Operation, parse_assignment};

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
        GateJob { kind: Kind::Customer, saved: saved.map(Document::save), stream: ACTOR, changes }
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
        let verdict = admitted(judge_safely(job(None, &[compressed])));
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
            let verdict = admitted(judge_safely(job(None, &[bytes])));
            assert!(verdict.refused.is_some(), "byte {at}");
        }
    }
}
