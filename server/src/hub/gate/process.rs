//! One worker as the hub sees it: a child process with two pipes, and how it ends.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::limits;
use super::wire::{Answer, Ready, read, receive_async};
use super::worker::Allowance;

/// The hidden command that makes the program a worker, and the names of its arguments.
pub(super) const COMMAND: &str = "gate-worker";

/// Why a worker did not come up.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    /// The system did not start it.
    #[error("it could not be started: {0}")]
    Spawn(io::Error),
    /// It ended before it was ready.
    #[error("it ended before it was ready: {0}")]
    Ended(Death),
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Death {
    /// It was at fault whatever else went on: too much processor time, or an access outside its memory.
    Fault(&'static str),
    /// It gave up: out of memory, out of stack, or in its own words.
    GaveUp(String),
    /// It was too slow and was ended by the hub.
    Deadline,
    /// What it said made no sense, and it was ended by the hub.
    Nonsense(String),
    /// Somebody else ended it.
    Outside(String),
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(what) => f.write_str(what),
            Self::GaveUp(how) => write!(f, "it gave up ({how})"),
            Self::Deadline => f.write_str("it was slower than the deadline and was ended"),
            Self::Nonsense(what) => write!(f, "it answered nonsense and was ended: {what}"),
            Self::Outside(how) => write!(f, "it was ended from outside ({how})"),
        }
    }
}

/// A worker that is up.
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    buffer: Vec<u8>,
    /// Its number in the operating system.
    pub(super) pid: u32,
    /// What it said of its limits.
    pub(super) ready: Ready,
    /// The number of its last batch.
    pub(super) batch: u32,
    /// Jobs it has answered.
    pub(super) answered: u64,
}

impl Process {
    /// Starts a worker and waits until it is ready.
    pub(super) async fn start(program: &Path, allowance: Allowance) -> Result<Self, StartError> {
        let mut child = command(program, allowance).spawn().map_err(StartError::Spawn)?;
        let pid = child.id().unwrap_or_default();
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(StartError::Spawn(io::Error::other("a pipe is missing")));
        };
        tokio::spawn(log_lines(pid, errors));
        let ready = Ready { memory_limited: false, cpu_limited: false };
        let output = BufReader::new(output);
        let mut process =
            Self { child, input, output, buffer: Vec::new(), pid, ready, batch: 0, answered: 0 };
        match process.hear(limits::START_DEADLINE).await {
            Ok(ready) => Ok(Self { ready, ..process }),
            Err(death) => {
                process.end().await;
                Err(StartError::Ended(death))
            }
        }
    }

    /// Hands a frame over.
    pub(super) async fn send(&mut self, frame: &[u8], deadline: Duration) -> Result<(), Death> {
        match timeout(deadline, self.input.write_all(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.cause_of_death().await),
            Err(_) => Err(Death::Deadline),
        }
    }

    /// Waits for the answer to the next job.
    pub(super) async fn answer(&mut self, deadline: Duration) -> Result<Answer, Death> {
        let answer = self.hear(deadline).await?;
        self.answered += 1;
        Ok(answer)
    }

    async fn hear<T>(&mut self, deadline: Duration) -> Result<T, Death>
    where
        T: for<'b> minicbor::Decode<'b, ()>,
    {
        match timeout(deadline, receive_async(&mut self.output, &mut self.buffer)).await {
            Err(_) => Err(Death::Deadline),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Death::Nonsense(error.to_string()))
            }
            Ok(Err(_)) => Err(self.cause_of_death().await),
            Ok(Ok(())) => read(&self.buffer).map_err(|error| Death::Nonsense(error.to_string())),
        }
    }

    /// Ends when the worker does.
    pub(super) async fn ended(&mut self) -> Death {
        death_of(self.child.wait().await)
    }

    /// Why a worker that closed its pipes ended.
    async fn cause_of_death(&mut self) -> Death {
        match timeout(limits::FAREWELL, self.child.wait()).await {
            Ok(status) => death_of(status),
            Err(_) => Death::Nonsense("it closed its pipes and went on".to_owned()),
        }
    }

    /// Ends the worker at once.
    pub(super) async fn end(mut self) {
        let gone = self.child.id().is_none();
        if !gone && let Err(error) = self.child.kill().await {
            tracing::error!(worker.pid = self.pid, error.reason = %error, "a gate worker cannot be ended");
        }
    }

    /// Lets a worker without work end by itself.
    pub(super) async fn farewell(self) {
        let Self { mut child, input, output, pid, .. } = self;
        drop((input, output));
        if timeout(limits::FAREWELL, child.wait()).await.is_err()
            && let Err(error) = child.kill().await
        {
            tracing::error!(worker.pid = pid, error.reason = %error, "a gate worker cannot be ended");
        }
    }
}

