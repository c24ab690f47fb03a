//! Where the freshly built programs are.

use std::path::{Path, PathBuf};

use rustix::io::Errno;
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// The folder of the programs: what `cargo xtask test` says, or the dev profile's.
#[must_use]
pub fn folder() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is inside the project");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), PathBuf::from);
    std::env::var_os("FIELDBOOK_BIN").map_or_else(|| target.join("debug"), PathBuf::from)
}

/// A program of that folder.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    folder().join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The processes whose parent is `pid`, as Linux lists them.
#[must_use]
pub fn children_of(pid: u32) -> Vec<u32> {
    let listed = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|child| stat_of(*child).is_some_and(|(_, parent)| parent == pid)).collect()
}

/// Whether a process has ended, waited for or not.
#[must_use]
pub fn has_ended(pid: u32) -> bool {
    stat_of(pid).is_none_or(|(state, _)| matches!(state, 'Z' | 'X'))
}

/// Sends a process a signal; one that is gone has no use for it.
///
/// # Errors
/// When this user may not.
pub fn signal(pid: u32, signal: Signal) -> std::io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(std::io::ErrorKind::InvalidInput)?;
    match kill_process(pid, signal) {
        Err(Errno::SRCH) => Ok(()),
        sent => Ok(sent?),
    }
}

/// Hundredths of a second that a process has worked; 0 for one that is gone.
#[must_use]
pub fn processor_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// The most memory a process ever held, in KiB; `None` where the system does not say.
#[must_use]
pub fn peak_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// State and parent of a process: the first two fields after its name, which ends in the last bracket.
fn stat_of(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
