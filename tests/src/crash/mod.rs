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

use std::str::FromStr;
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

/// How many points of each engine, and which of them are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    sqlite: Share,
    postgres: Share,
    part: Part,
}

/// Every `of`-th thing, from the `number`-th on: parts that are each spread over everything, and together are all
/// of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    number: usize,
    of: usize,
}

/// Lanes of points over SQLite beside each other: they are most of the points.
const SQLITE_LANES: usize = 2;

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
            part: Part::ALL,
        }
    }

    /// One part of these points: a long run in pieces.
    #[must_use]
    pub fn part(self, part: Part) -> Self {
        Self { part, ..self }
    }
}

impl Part {
    /// Everything.
    pub const ALL: Self = Self { number: 1, of: 1 };

    fn choose<T: Copy>(self, all: &[T]) -> Vec<T> {
        all.iter().skip(self.number - 1).step_by(self.of).copied().collect()
    }
}

impl FromStr for Part {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let (number, of) = numbers.ok_or("a part is written like 3/10")?;
        if (1..=of).contains(&number) { Ok(Self { number, of }) } else { Err("the parts are 1/10 to 10/10") }
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
    let note = &|engine, aim, point: Result<(Aim, Met)>| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        match point {
            Ok((aim, met)) => tally.add(engine, aim, met),
            Err(why) => tally.fail(format!("{engine:?} {aim:?}: {why:#}")),
        }
        tell(&tally);
    };
    std::thread::scope(|scope| {
        let sqlite: Vec<_> = (1..=SQLITE_LANES)
            .map(|number| {
                let lane = Part { number, of: SQLITE_LANES };
                scope.spawn(move || {
                    Lane::prepare(Engine::Sqlite, None)?.run(plan.sqlite, [plan.part, lane], note)
                })
            })
            .collect();
        let postgres = Lane::prepare(Engine::Postgres, Some(databases))?;
        let played = postgres.run(plan.postgres, [plan.part, Part::ALL], note);
        for lane in sqlite {
            lane.join().ok().context("the points over SQLite stopped")??;
        }
        played
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

    fn run(mut self, share: Share, [part, lane]: [Part; 2], note: Note<'_>) -> Result<()> {
        let chances = self.on_a_copy(None, |play| play.count())?;
        for aim in lane.choose(&part.choose(&aims(&chances, share))) {
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
        let Plan { sqlite, postgres, .. } = Plan::of(60);
        assert_eq!(sqlite, Share { hub: 20, rep: 25, database: 0 });
        assert_eq!(postgres, Share { hub: 3, rep: 3, database: 9 });
    }

    #[test]
    fn parts_are_everything_once() {
        let all: Vec<_> = (0..23).collect();
        let part = |text: &str| text.parse::<Part>();
        let mut chosen: Vec<_> =
            ["1/3", "2/3", "3/3"].iter().flat_map(|text| part(text).unwrap().choose(&all)).collect();
        assert_eq!(part("2/3").unwrap().choose(&all), [1, 4, 7, 10, 13, 16, 19, 22]);
        chosen.sort_unstable();
        assert_eq!(chosen, all);
        assert_eq!(Part::ALL.choose(&all), all);
        for wrong in ["", "3", "0/3", "4/3", "1/0", "a/b", "-1/3"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
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
