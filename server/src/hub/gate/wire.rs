//! What the hub and a gate worker say to each other: frames of CBOR, each behind its length.
//!
//! The hub sends a [`Batch`]; the worker answers each of its jobs by an [`Answer`], in order and at
//! once, so that a death names the job it happened on. A new worker says [`Ready`] first. Both ends are
//! the same program, so there are no versions.

use std::io::{self, Read, Write};

use document_model::{Actor, ChangeHash, Kind};
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::limits::FRAME_BYTES;
use super::{GateJob, GateVerdict, JobChange};

/// Bytes of a frame's length, little-endian.
const LENGTH_BYTES: usize = 4;
/// Memory a buffer of frames keeps after a large one.
const BUFFER_KEPT: usize = 256 * 1024;

/// Names a document as it is stored: SHA-256 of the saved bytes, because somebody who could make two
/// documents of one name could have changes judged on the wrong one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct SavedHash(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl SavedHash {
    pub(super) fn of(saved: &[u8]) -> Self {
        Self(Sha256::digest(saved).into())
    }
}

/// Jobs for one worker.
#[derive(Debug, Encode, Decode)]
pub(super) struct Batch<'b> {
    /// Counts up in the life of a worker, and wraps.
    #[n(0)]
    pub(super) number: u32,
    #[b(1)]
    pub(super) jobs: Vec<Job<'b>>,
}

/// One job as it travels.
#[derive(Debug, Encode, Decode)]
pub(super) struct Job<'b> {
    #[n(0)]
    pub(super) kind: Kind,
    #[b(1)]
    pub(super) state: State<'b>,
    #[n(2)]
    pub(super) stream: Actor,
    #[b(3)]
    pub(super) changes: Vec<Pushed<'b>>,
    /// Whether the worker keeps the document loaded afterwards.
    #[n(4)]
    pub(super) keep: bool,
    #[n(5)]
    pub(super) vouched: Vec<ChangeHash>,
}

/// The document a job is for.
#[derive(Debug, Encode, Decode)]
pub(super) enum State<'b> {
    /// It is new.
    #[n(0)]
    New,
    /// Its saved form, and the name of that where it is to be kept.
    #[n(1)]
    Saved(#[b(0)] &'b ByteSlice, #[n(1)] Option<SavedHash>),
    /// The worker has it loaded.
    #[n(2)]
    Hot(#[n(0)] SavedHash),
}

/// One pushed change as it travels.
#[derive(Debug, Encode, Decode)]
pub(super) struct Pushed<'b> {
    #[b(0)]
    pub(super) bytes: &'b ByteSlice,
    #[n(1)]
    pub(super) replaces: Option<ChangeHash>,
}

/// The first thing a worker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct Ready {
    /// Whether its memory is limited.
    #[n(0)]
    pub(super) memory_limited: bool,
    /// Whether its processor time is limited.
    #[n(1)]
    pub(super) cpu_limited: bool,
}

/// What became of one job.
#[derive(Debug, Encode, Decode)]
pub(super) struct Answer {
    /// The batch.
    #[n(0)]
    pub(super) batch: u32,
    /// The job's place in it.
    #[n(1)]
    pub(super) index: u32,
    #[n(2)]
    pub(super) finding: Finding,
}

/// What a worker found.
#[derive(Debug, Encode, Decode)]
pub(super) enum Finding {
    /// It was judged; `hot` names the document that is kept loaded now.
    #[n(0)]
    Judged {
        #[n(0)]
        verdict: GateVerdict,
        #[n(1)]
        hot: Option<SavedHash>,
    },
    /// The document is not loaded any more: send it.
    #[n(1)]
    SendIt,
}

impl<'b> Job<'b> {
    /// A job as it travels.
    pub(super) fn of(job: &'b GateJob, state: State<'b>, keep: bool) -> Self {
        let pushed = |change: &'b JobChange| Pushed {
            bytes: change.bytes.as_slice().into(),
            replaces: change.replaces,
        };
        let changes = job.changes.iter().map(pushed).collect();
        Self { kind: job.kind, state, stream: job.stream, changes, keep, vouched: job.vouched.clone() }
    }

    /// The job again, with the saved document where it came along.
    pub(super) fn to_job(&self) -> GateJob {
        let saved = match self.state {
            State::Saved(saved, _) => Some(saved.to_vec()),
            State::New | State::Hot(_) => None,
        };
        let change =
            |pushed: &Pushed<'_>| JobChange { bytes: pushed.bytes.to_vec(), replaces: pushed.replaces };
        let changes = self.changes.iter().map(change).collect();
        let vouched = self.vouched.clone();
        GateJob { kind: self.kind, saved, stream: self.stream, vouched, changes }
    }
}

