//! A disk that fails under a running program, by `strace`: some calls on some files are answered with an error
//! and not made. When `strace` lets go, the disk is well again.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context, Result, ensure};

use super::stand::start;
use super::wait::until;
use crate::programs::{Signal, signal};

/// The calls that put something into a file.
const WRITES: [&str; 7] = ["write", "writev", "pwrite64", "pwritev", "pwritev2", "fallocate", "ftruncate"];

/// The calls that keep it there.
const SYNCS: [&str; 2] = ["fsync", "fdatasync"];

/// What `strace` writes beside a call that it answered itself.
const INJECTED: &str = "(INJECTED)";

/// What it says of a process that it now watches, and of one it may not or that is gone.
const ATTACHED: [&str; 2] = [" attached", "ptrace("];

/// What a disk does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// There is no room.
    NoRoom,
    /// Writes fail.
    Writes,
    /// Syncs fail.
    Syncs,
}

/// Which of a thread's calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The n-th and all after it, from 1.
    From(u32),
    /// The n-th alone.
    Only(u32),
}

/// A disk on which some files fail, and where it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failing {
    pub(crate) wrong: Wrong,
    pub(crate) when: When,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) log: PathBuf,
}

impl Failing {
    /// What `strace` is told.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let all = WRITES.into_iter().chain(SYNCS);
        let (calls, error): (Vec<_>, _) = match self.wrong {
            Wrong::NoRoom => (WRITES.to_vec(), "ENOSPC"),
            Wrong::Writes => (WRITES.to_vec(), "EIO"),
            Wrong::Syncs => (SYNCS.to_vec(), "EIO"),
        };
        let when = match self.when {
            When::From(first) => format!("{first}+"),
            When::Only(one) => one.to_string(),
        };
        let named =
            |calls: Vec<&str>| calls.iter().map(|call| format!("?{call}")).collect::<Vec<_>>().join(",");
        let mut arguments = vec!["-y".to_owned(), "-o".to_owned(), self.log.to_string_lossy().into_owned()];
        for file in &self.files {
            arguments.extend(["-P".to_owned(), file.to_string_lossy().into_owned()]);
        }
        arguments.extend(["-e".to_owned(), format!("trace={}", named(all.collect()))]);
        arguments.extend(["-e".to_owned(), format!("inject={}:error={error}:when={when}", named(calls))]);
        arguments
    }

    /// The calls on these files so far, a line each, in their order.
    pub(crate) fn calls(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How many of them failed.
    pub(crate) fn hits(&self) -> usize {
        self.calls().lines().filter(|line| line.contains(INJECTED)).count()
    }

    /// How many of them failed in a program that was run under this and has ended.
    pub(crate) fn hits_of(&self, pid: u32) -> Result<usize> {
        let ended = |line: &str| line.starts_with(&pid.to_string()) && line.contains(" +++ ");
        until("strace has written everything down", || Ok(self.calls().lines().any(ended)))?;
        Ok(self.hits())
    }
}

/// Running programs whose disk fails, until this is dropped.
pub(crate) struct FailingDisk {
    pub(crate) failing: Failing,
    tracer: Child,
    said: Option<JoinHandle<()>>,
}

