//! Every limit of the gate's workers that is not a setting.

use std::time::Duration;

/// Bytes of one frame between hub and worker, checked before anything of it is read. The largest job
/// is a document of 1 MiB with a request's 8 MiB of changes.
pub(super) const FRAME_BYTES: usize = 16 * 1024 * 1024;
/// Jobs of one frame: whoever comes meanwhile waits for the rest of it.
pub(super) const BATCH_JOBS: usize = 8;
/// Jobs taken from one caller's line before it is the next one's turn; below this many a batch is not
/// divided among workers: a round trip has its price too.
pub(super) const BATCH_SHARE: usize = 4;
/// Bytes of documents and changes after which a batch takes no further job.
pub(super) const BATCH_BYTES: usize = 1024 * 1024;
/// Bytes of one job: what a frame has room for beside a batch that was not full yet. A larger one, which
/// no request can bring, is refused.
pub(super) const JOB_BYTES: usize = FRAME_BYTES - 2 * BATCH_BYTES;
/// Jobs that wait for a worker; callers with further ones wait for room.
pub(super) const QUEUE_JOBS: u32 = 4_096;
/// Jobs a caller puts in line at a time.
pub(super) const QUEUE_PART: usize = 512;
/// How long a caller waits for room before its device is told to come again.
pub(super) const QUEUE_WAIT: Duration = Duration::from_secs(30);

/// How long a new worker may take to say that it is ready: starting a program on a machine under load.
pub(super) const START_DEADLINE: Duration = Duration::from_secs(20);
/// Failed starts in a row after which a worker counts as down.
pub(super) const START_ATTEMPTS: u32 = 3;
/// Wait after the first failed start; it doubles with each further one.
pub(super) const BACK_OFF_FIRST: Duration = Duration::from_millis(50);
/// The longest wait between two starts.
pub(super) const BACK_OFF_LONGEST: Duration = Duration::from_secs(5);
/// How long a worker without work may take to end when it is told to.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// Deaths of workers by somebody else's hand that one job survives.
pub(super) const OUTSIDE_DEATHS: u8 = 2;
/// Deadlines that one job may miss and is judged once more.
pub(super) const DEADLINES_MISSED: u8 = 1;

/// Lines of a worker's standard error that reach the hub's log; further ones are counted.
pub(super) const LOG_LINES: u32 = 20;
/// Bytes of one such line.
pub(super) const LOG_LINE_BYTES: usize = 200;

/// Documents one worker keeps loaded.
pub(super) const HOT_DOCUMENTS: u64 = 4_096;
/// The part of a worker's memory that loaded documents may take: one in so many.
pub(super) const HOT_PART_OF_MEMORY: u64 = 4;