/// A message with its length in front; an error if it is longer than a frame may be.
pub(super) fn frame<T: Encode<()>>(message: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; LENGTH_BYTES];
    minicbor::encode(message, &mut frame).map_err(io::Error::other)?;
    let length = checked(frame.len() - LENGTH_BYTES)?;
    let length = u32::try_from(length).map_err(io::Error::other)?;
    frame[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// Reads a message that fills its frame exactly.
pub(super) fn read<'b, T: Decode<'b, ()>>(frame: &'b [u8]) -> io::Result<T> {
    sync_protocol::decode(frame, FRAME_BYTES)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// Writes a message as one frame.
pub(super) fn send<T: Encode<()>>(to: &mut impl Write, message: &T) -> io::Result<()> {
    to.write_all(&frame(message)?)?;
    to.flush()
}

/// Reads the next frame into `buffer`; `false` where the other end has closed.
pub(super) fn receive(from: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut length = [0; LENGTH_BYTES];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    }
    from.read_exact(sized(buffer, length)?)?;
    Ok(true)
}

/// The same for the hub's end, where a closed pipe is an error: the worker died.
pub(super) async fn receive_async(
    from: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    let mut length = [0; LENGTH_BYTES];
    from.read_exact(&mut length).await?;
    from.read_exact(sized(buffer, length)?).await?;
    Ok(())
}

/// The buffer at the size that a frame's length says, after that was checked.
fn sized(buffer: &mut Vec<u8>, length: [u8; LENGTH_BYTES]) -> io::Result<&mut [u8]> {
    let length = checked(u32::from_le_bytes(length) as usize)?;
    buffer.clear();
    buffer.shrink_to(BUFFER_KEPT.max(length));
    buffer.resize(length, 0);
    Ok(buffer)
}

fn checked(length: usize) -> io::Result<usize> {
    if length > FRAME_BYTES {
        let why = format!("a frame of {length} bytes is longer than {FRAME_BYTES}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use document_model::{FieldValue, Kind};
    use sync_protocol::RefusalCode;

    use super::super::{Admitted, FreshChange};
    use super::*;

    #[test]
    fn what_is_sent_is_what_arrives() {
        let job = GateJob {
            kind: Kind::Customer,
            saved: Some(vec![1, 2, 3]),
            stream: Actor([7; 16]),
            vouched: vec![ChangeHash([4; 32])],
            changes: vec![JobChange { bytes: vec![9; 300], replaces: Some(ChangeHash([5; 32])) }],
        };
        let saved = job.saved.as_deref().unwrap();
        let state = State::Saved(saved.into(), Some(SavedHash::of(saved)));
        let frame = frame(&Batch { number: 3, jobs: vec![Job::of(&job, state, true)] }).unwrap();
        let mut buffer = Vec::new();
        assert!(receive(&mut frame.as_slice(), &mut buffer).unwrap());
        let batch: Batch<'_> = read(&buffer).unwrap();
        let again = batch.jobs[0].to_job();
        assert_eq!((batch.number, batch.jobs.len(), batch.jobs[0].keep), (3, 1, true));
        assert_eq!((again.kind, again.stream, &again.saved), (job.kind, job.stream, &job.saved));
        assert_eq!(again.changes[0].bytes, job.changes[0].bytes);
        assert_eq!(again.changes[0].replaces, job.changes[0].replaces);
    }

    #[tokio::test]
    async fn verdicts_arrive_whole() {
        let fresh = FreshChange {
            index: 1,
            hash: ChangeHash([1; 32]),
            actor: Actor([2; 16]),
            replaces: None,
            made_at_s: 9,
        };
        let values = [FieldValue::Nothing, FieldValue::Flag(true), (-5).into(), "김".into()];
        let admitted = Admitted {
            saved: vec![0; 70_000],
            heads: vec![ChangeHash([3; 32])],
            fields: values.into_iter().map(|value| (format!("{value:?}"), value)).collect(),
            fresh: vec![fresh],
            already: Vec::new(),
            refused: Some((2, RefusalCode::TooLarge)),
        };
        let verdicts = [
            GateVerdict::Admitted(Box::new(admitted)),
            GateVerdict::Need(vec![ChangeHash([4; 32])]),
            GateVerdict::Fork,
            GateVerdict::Damaged("why".to_owned()),
        ];
        for sent in verdicts {
            let finding = Finding::Judged { verdict: sent.clone(), hot: None };
            let frame = frame(&Answer { batch: 1, index: 0, finding }).unwrap();
            let mut buffer = Vec::new();
            receive_async(&mut frame.as_slice(), &mut buffer).await.unwrap();
            let Answer { finding: Finding::Judged { verdict, .. }, .. } = read(&buffer).unwrap() else {
                panic!("judged")
            };
            assert_eq!(verdict, sent);
        }
    }

    #[test]
    fn a_length_over_the_cap_is_refused_before_anything_is_read() {
        let mut claims = (FRAME_BYTES as u32 + 1).to_le_bytes().to_vec();
        claims.extend([0; 16]);
        let mut buffer = Vec::new();
        assert!(receive(&mut claims.as_slice(), &mut buffer).is_err());
        assert_eq!(buffer.capacity(), 0);
        let long = GateVerdict::Damaged("x".repeat(FRAME_BYTES));
        assert!(frame(&Finding::Judged { verdict: long, hot: None }).is_err());
    }

    #[test]
    fn a_closed_pipe_is_the_end_and_a_cut_frame_is_an_error() {
        let mut buffer = Vec::new();
        assert!(!receive(&mut [].as_slice(), &mut buffer).unwrap());
        let frame = frame(&Ready { memory_limited: true, cpu_limited: true }).unwrap();
        assert!(receive(&mut &frame[..frame.len() - 1], &mut buffer).is_err());
        assert!(read::<Ready>(&[frame[4..].to_vec(), vec![0]].concat()).is_err());
    }
}
