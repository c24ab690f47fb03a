//! The limits a worker sets itself before it reads a foreign byte.
//!
//! They hold for the process, whatever the code in it does. Memory: an allocation beyond it fails, and a
//! failed allocation ends the process. Processor time: counted over the life of a process, so the limit
//! is moved on before each job.

use super::wire::Ready;

/// Sets the limits of this process; says which of them hold.
#[cfg(unix)]
pub(super) fn confine(memory_bytes: u64) -> Ready {
    use rustix::process::Resource;

    // A core dump would hold customers.
    unix::lower(Resource::Core, 0);
    let memory_set = unix::lower(Resource::As, memory_bytes);
    // Other kernels, that of macOS among them, take the number and do not look at it.
    let memory_looked_at =
        cfg!(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_os = "netbsd"));
    Ready { memory_limited: memory_set && memory_looked_at, cpu_limited: unix::cpu_seconds_used().is_some() }
}

/// Allows this process so many more seconds of processor time, rounded up to whole ones of its life.
#[cfg(unix)]
pub(super) fn allow_cpu(seconds: u64) {
    if let Some(used) = unix::cpu_seconds_used() {
        unix::move_to(rustix::process::Resource::Cpu, used + 1 + seconds);
    }
}

/// No limits on this platform.
#[cfg(not(unix))]
pub(super) fn confine(_: u64) -> Ready {
    Ready { memory_limited: false, cpu_limited: false }
}

/// No limits on this platform.
#[cfg(not(unix))]
pub(super) fn allow_cpu(_: u64) {}

#[cfg(unix)]
mod unix {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    /// Lowers a limit for good. A lower one that holds already stays.
    pub(super) fn lower(resource: Resource, limit: u64) -> bool {
        let most = getrlimit(resource).maximum.map_or(limit, |most| most.min(limit));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_ok()
    }

    /// Moves a limit within what is allowed.
    pub(super) fn move_to(resource: Resource, limit: u64) -> bool {
        let maximum = getrlimit(resource).maximum;
        let current = maximum.map_or(limit, |most| most.min(limit));
        setrlimit(resource, Rlimit { current: Some(current), maximum }).is_ok()
    }

    pub(super) fn cpu_seconds_used() -> Option<u64> {
        u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).ok()
    }
}