impl FailingDisk {
    /// Begins to fail these processes, all their threads, and the processes they start.
    pub(crate) fn under(pids: &[u32], failing: Failing) -> Result<Self> {
        let mut command = Command::new("strace");
        command.arg("-f").args(failing.arguments());
        for pid in pids {
            command.args(["-p", &pid.to_string()]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut tracer = start(&mut command)?;
        let mut told = BufReader::new(tracer.stderr.take().context("it was piped")?);
        let mut seen = 0;
        while seen < pids.len() {
            let mut line = String::new();
            ensure!(told.read_line(&mut line)? > 0, "strace does not watch {pids:?}");
            seen += usize::from(ATTACHED.iter().any(|word| line.contains(word)));
        }
        // Nobody else reads what it says later, and it would wait for somebody to.
        let said = std::thread::spawn(move || drop(told.read_to_end(&mut Vec::new())));
        Ok(Self { failing, tracer, said: Some(said) })
    }

    /// The disk is well again; how many calls failed.
    pub(crate) fn end(mut self) -> Result<usize> {
        self.let_go()?;
        Ok(self.failing.hits())
    }

    fn let_go(&mut self) -> Result<()> {
        let Some(said) = self.said.take() else { return Ok(()) };
        signal(self.tracer.id(), Signal::TERM)?;
        self.tracer.wait()?;
        ensure!(said.join().is_ok(), "what strace said was not read");
        Ok(())
    }
}

impl Drop for FailingDisk {
    fn drop(&mut self) {
        if let Err(why) = self.let_go() {
            eprintln!("strace did not end: {why:#}");
        }
    }
}

/// What a trace shows of the time after a sync that failed: the thread it failed in touches the files no
/// more, and nothing goes into the log before all that was in it has been synced in the database's own file.
pub(crate) fn trusts_a_failed_sync(calls: &str, database: &str) -> Option<String> {
    let (own, log) = (format!("{database}>"), format!("{database}-wal>"));
    let mut lines = calls.lines().skip_while(|line| !line.contains(INJECTED));
    let failed = lines.next()?;
    let thread = failed.split_once(' ').map_or("", |(thread, _)| thread);
    let mut written_anew = false;
    for line in lines {
        let Some((of, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let is = |calls: &[&str]| calls.iter().any(|call| rest.starts_with(&format!("{call}(")));
        if of == thread && (is(&SYNCS) || is(&["pwrite64", "write"])) {
            return Some(format!("the thread whose sync failed goes on: {line}"));
        }
        written_anew |= is(&SYNCS) && rest.contains(&own);
        if is(&["pwrite64", "write"]) && rest.contains(&log) && !written_anew {
            return Some(format!("the log is written before it was written anew: {line}"));
        }
    }
    (!written_anew).then(|| "the database was not opened again".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "7 pwrite64(9</h/hub.db-wal>, \"\"..., 24, 0) = 24\n\
        7 fsync(9</h/hub.db-wal>) = -1 EIO (Input/output error) (INJECTED)\n";

    #[test]
    fn whoever_trusts_a_failed_sync_is_seen() {
        let after = |more: &str| trusts_a_failed_sync(&format!("{FAILED}{more}"), "/h/hub.db");
        let anew = "8 fsync(12</h/hub.db-wal>) = 0\n8 pwrite64(11</h/hub.db>, \"\"..., 4096, 0) = 4096\n\
            8 fsync(11</h/hub.db>) = 0\n";
        let write = |thread| format!("{thread} pwrite64(13</h/hub.db-wal>, \"\"..., 24, 0) = 24\n");
        assert_eq!(after(&format!("{anew}{}", write(9))), None);
        assert!(after(&write(7)).is_some_and(|why| why.contains("goes on")));
        assert!(after(&write(9)).is_some_and(|why| why.contains("before")));
        assert!(after("").is_some_and(|why| why.contains("not opened")));
        assert!(after(&format!("{anew}{}", write(7))).is_some());
        assert_eq!(
            trusts_a_failed_sync("7 fsync(9</h/hub.db-wal>) = 0\n", "/h/hub.db"),
            None,
            "nothing failed"
        );
    }

    #[test]
    fn only_the_files_named_fail_and_only_from_then_on() {
        if !super::super::strace_works() {
            println!("skipped: strace is not here");
            return;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (bad, good) = (folder.path().join("bad"), folder.path().join("good"));
        let failing = Failing {
            wrong: Wrong::NoRoom,
            when: When::From(2),
            files: vec![bad.clone()],
            log: folder.path().join("log"),
        };
        let script = format!(
            "exec 3>{} 4>{}; for n in 1 2 3; do echo $n >&3; echo $n >&4; done",
            bad.display(),
            good.display()
        );
        let mut command = Command::new("strace");
        command.arg("-qq").args(failing.arguments()).args(["sh", "-c", &script]).stderr(Stdio::null());
        command.status().expect("it ran");
        assert_eq!(failing.hits(), 2, "{}", failing.calls());
        let held = |file| fs::read_to_string(file).expect("it is there");
        assert_eq!((held(bad), held(good)), ("1\n".to_owned(), "1\n2\n3\n".to_owned()));
    }
}
