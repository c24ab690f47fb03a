//! The hostile device: signed in as a rep's, and what it pushes into that rep's book, a request after the
//! other.
//!
//! It has a machine of its own in life, and takes nothing from the hub's: what it pushes is made before time
//! is taken, and what is left to do, to compress and to send it, is done by a thread that gives way to
//! every other.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::JoinHandle;

use anyhow::{Context, Result, bail, ensure};
use document_model::{Actor, BookId, ChangeHash, Document, DocumentId, Kind, UnitCode};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rustix::process::setpriority_process;
use sync_protocol::{PushResult, PushedDocument, limits};

use super::super::chunk::{by, hash_of};
use super::super::mutant::{below, edit, good_jobs, mutate, scripts};
use super::super::payloads::{STREAM, payloads};
use super::tally::Siege;
use crate::black_box::PASSWORD;
use crate::forger::{Forger, push_of};

/// One mutated change in so many is for a document that is there, the others are births.
const EDITS: u64 = 2;
/// The least a thread can claim of a processor others want.
const GIVES_WAY: i32 = 19;

/// The hostile device.
pub(super) struct Attacker {
    forger: Forger,
    book: BookId,
    dice: ChaCha8Rng,
    /// Documents that were there before, each with the edits that are mutated.
    targets: Vec<Target>,
    /// The next of them in turn.
    next: usize,
    births: Vec<(Kind, Vec<Vec<u8>>)>,
    /// Known hostile changes not pushed yet; then all of them again.
    payloads: Vec<Vec<u8>>,
    /// Changes that must be in a document's history: what it held before, and what was accepted.
    due: BTreeMap<DocumentId, Vec<ChangeHash>>,
}

struct Target {
    document: DocumentId,
    kind: Kind,
    changes: Vec<Vec<u8>>,
}

/// What one request pushes.
pub(super) struct Volley {
    actor: Actor,
    shots: Vec<Shot>,
    pushes: Vec<PushedDocument>,
}

/// One pushed document.
struct Shot {
    aim: Aim,
    document: DocumentId,
    changes: Vec<ChangeHash>,
}

/// What a pushed document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    Birth,
    Edit,
    Payload,
}

impl Attacker {
    /// Signs in as a rep's device and reads the rep's book, whose documents it aims at.
    pub(super) async fn sign_in(server: &str, rep: &str, seed: u64) -> Result<Self> {
        let mut forger = Forger::sign_in(server, rep, PASSWORD).await?;
        let book = BookId::of_rep(&UnitCode::from(rep));
        let (mut targets, mut due) = (Vec::new(), BTreeMap::new());
        let scripts = BTreeMap::from(scripts()?);
        for (number, found) in forger.download(book).await?.into_iter().enumerate() {
            let mut document = Document::load(found.kind, &found.snapshot)?;
            due.insert(found.document, document.history());
            let scripts = scripts.get(&found.kind).context("a document of another kind")?;
            // One that does something to what is there.
            let mut turn = scripts.iter().cycle().skip(number).take(scripts.len());
            let changes = turn.find_map(|script| edit(&mut document, STREAM, script).ok());
            let changes = changes.context("no edit does anything")?;
            targets.push(Target { document: found.document, kind: found.kind, changes });
        }
        let births = good_jobs()?.into_iter().map(|good| good.job).filter(|job| job.saved.is_none());
        let births =
            births.map(|job| (job.kind, job.changes.into_iter().map(|change| change.bytes).collect()));
        Ok(Self {
            forger,
            book,
            dice: ChaCha8Rng::seed_from_u64(seed),
            targets,
            next: 0,
            births: births.collect(),
            payloads: Vec::new(),
            due,
        })
    }

    /// Makes `count` mutated changes, as many for each request as it takes.
    pub(super) fn arm(&mut self, count: u64) -> Result<Vec<Volley>> {
        let (mut volleys, mut left) = (Vec::new(), usize::try_from(count)?);
        while left > 0 {
            let volley = self.volley(left);
            left -= volley.shots.iter().filter(|shot| shot.aim != Aim::Payload).count();
            volleys.push(volley);
        }
        Ok(volleys)
    }

    /// Pushes what was made, a request after the other.
    pub(super) async fn attack(
        mut self,
        volleys: Vec<Volley>,
        mut tally: Siege,
        progress: impl Fn(&Siege),
    ) -> Result<(Self, Siege)> {
        for Volley { actor, shots, pushes } in volleys {
            // A new stream each time: else all that follow an accepted change would be forks.
            self.forger.take_stream(actor);
            let results = self.forger.push(pushes).await?;
            ensure!(results.len() == shots.len(), "a result is missing");
            tally.requests += 1;
            for (shot, result) in shots.into_iter().zip(results) {
                count_in(shot.aim, &result, &mut tally)?;
                self.remember(shot, &result);
            }
            progress(&tally);
        }
        Ok((self, tally))
    }

