//! Killing a program at one system call, and counting the calls at which it could be killed.
//!
//! `strace` delivers SIGKILL when a thread enters its n-th call of a kind: that call is not made, all
//! before it were. Counts are by thread, so a blow meets the first thread that comes so far.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use super::failing::Failing;
use super::wait::until;

/// The calls by which programs write, flush, replace files and speak; no machine has all of them.
const CALLS: [&str; 15] = [
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "fsync",
    "fdatasync",
    "ftruncate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat2",
    "linkat",
    "sendto",
    "sendmsg",
];

/// The signal that nobody can handle.
const SIGKILL: i32 = 9;

/// One system call at which a program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blow {
    /// The call.
    pub call: &'static str,
    /// Which one of a thread, from 1.
    pub nth: u32,
}

/// What is done to a program besides running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Nothing.
    Leave,
    /// Its calls go into this file.
    Count(PathBuf),
    /// It is killed there.
    Kill(Blow),
    /// Its disk fails.
    Fail(Failing),
}

/// True where `strace` is installed and may do its work.
#[must_use]
pub fn strace_works() -> bool {
    let mut tracer = Command::new("strace");
    tracer.args(["-f", "-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    tracer.status().is_ok_and(|status| status.success())
}

/// True for a program that died of a blow.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(SIGKILL)
}

impl Watch {
    /// The command of a program under this watch. The program stays this process's child, and its own
    /// children (the hub's gate workers) are left alone.
    pub(crate) fn command(&self, program: &Path) -> Command {
        if *self == Self::Leave {
            return Command::new(program);
        }
        let mut command = Command::new("strace");
        command.args(["-f", "-D", "-b", "execve"]).args(self.arguments()).arg(program);
        command
    }

    /// What `strace` is told: what it sees goes to a file, or nowhere.
    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Leave => Vec::new(),
            Self::Count(log) => std::iter::once("-q".to_owned()).chain(counting(log)).collect(),
            Self::Kill(blow) => {
                ["-qq", "-o", "/dev/null"].map(str::to_owned).into_iter().chain(blow.injection()).collect()
            }
            Self::Fail(failing) => std::iter::once("-q".to_owned()).chain(failing.arguments()).collect(),
        }
    }
}

/// `strace` writes all calls into this file.
pub(crate) fn counting(log: &Path) -> Vec<String> {
    let calls = CALLS.map(|call| format!("?{call}")).join(",");
    let arguments = ["-o", &log.to_string_lossy(), "-e", &format!("trace={calls}")];
    arguments.map(str::to_owned).to_vec()
}

impl Blow {
    /// `strace` deals it.
    pub(crate) fn injection(self) -> [String; 4] {
        let Self { call, nth } = self;
        ["-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=SIGKILL:when={nth}")]
            .map(str::to_owned)
    }
}

/// Every blow that could have met the program of this log, once it has ended; `pid` is its own.
pub(crate) fn blows_of(log: &Path, pid: u32) -> Result<Vec<Blow>> {
    let mut text = String::new();
    until("strace has written everything down", || {
        text = fs::read_to_string(log).unwrap_or_default();
        let own = |line: &str| line.split_once(' ').is_some_and(|(of, _)| of == pid.to_string());
        Ok(text.lines().any(|line| own(line) && line.contains(" +++ ")))
    })
    .with_context(|| format!("the calls in {}", log.display()))?;
    Ok(blows_in(&text))
}

/// Every blow that could have met a thread of this log.
pub(crate) fn blows_in(log: &str) -> Vec<Blow> {
    let mut counts: BTreeMap<(&str, &'static str), u32> = BTreeMap::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((name, _)) = rest.trim_start().split_once('(') else { continue };
        let Some(call) = CALLS.into_iter().find(|call| *call == name) else { continue };
        *counts.entry((thread, call)).or_default() += 1;
    }
    let mut most: BTreeMap<&'static str, u32> = BTreeMap::new();
    for ((_, call), count) in counts {
        let most = most.entry(call).or_default();
        *most = count.max(*most);
    }
    most.into_iter().flat_map(|(call, most)| (1..=most).map(move |nth| Blow { call, nth })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_thread() {
        let log = "7     write(1, \"a(b\", 3) = 3\n\
                   8     write(1, \"a\", 1 <unfinished ...>\n\
                   7     write(1, \"a\", 1) = 1\n\
                   8     <... write resumed>) = 1\n\
                   8     fsync(3) = 0\n\
                   8     read(3) = 0\n\
                   7     +++ exited with 0 +++\n";
        let blow = |call, nth| Blow { call, nth };
        assert_eq!(blows_in(log), [blow("fsync", 1), blow("write", 1), blow("write", 2)]);
    }

    #[test]
    fn the_call_that_kills_is_not_made() {
        if !strace_works() {
            println!("skipped: strace is not here");
            return;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("written");
        let script = format!("echo one >> {0}; echo two >> {0}; echo three >> {0}", file.display());
        let blow = Blow { call: "write", nth: 2 };
        let status = Watch::Kill(blow).command(Path::new("sh")).args(["-c", &script]).status();
        assert!(was_killed(status.expect("it ran")));
        assert_eq!(fs::read_to_string(file).expect("it is there"), "one\n");
    }
}