/// The program that runs, for workers that are the same. On Linux that is the running image, which is
/// there even when another version was installed over the file meanwhile.
pub fn this_program() -> io::Result<PathBuf> {
    let image = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && image.exists() { Ok(image) } else { std::env::current_exe() }
}

/// The allocator takes memory as it is needed: what it reserved before the worker limits itself would not count.
const NOTHING_RESERVED: [(&str, &str); 1] = [("MIMALLOC_ARENA_RESERVE", "0")];

/// Nothing is inherited: none of the hub's environment, no folder, no terminal's signals. Whatever the hub has open is
/// closed by the system when the program starts anew.
fn command(program: &Path, allowance: Allowance) -> Command {
    let Allowance { memory_bytes, cpu_s, hot_bytes } = allowance;
    let number = |name: &str, value: u64| OsString::from(format!("--{name}={value}"));
    let mut command = Command::new(program);
    command
        .arg(COMMAND)
        .args([number("memory-bytes", memory_bytes), number("cpu-s", cpu_s), number("hot-bytes", hot_bytes)])
        .env_clear()
        .envs(NOTHING_RESERVED)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.arg0("fieldbook").current_dir("/").process_group(0);
    command
}

#[cfg(unix)]
fn death_of(status: io::Result<ExitStatus>) -> Death {
    use std::os::unix::process::ExitStatusExt;

    use rustix::process::Signal;

    let status = match status {
        Ok(status) => status,
        Err(error) => return Death::Outside(error.to_string()),
    };
    let fault = |signal: Signal, what| (signal.as_raw(), what);
    let faults = [
        fault(Signal::XCPU, "it took more processor time than one job may"),
        fault(Signal::SEGV, "it reached outside its memory"),
        fault(Signal::BUS, "it reached outside its memory"),
        fault(Signal::ILL, "it came upon an instruction that is none"),
        fault(Signal::FPE, "it calculated what cannot be calculated"),
    ];
    match status.signal() {
        Some(signal) if signal == Signal::ABORT.as_raw() => {
            Death::GaveUp("out of memory or stack".to_owned())
        }
        Some(signal) => match faults.into_iter().find(|(number, _)| *number == signal) {
            Some((_, what)) => Death::Fault(what),
            None => Death::Outside(status.to_string()),
        },
        None => Death::GaveUp(status.to_string()),
    }
}

#[cfg(not(unix))]
fn death_of(status: io::Result<ExitStatus>) -> Death {
    match status {
        Ok(status) => Death::GaveUp(status.to_string()),
        Err(error) => Death::Outside(error.to_string()),
    }
}

/// Brings a worker's words into the hub's log: so many lines, so many bytes of each, the rest counted.
async fn log_lines(pid: u32, errors: ChildStderr) {
    let mut errors = BufReader::new(errors);
    let (mut line, mut lines) = (Vec::new(), 0_u32);
    loop {
        line.clear();
        let read = (&mut errors).take(limits::LOG_LINE_BYTES as u64).read_until(b'\n', &mut line).await;
        if !read.is_ok_and(|bytes| bytes > 0) {
            break;
        }
        lines = lines.saturating_add(1);
        if lines <= limits::LOG_LINES {
            let words = String::from_utf8_lossy(&line);
            tracing::warn!(worker.pid = pid, worker.said = words.trim_end(), "a gate worker spoke");
        }
    }
    if let Some(more) = lines.checked_sub(limits::LOG_LINES).filter(|more| *more > 0) {
        tracing::warn!(worker.pid = pid, lines = more, "a gate worker said more than the log takes");
    }
}
