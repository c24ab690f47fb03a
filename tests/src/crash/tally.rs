//! What a run over many crash points met and found.

use std::collections::BTreeMap;
use std::fmt;

use super::play::{Aim, Met, Target};

/// What the hub stores in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Its own SQLite: the database dies with the hub.
    Sqlite,
    /// A PostgreSQL, which dies by itself.
    Postgres,
}

/// What was killed, in words.
type Program = &'static str;

/// What was met and found.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    killed: BTreeMap<(Engine, Program), usize>,
    acknowledged: Vec<usize>,
    typed_again: usize,
    failures: Vec<String>,
}

/// The programs that must have been killed.
const PROGRAMS: [(Engine, Program); 5] = [
    (Engine::Sqlite, "hub"),
    (Engine::Sqlite, "rep"),
    (Engine::Postgres, "hub"),
    (Engine::Postgres, "rep"),
    (Engine::Postgres, "database"),
];

impl Tally {
    /// Adds a point.
    pub(crate) fn add(&mut self, engine: Engine, aim: Aim, met: Met) {
        let program = match aim.target {
            Target::Hub => "hub",
            Target::Rep(_) => "rep",
            Target::Database(_) => "database",
        };
        if let Some(acknowledged) = met.acknowledged {
            *self.killed.entry((engine, program)).or_default() += 1;
            self.acknowledged.push(acknowledged);
        }
        self.typed_again += met.typed_again;
    }

    /// Adds what was lost, doubled or went wrong at a point.
    pub(crate) fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }

    /// Points at which something was killed.
    #[must_use]
    pub fn points(&self) -> usize {
        self.acknowledged.len()
    }

    /// What broke, each with its point.
    #[must_use]
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// Why the run proves nothing, or what it disproves; `None` when all is well.
    #[must_use]
    pub fn objection(&self) -> Option<String> {
        let spared =
            PROGRAMS.iter().find(|program| self.killed.get(program).is_none_or(|killed| *killed == 0));
        if let Some(failure) = self.failures.first() {
            return Some(format!("{} points failed, the first: {failure}", self.failures.len()));
        }
        if let Some((engine, program)) = spared {
            return Some(format!("the {program} over {engine:?} was never killed"));
        }
        (self.acknowledged.iter().sum::<usize>() == 0)
            .then(|| "nothing was acknowledged before a kill".to_owned())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let killed: Vec<_> = self
            .killed
            .iter()
            .map(|((engine, program), killed)| format!("{engine:?} {program} {killed}"))
            .collect();
        let (sum, least, most) = (
            self.acknowledged.iter().sum::<usize>(),
            self.acknowledged.iter().min().copied().unwrap_or_default(),
            self.acknowledged.iter().max().copied().unwrap_or_default(),
        );
        write!(
            f,
            "{} crash points hit ({}); edits acknowledged before the kill: {sum} in all, {least} to {most} a point; \
             {} edits typed again; {} points lost or doubled something",
            self.points(),
            killed.join(", "),
            self.typed_again,
            self.failures.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::blow::Blow;
    use super::*;
    use crate::crash::Death;

    fn aim(target: Target) -> Aim {
        Aim { target, blow: Blow { call: "write", nth: 1 } }
    }

    #[test]
    fn a_run_that_proves_nothing_fails() {
        let met = |acknowledged| Met { acknowledged: Some(acknowledged), typed_again: 0 };
        let all = |acknowledged| {
            let mut tally = Tally::default();
            for (engine, target) in [
                (Engine::Sqlite, Target::Hub),
                (Engine::Sqlite, Target::Rep(0)),
                (Engine::Postgres, Target::Hub),
                (Engine::Postgres, Target::Rep(0)),
            ] {
                tally.add(engine, aim(target), met(acknowledged));
            }
            tally
        };
        let database = aim(Target::Database(Death::Everything));
        let mut tally = all(1);
        assert!(tally.objection().is_some_and(|why| why.contains("never killed")));
        tally.add(Engine::Postgres, database, Met::default());
        assert!(tally.objection().is_some_and(|why| why.contains("never killed")), "a blow that met nothing");
        tally.add(Engine::Postgres, database, met(1));
        assert_eq!((tally.objection(), tally.points()), (None, 5));
        let mut idle = all(0);
        idle.add(Engine::Postgres, database, met(0));
        assert!(idle.objection().is_some_and(|why| why.contains("acknowledged")));
        tally.fail("lost".to_owned());
        assert!(tally.objection().is_some());
    }
}
