//! What became of a siege, in numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

/// What became of a siege.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Siege {
    /// Requests of the hostile device.
    pub requests: u64,
    /// Mutated changes for new documents.
    pub births: u64,
    /// Mutated changes for documents that were there.
    pub edits: u64,
    /// Mutated changes accepted; each was found again in a document that can be read.
    pub accepted: u64,
    /// Refused, by code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Whose parents are missing.
    pub need: u64,
    /// With a number that was there already.
    pub forks: u64,
    /// Told to come again.
    pub retried: u64,
    /// Known hostile changes pushed, each turned away.
    pub payloads: u64,
    /// Times of the other devices' exchanges while it was calm.
    pub calm: Times,
    /// Times of the other devices' exchanges while the hostile device was at it.
    pub besieged: Times,
    /// How long the hostile device was at it.
    pub took: Duration,
    /// Workers that ended and were replaced.
    pub died: u64,
    /// Changes refused because a worker died of them.
    pub convicted: u64,
    /// What the processes held.
    pub held: Held,
    /// Documents read in the end, all of them.
    pub documents: u64,
}

/// How long exchanges took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// Exchanges.
    pub count: u64,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// Ninety-nine of a hundred took no longer.
    pub p99_ms: f64,
    /// The longest.
    pub longest_ms: f64,
}

/// The most memory processes held, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// The hub, until the siege first began.
    pub calm_kib: u64,
    /// The hub, until all was over.
    pub besieged_kib: u64,
    /// The largest of the workers there were in the end.
    pub worker_kib: u64,
}

impl Times {
    /// Of exchanges that took so long.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let place = (times.len() as f64 * share).ceil() as usize;
            times.get(place.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        Self { count: times.len() as u64, p50_ms: at(0.5), p99_ms: at(0.99), longest_ms: at(1.0) }
    }
}

impl Siege {
    /// Mutated changes pushed.
    #[must_use]
    pub fn mutated(&self) -> u64 {
        self.births + self.edits
    }

    /// How many times as long the other devices' exchanges took at the 99th percentile.
    #[must_use]
    pub fn slower(&self) -> f64 {
        self.besieged.p99_ms / self.calm.p99_ms
    }

    /// A siege in which nothing got through, or everything did, or nobody else was there, shows nothing.
    ///
    /// # Errors
    /// What is missing.
    pub fn shows_something(&self) -> Result<()> {
        let refused: u64 = self.refused.values().sum();
        let part = self.mutated() / 100;
        ensure!(self.accepted > part && refused > part, "too little was accepted or refused");
        ensure!(self.births > part && self.edits > part && self.payloads > 0, "something was never tried");
        ensure!(self.calm.count > 0 && self.besieged.count > 0, "no other device made an exchange");
        Ok(())
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, p50_ms, p99_ms, longest_ms } = self;
        write!(f, "{count} exchanges, p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, longest {longest_ms:.1} ms")
    }
}

impl fmt::Display for Siege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: u64 = self.refused.values().sum();
        let codes: Vec<_> = self.refused.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let Self { births, edits, requests, accepted, need, forks, retried, payloads, .. } = self;
        let Held { calm_kib, besieged_kib, worker_kib } = self.held;
        write!(
            f,
            "{} mutated ({births} births, {edits} edits) in {requests} requests, {:.0} s: {accepted} accepted, \
             {refused} refused ({}), {need} of missing parents, {forks} forks, {retried} to come again; {payloads} \
             known hostile changes turned away",
            self.mutated(),
            self.took.as_secs_f64(),
            codes.join(", "),
        )?;
        if self.besieged.count == 0 {
            return Ok(());
        }
        write!(
            f,
            "\nothers, calm: {}\nothers, besieged: {}; p99 {:.2} times as long\nworkers: {} died, {} changes \
             refused for it; the hub held {calm_kib} KiB at most when calm, {besieged_kib} in the end, a worker \
             {worker_kib}; {} documents read in the end",
            self.calm,
            self.besieged,
            self.slower(),
            self.died,
            self.convicted,
            self.documents
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let times = Times::of((1..=200).rev().map(Duration::from_millis).collect());
        let (p50_ms, p99_ms, longest_ms) = (100.0, 198.0, 200.0);
        assert_eq!(times, Times { count: 200, p50_ms, p99_ms, longest_ms });
        assert_eq!(Times::of(Vec::new()), Times::default());
    }

    #[test]
    fn a_siege_that_nobody_felt_shows_nothing() {
        let times = Times::of(vec![Duration::from_millis(5)]);
        let good = Siege {
            births: 500,
            edits: 500,
            accepted: 100,
            refused: BTreeMap::from([("malformed", 900)]),
            payloads: 1,
            calm: times,
            besieged: times,
            ..Siege::default()
        };
        assert!(good.shows_something().is_ok());
        assert!(Siege { accepted: 0, ..good.clone() }.shows_something().is_err());
        assert!(Siege { refused: BTreeMap::new(), ..good.clone() }.shows_something().is_err());
        assert!(Siege { besieged: Times::default(), ..good }.shows_something().is_err());
    }
}
