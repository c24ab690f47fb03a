//! Crash points: hub, PostgreSQL and `fieldbook-rep` killed at every write and flush of a scripted run.
//!
//! A run without a kill counts the system calls of each program. Then each point plays the script on a
//! fresh copy of a template, kills one program at one call, starts it again, plays the rest, and judges:
//! nothing acknowledged and nothing said to be saved is lost, nothing is there twice or by half, hub and
//! devices hold the same, figures equal a recount, `fieldbook verify` finds nothing.
//!
//! The same programs and script show what becomes of them when their disk is full or fails ([`trouble`]).
//!
//! - [`blow`]: one call at which a program dies, by `strace`; [`failing`]: calls that answer an error.
//! - [`script`]: what the rep types, and how it is counted afterwards.
//! - [`stand`]: the programs and their folders; [`database`]: the PostgreSQL.
//! - [`play`]: one run; [`oracle`]: what must be true; [`tally`]: of many.

mod blow;
mod database;
mod failing;
mod oracle;
mod play;
mod script;
mod stand;
mod tally;
mod trouble;
mod wait;

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

pub use blow::{Blow, strace_works};
pub use database::Death;
pub use failing::{When, Wrong};
pub use play::{Aim, Met, Target};
pub use tally::{Engine, Tally};
pub use trouble::{Found, Ground};

use database::Databases;
use play::{Chances, Play};
use stand::Stand;

/// The database that points are copied from.
const TEMPLATE: &str = "template_of_points";

/// How many points of each program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    hub: usize,
    rep: usize,
    database: usize,
}

/// How many points of each engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    sqlite: Share,
    postgres: Share,
}

impl Plan {
    /// Shares `points` out: three quarters to SQLite, and to each program a part.
    #[must_use]
    pub fn of(points: usize) -> Self {
        let postgres = points / 4;
        let sqlite = points - postgres;
        let (hub, of_postgres) = (sqlite * 4 / 9, postgres / 4);
        Self {
            sqlite: Share { hub, rep: sqlite - hub, database: 0 },
            postgres: Share { hub: of_postgres, rep: of_postgres, database: postgres - 2 * of_postgres },
        }
    }
}

