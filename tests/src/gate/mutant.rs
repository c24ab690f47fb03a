//! Good pushes of many forms, and what a few bytes changed make of them under a checksum that is right.

use anyhow::{Result, ensure};
use document_model::{Actor, Author, Document, Entropy, Kind, Moment, Operation, parse_assignment};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use server::hub::gate::{GateJob, GateVerdict, JobChange, judge};

use super::chunk::{body_at, operations_at, seal};
use super::payloads::STREAM;

/// One change in so many is changed anywhere, the others behind parents and actor.
const EVERYWHERE: u64 = 4;
/// Bytes changed in one change at most.
const BYTES: u64 = 4;

/// Operations, each of which makes one change.
pub(super) type Script = Vec<Operation>;

/// A good job, and what is said of it.
#[derive(Debug, Clone)]
pub struct Good {
    /// The job.
    pub job: GateJob,
    /// What it is judged in this process.
    pub verdict: GateVerdict,
}

/// Changes a few bytes of a change and makes its checksum right again.
pub(super) fn mutate(change: &mut [u8], dice: &mut ChaCha8Rng) {
    // Parents and actor are most of a small change and all the same: one of a few goes there.
    let everywhere = below(EVERYWHERE, dice) == 0;
    let from = if everywhere { body_at(change) } else { operations_at(change) };
    for _ in 0..1 + below(BYTES, dice) {
        let at = from + below((change.len() - from) as u64, dice);
        change[at] = dice.next_u32() as u8;
    }
    seal(change);
}

/// A number below `end`.
pub(super) fn below(end: u64, dice: &mut ChaCha8Rng) -> usize {
    (dice.next_u64() % end) as usize
}

/// Ids of entries, one after the other.
struct Counting(u8);

impl Entropy for Counting {
    fn sixteen(&mut self) -> [u8; 16] {
        self.0 += 1;
        [self.0; 16]
    }
}

/// Good pushes of many forms: fields, entries, text, counters, several changes, on new and on old
/// documents.
pub fn good_jobs() -> Result<Vec<Good>> {
    let mut good = Vec::new();
    for (kind, scripts) in scripts()? {
        let mut old = Document::born(kind);
        for script in &scripts {
            good.push(pushed(&Document::born(kind), false, script)?);
            good.push(pushed(&old, true, script)?);
            edit(&mut old, Actor([9; 16]), script)?;
        }
    }
    Ok(good)
}

/// What a rep does to a new document of each kind, script by script.
pub(super) fn scripts() -> Result<[(Kind, Vec<Script>); 2]> {
    Ok([(Kind::Customer, customer_scripts()?), (Kind::Policy, policy_scripts()?)])
}

fn customer_scripts() -> Result<Vec<Script>> {
    let set = |text| anyhow::Ok(Operation::Set(parse_assignment(Kind::Customer, text)?));
    let add = |text| anyhow::Ok(Operation::Add(parse_assignment(Kind::Customer, text)?));
    let line = |line: &str| Operation::Append { field: "notes".to_owned(), line: line.to_owned() };
    let visit = |by| Operation::Increment { field: "visits".to_owned(), by };
    Ok(vec![
        vec![set("name=김철수")?],
        vec![set("name=Kim")?, set("birth_date=1970-01-02")?, set("phone=010-1234-5678")?],
        vec![add("phone=010-1111-2222")?, add("phone=010-3333-4444")?, add("email=kim@example.org")?],
        vec![line("called, wants a quote"), line("again")],
        vec![visit(1), visit(2), set("tag.vip=true")?],
        vec![set("address.city=Seoul")?, set("address.detail=101-1203")?, set("address.city=Busan")?],
        vec![set("consent.marketing=granted")?, set("consent.marketing=withdrawn")?, set("custom.a=baduk")?],
        vec![add("contact=met at the fair")?, add("household=daughter")?, set("name=")?],
    ])
}

fn policy_scripts() -> Result<Vec<Script>> {
    let set = |text| anyhow::Ok(Operation::Set(parse_assignment(Kind::Policy, text)?));
    Ok(vec![
        vec![set("product=WL01")?, set("premium_won=50000")?, set("sale_date=2026-09-21")?],
        vec![set("premium_won=60000")?, set("payment_mode=annual")?, set("withdrawn_on=2026-09-22")?],
    ])
}

fn pushed(document: &Document, stored: bool, script: &[Operation]) -> Result<Good> {
    let changes = edit(&mut document.clone(), STREAM, script)?;
    let changes = changes.into_iter().map(|bytes| JobChange { bytes, replaces: None }).collect();
    let saved = stored.then(|| document.save());
    let job = GateJob { kind: document.kind(), saved, stream: STREAM, vouched: Vec::new(), changes };
    let verdict = judge(&job);
    let admitted = matches!(&verdict, GateVerdict::Admitted(admitted) if admitted.refused.is_none());
    ensure!(admitted, "a good job is refused: {script:?}");
    Ok(Good { job, verdict })
}

/// Does what a script says, each as one change; what changes nothing makes none.
pub(super) fn edit(document: &mut Document, actor: Actor, script: &[Operation]) -> Result<Vec<Vec<u8>>> {
    let author = Author { actor, now: Moment(1_790_000_000_000) };
    let mut changes = Vec::new();
    let mut entropy = Counting(0);
    for operation in script {
        let edited = document.edit(author, std::slice::from_ref(operation), &mut entropy)?;
        changes.extend(edited.map(|edited| edited.change.raw_bytes().to_vec()));
    }
    ensure!(!changes.is_empty(), "a script without effect: {script:?}");
    Ok(changes)
}