    /// What is acknowledged must be there from now on.
    fn remember(&mut self, shot: Shot, result: &PushResult) {
        let taken = match result {
            PushResult::Accepted => shot.changes.len(),
            PushResult::Refused { from, .. } => *from as usize,
            _ => 0,
        };
        if taken > 0 {
            self.due.entry(shot.document).or_default().extend(&shot.changes[..taken]);
        }
    }

    /// Reads the book again: all that was there is, all that was accepted is, and all of it can be read.
    pub(super) async fn look_again(&mut self) -> Result<usize> {
        let found = self.forger.download(self.book).await?;
        let mut due = self.due.clone();
        for found in &found {
            let document = Document::load(found.kind, &found.snapshot)
                .with_context(|| format!("{} cannot be read any more", found.document))?;
            let changes = due.remove(&found.document).unwrap_or_default();
            let lost = changes.iter().find(|change| !document.contains(change));
            ensure!(lost.is_none(), "{} has lost {lost:?}", found.document);
        }
        ensure!(due.is_empty(), "{} documents are gone", due.len());
        Ok(found.len())
    }

    /// The pushes of one request with at most `left` mutated changes, and what each is.
    fn volley(&mut self, left: usize) -> Volley {
        let actor = Actor(sixteen(&mut self.dice));
        let (mut shots, mut pushes) = (Vec::new(), Vec::new());
        for payload in self.some_payloads() {
            let document = DocumentId(sixteen(&mut self.dice));
            shots.push(Shot { aim: Aim::Payload, document, changes: Vec::new() });
            pushes.push(push_of(document, Kind::Customer, self.book, [payload]));
        }
        let mutated = left.min(limits::PUSHED_DOCUMENTS - pushes.len());
        let mut aimed = BTreeSet::new();
        for _ in 0..mutated {
            let target = &self.targets[self.next % self.targets.len()];
            // A request may push a document once.
            let edits = below(EDITS, &mut self.dice) == 0 && aimed.insert(target.document);
            let (aim, document, kind, good) = if edits {
                self.next += 1;
                (Aim::Edit, target.document, target.kind, by(actor, &target.changes))
            } else {
                let (kind, changes) = &self.births[below(self.births.len() as u64, &mut self.dice)];
                (Aim::Birth, DocumentId(sixteen(&mut self.dice)), *kind, by(actor, changes))
            };
            let mut changes = good.clone();
            let victim = below(changes.len() as u64, &mut self.dice);
            while changes == good {
                mutate(&mut changes[victim], &mut self.dice);
            }
            shots.push(Shot {
                aim,
                document,
                changes: changes.iter().map(|change| hash_of(change)).collect(),
            });
            pushes.push(push_of(document, kind, self.book, changes));
        }
        Volley { actor, shots, pushes }
    }

    /// All known hostile changes at first, then one of them a request.
    fn some_payloads(&mut self) -> Vec<Vec<u8>> {
        if let Some(payload) = self.payloads.pop() {
            return vec![payload];
        }
        self.payloads = payloads().into_iter().map(|payload| payload.change).collect();
        self.payloads.clone()
    }
}

/// Does the hostile device's work on a thread that gives way to every other of this machine.
pub(super) fn elsewhere<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> JoinHandle<Result<T>> {
    std::thread::spawn(move || {
        setpriority_process(None, GIVES_WAY)?;
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
    })
}

fn sixteen(dice: &mut ChaCha8Rng) -> [u8; 16] {
    let mut bytes = [0; 16];
    dice.fill_bytes(&mut bytes);
    bytes
}

/// Counts what became of a pushed document; an error is a broken promise.
fn count_in(aim: Aim, result: &PushResult, tally: &mut Siege) -> Result<()> {
    match aim {
        Aim::Birth => tally.births += 1,
        Aim::Edit => tally.edits += 1,
        Aim::Payload => {
            let turned_away = matches!(result, PushResult::Refused { from: 0, .. } | PushResult::Fork);
            ensure!(turned_away, "a known hostile change was answered {result:?}");
            tally.payloads += 1;
            return Ok(());
        }
    }
    match result {
        PushResult::Accepted => tally.accepted += 1,
        PushResult::Refused { code, .. } => *tally.refused.entry(code.as_str()).or_default() += 1,
        PushResult::Need { .. } => tally.need += 1,
        PushResult::Fork => tally.forks += 1,
        PushResult::Retry => tally.retried += 1,
        other => bail!("a mutated change was answered {other:?}"),
    }
    Ok(())
}