/// Plays all points of a plan, both engines at once; `None` where PostgreSQL is not installed. `tell` hears
/// after each point what was met so far: a run that is cut short shows something too.
///
/// # Errors
/// When the programs cannot be run at all; what breaks at a point is in the tally.
pub fn run(plan: Plan, tell: &(dyn Fn(&Tally) + Sync)) -> Result<Option<Tally>> {
    let Some(databases) = Databases::start()? else { return Ok(None) };
    let tally = Mutex::<Tally>::default();
    let note = |engine, aim, point: Result<(Aim, Met)>| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        match point {
            Ok((aim, met)) => tally.add(engine, aim, met),
            Err(why) => tally.fail(format!("{engine:?} {aim:?}: {why:#}")),
        }
        tell(&tally);
    };
    std::thread::scope(|scope| {
        let sqlite = scope.spawn(|| Lane::prepare(Engine::Sqlite, None)?.run(plan.sqlite, &note));
        let postgres = Lane::prepare(Engine::Postgres, Some(databases))?.run(plan.postgres, &note);
        sqlite.join().ok().context("the points over SQLite stopped")??;
        postgres
    })?;
    Ok(Some(tally.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// Brings into the tally what became of a point that was aimed at so.
type Note<'t> = &'t (dyn Fn(Engine, Aim, Result<(Aim, Met)>) + Sync);

/// The points over one engine, one after the other.
struct Lane {
    engine: Engine,
    databases: Option<Databases>,
    template: Stand,
    made: usize,
}

impl Lane {
    fn prepare(engine: Engine, databases: Option<Databases>) -> Result<Self> {
        let url = databases.as_ref().map(|databases| {
            databases.make(TEMPLATE, "template0")?;
            Ok::<_, anyhow::Error>(databases.url(TEMPLATE))
        });
        let template = Play::prepare(Stand::new(url.transpose()?.as_deref())?)?;
        Ok(Self { engine, databases, template, made: 0 })
    }

    fn run(mut self, share: Share, note: Note<'_>) -> Result<()> {
        let chances = self.on_a_copy(None, |play| play.count())?;
        for aim in aims(&chances, share) {
            note(self.engine, aim, self.point(aim));
        }
        Ok(())
    }

    /// One point. Runs differ a little: where a blow met nothing, an earlier one is tried.
    fn point(&mut self, mut aim: Aim) -> Result<(Aim, Met)> {
        loop {
            let met = self.on_a_copy(Some(aim), |play| play.play_to_the_end())?;
            if met.acknowledged.is_some() || aim.blow.nth == 1 {
                return Ok((aim, met));
            }
            aim.blow.nth -= 1 + aim.blow.nth / 8;
        }
    }

    fn on_a_copy<T>(&mut self, aim: Option<Aim>, act: impl FnOnce(Play<'_>) -> Result<T>) -> Result<T> {
        self.made += 1;
        let name = format!("point_{}", self.made);
        let url = self.databases.as_ref().map(|databases| {
            databases.make(&name, TEMPLATE)?;
            Ok::<_, anyhow::Error>(databases.url(&name))
        });
        let stand = self.template.copy(url.transpose()?.as_deref())?;
        let done = act(Play::new(stand, self.databases.as_mut(), aim));
        let removed = self.databases.as_mut().map_or(Ok(()), |databases| databases.remove(&name));
        // What went wrong first is what there is to say.
        done.and_then(|done| removed.map(|()| done))
    }
}

/// Blows spread evenly over what a run could meet.
fn aims(chances: &Chances, share: Share) -> Vec<Aim> {
    let of = |wanted: fn(Target) -> bool| -> Vec<Aim> {
        let met = chances.iter().filter(|(target, _)| wanted(*target));
        met.flat_map(|(target, blows)| blows.iter().map(|blow| Aim { target: *target, blow: *blow }))
            .collect()
    };
    let hub = spread(&of(|target| target == Target::Hub), share.hub);
    let rep = spread(&of(|target| matches!(target, Target::Rep(_))), share.rep);
    let mut database = spread(&of(|target| matches!(target, Target::Database(_))), share.database);
    for aim in database.iter_mut().skip(1).step_by(2) {
        aim.target = Target::Database(Death::Everything);
    }
    [hub, rep, database].concat()
}

fn spread(all: &[Aim], count: usize) -> Vec<Aim> {
    if all.is_empty() {
        Vec::new()
    } else {
        (0..count).map(|number| all[number * all.len() / count]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_points_are_shared_out() {
        let Plan { sqlite, postgres } = Plan::of(60);
        assert_eq!(sqlite, Share { hub: 20, rep: 25, database: 0 });
        assert_eq!(postgres, Share { hub: 3, rep: 3, database: 9 });
    }

    #[test]
    fn points_are_spread_over_the_whole_run() {
        let blow = |nth| Blow { call: "write", nth };
        let chances = vec![
            (Target::Hub, (1..=100).map(blow).collect()),
            (Target::Rep(0), vec![blow(1)]),
            (Target::Rep(1), vec![blow(1)]),
            (Target::Database(Death::OneProcess), vec![blow(1), blow(2)]),
        ];
        let aims = aims(&chances, Share { hub: 4, rep: 2, database: 4 });
        let numbers: Vec<_> = aims[..4].iter().map(|aim| aim.blow.nth).collect();
        assert_eq!(numbers, [1, 26, 51, 76]);
        assert_eq!(
            aims[4..6].iter().map(|aim| aim.target).collect::<Vec<_>>(),
            [Target::Rep(0), Target::Rep(1)]
        );
        let deaths = aims[6..].iter().map(|aim| aim.target);
        let [one, everything] = [Death::OneProcess, Death::Everything].map(Target::Database);
        assert_eq!(deaths.collect::<Vec<_>>(), [one, everything, one, everything]);
    }
}
