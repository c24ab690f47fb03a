//! A disk that is full or fails under a hub, under its PostgreSQL, under a device: what is acknowledged
//! meanwhile, what the hub says of itself, and what is there afterwards.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::TEMPLATE;
use super::blow::Watch;
use super::database::Databases;
use super::failing::{Failing, FailingDisk, When, Wrong, trusts_a_failed_sync};
use super::oracle::{judge, on_hub};
use super::play::{Play, troubles};
use super::script::{Device, Edit, RUN, Step, edits};
use super::stand::Stand;
use super::wait::until;

use Device::{First, Second};

/// What the hub logs when it stops acknowledging.
const STOPPED: &str = "nothing is acknowledged";

/// What it logs when it goes on.
const AGAIN: &str = "the storage takes writes again";

/// What the driver logs by itself: what PostgreSQL says on each connection that it ends, slow lines.
const DRIVER: &str = " sqlx";

/// What a device is told by a hub that can store nothing, and by one whose database is starting.
const STORAGE: &str = "SYNC-STORAGE";
const BUSY: &str = "SYNC-BUSY";

/// Pushes of each device that are refused while a disk fails.
const PUSHES: usize = 3;

/// What a case met and found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    case: String,
    /// Calls that failed.
    pub hits: usize,
    /// Pushes that were refused, or commands of a device that failed.
    pub refused: usize,
    /// Edits acknowledged before, meanwhile and afterwards.
    pub acknowledged: [usize; 3],
    /// Edits that were acknowledged and are not there.
    pub lost: usize,
    /// Edits that are there more than once.
    pub doubled: usize,
    /// What `/readyz` said.
    pub said: BTreeSet<String>,
    /// Lines the hub's log has about it.
    pub logged: usize,
    begun: Instant,
}

/// Where cases are played: hub and devices as each begins with them.
pub struct Ground {
    template: Stand,
    databases: Option<Databases>,
    made: usize,
}

impl Ground {
    /// Over a hub with its own SQLite.
    ///
    /// # Errors
    /// When the programs do not run.
    pub fn sqlite() -> Result<Self> {
        Ok(Self { template: Play::prepare(Stand::new(None)?)?, databases: None, made: 0 })
    }

    /// Over a hub on PostgreSQL; `None` where that is not installed.
    ///
    /// # Errors
    /// When the programs do not run.
    pub fn postgres() -> Result<Option<Self>> {
        let Some(databases) = Databases::start()? else { return Ok(None) };
        databases.make(TEMPLATE, "template0")?;
        let template = Play::prepare(Stand::new(Some(&databases.url(TEMPLATE)))?)?;
        Ok(Some(Self { template, databases: Some(databases), made: 0 }))
    }

    fn play(&mut self) -> Result<Play<'static>> {
        self.made += 1;
        let name = format!("case_{}", self.made);
        let url = self.databases.as_ref().map(|databases| {
            databases.make(&name, TEMPLATE)?;
            Ok::<_, anyhow::Error>(databases.url(&name))
        });
        let mut play = Play::new(self.template.copy(url.transpose()?.as_deref())?, None, None);
        play.serve(&Watch::Leave)?;
        until("the hub is ready", || Ok(play.stand().ask("/readyz")?.0 == 200))?;
        Ok(play)
    }

    /// The hub's disk fails for a while, and all its pushes with it. `killed`: the hub is killed meanwhile and
    /// started again when the disk is well.
    ///
    /// # Errors
    /// What the hub should not have done, or the programs do not run.
    pub fn hub(&mut self, wrong: Wrong, when: When, killed: bool) -> Result<Found> {
        let mut play = self.play()?;
        let mut found =
            Found::of(format!("hub, {wrong:?} fail {when:?}{}", if killed { ", killed" } else { "" }));
        // No policy: nothing is folded between the pushes, so what meets the failure is a push.
        play.step(RUN[0], &Watch::Leave)?;
        play.step(RUN[2], &Watch::Leave)?;
        found.acknowledged[0] = play.acknowledged().len();
        let failing = self.failing(&mut play, wrong, when)?;
        let disk = self.fail(&mut play, failing)?;
        self.refused(&mut play, &disk, &mut found)?;
        if killed {
            play.stand().kill_hub()?;
        }
        found.hits = disk.end()?;
        if let Some(databases) = &mut self.databases {
            databases.look_after()?;
        }
        if killed {
            play.serve(&Watch::Leave)?;
        }
        found.recovered(&mut play)?;
        play.look_at_hub()?;
        found.the_rest(&mut play, &[&RUN[1..2], &RUN[9..]].concat())?;
        self.drop_database()?;
        Ok(found)
    }

    /// One sync of the hub's fails, and none after it: the hub opens its database again before it goes on.
    ///
    /// # Errors
    /// As [`Self::hub`].
    pub fn one_sync(&mut self) -> Result<Found> {
        let mut play = self.play()?;
        let mut found = Found::of("hub, one sync fails".to_owned());
        // A thread that opens the database anew makes fewer syncs than this before it is ready.
        let failing = self.failing(&mut play, Wrong::Syncs, When::Only(5))?;
        let disk = self.fail(&mut play, failing)?;
        let mut steps = RUN.into_iter();
        for step in steps.by_ref() {
            match step {
                Step::Edit(..) => play.step(step, &Watch::Leave)?,
                Step::Sync(device) => {
                    if play.try_to_sync(device)?.is_some() {
                        found.refused = 1;
                        break;
                    }
                }
            }
        }
        ensure!(found.refused == 1, "no sync failed: {}", disk.failing.calls());
        found.acknowledged[1] = play.acknowledged().len();
        found.recovered(&mut play)?;
        let calls = disk.failing.calls();
        found.hits = disk.end()?;
        let database = play.stand().hub().join("hub.db");
        let trusts = trusts_a_failed_sync(&calls, &database.to_string_lossy());
        ensure!(trusts.is_none(), "{}\n{calls}", trusts.unwrap_or_default());
        play.look_at_hub()?;
        found.the_rest(&mut play, &steps.collect::<Vec<_>>())?;
        Ok(found)
    }

    /// A device's disk fails for one command after the other, each from its n-th call on. Commands that make
    /// fewer calls prove nothing and are not counted.
    ///
    /// # Errors
    /// As [`Self::hub`], of the device.
    pub fn device(&mut self, wrong: Wrong, codes: &[&str]) -> Result<Found> {
        let mut play = self.play()?;
        let mut found = Found::of(format!("device, {wrong:?} fail"));
        for (number, step) in RUN.into_iter().enumerate() {
            let nth = [1, 2, 3, 5][number % 4];
            let of = match step {
                Step::Edit(device, _) | Step::Sync(device) => device,
            };
            let home = play.stand().home(of);
            let files = ["store.db", "store.db-wal"].map(|name| home.join(name)).to_vec();
            let log = play.stand().file(&format!("{number}.calls"));
            let failing = Failing { wrong, when: When::From(nth), files, log };
            let (pid, output) = play.step_on_a_bad_disk(step, &Watch::Fail(failing.clone()))?;
            let hits = failing.hits_of(pid)?;
            ensure!(nth > 1 || hits > 0, "{step:?} met no failure: {}", failing.calls());
            found.hits += hits;
            if output.status.success() {
                continue;
            }
            found.refused += 1;
            ensure!(hits > 0 && output.status.code() == Some(1), "{step:?}: {}", troubles(&output));
            ensure!(output.stdout.is_empty(), "{step:?} failed and said something: {output:?}");
            let told: Value = serde_json::from_slice(&output.stderr).with_context(|| troubles(&output))?;
            let (code, message) = (told["error"]["code"].as_str(), told["error"]["message"].as_str());
            ensure!(code.is_some_and(|code| codes.contains(&code)), "{step:?}: {told}");
            ensure!(message.is_some_and(|said| said.contains("everything saved before is safe")), "{told}");
        }
        found.the_rest(&mut play, &[])?;
        Ok(found)
    }

    /// The files whose failure is the hub's.
    fn failing(&self, play: &mut Play<'_>, wrong: Wrong, when: When) -> Result<Failing> {
        let log = play.stand().file("failing.calls");
        let hub = play.stand().hub();
        let files = match &self.databases {
            Some(databases) => databases.parts()?.1,
            None => ["hub.db", "hub.db-wal"].map(|name| hub.join(name)).to_vec(),
        };
        Ok(Failing { wrong, when, files, log })
    }

    fn fail(&self, play: &mut Play<'_>, failing: Failing) -> Result<FailingDisk> {
        let pids = match &self.databases {
            Some(databases) => databases.parts()?.0,
            None => vec![play.stand().hub_pid().context("the hub is served")?],
        };
        FailingDisk::under(&pids, failing)
    }

    /// What the hub does while its disk fails: nothing is acknowledged, it says why, and it lives.
    fn refused(&self, play: &mut Play<'_>, disk: &FailingDisk, found: &mut Found) -> Result<()> {
        let before = play.acknowledged().len();
        play.step(RUN[3], &Watch::Leave)?;
        play.step(RUN[4], &Watch::Leave)?;
        for push in 0..PUSHES {
            self.push(play, Second, found)?;
            if push == 0 {
                // What the hub holds can still be had, where the database is its own.
                let had = self.databases.is_some() || play.try_to_sync(First)?.is_none();
                ensure!(had, "the hub has nothing to store and says no");
                play.step(RUN[6], &Watch::Leave)?;
                play.step(RUN[7], &Watch::Leave)?;
            } else if self.databases.is_none() {
                self.push(play, First, found)?;
            }
            let (status, told) = play.stand().ask("/readyz")?;
            ensure!(status == 503, "the hub says that it is ready: {told}");
            found.said.insert(code_of(&told)?);
            ensure!(play.stand().ask("/healthz")?.0 == 200, "the hub lives");
        }
        // It has tried meanwhile, and it was no use.
        until("the hub has tried again", || Ok(disk.failing.hits() > 1))?;
        let (status, told) = play.stand().ask("/readyz")?;
        ensure!(status == 503, "the hub says that it is ready: {told}");
        found.acknowledged[1] = play.acknowledged().len() - before;
        Ok(())
    }

    /// A push that must be refused because nothing can be stored.
    fn push(&self, play: &mut Play<'_>, device: Device, found: &mut Found) -> Result<()> {
        let unsent = play.unsent(device)?;
        let code = play.try_to_sync(device)?.context("a push was acknowledged")?;
        let left = play.unsent(device)?;
        ensure!(unsent > 0 && left == unsent, "of {unsent} edits {left} are left: some were acknowledged");
        let expected = code == STORAGE || (self.databases.is_some() && code == BUSY);
        ensure!(expected, "a push was refused as {code}: {}", play.stand().hub_log());
        found.refused += 1;
        Ok(())
    }

    fn drop_database(&mut self) -> Result<()> {
        let name = format!("case_{}", self.made);
        self.databases.as_mut().map_or(Ok(()), |databases| databases.remove(&name))
    }
}

impl Found {
    fn of(case: String) -> Self {
        Self {
            case,
            hits: 0,
            refused: 0,
            acknowledged: [0; 3],
            lost: 0,
            doubled: 0,
            said: BTreeSet::new(),
            logged: 0,
            begun: Instant::now(),
        }
    }

    /// The hub goes on by itself, and its log has said so, once.
    fn recovered(&mut self, play: &mut Play<'_>) -> Result<()> {
        until("the hub is ready again", || Ok(play.stand().ask("/readyz")?.0 == 200))
            .with_context(|| play.stand().hub_log())?;
        let log = play.stand().hub_log();
        self.logged = log.lines().filter(|line| line.contains(STOPPED)).count();
        let other = |line: &&str| {
            (line.contains("ERROR") || line.contains("WARN"))
                && !line.contains(STOPPED)
                && !line.contains(AGAIN)
                && !line.contains(DRIVER)
        };
        let others: Vec<_> = log.lines().filter(other).collect();
        ensure!(others.is_empty(), "the log says more than once what is wrong: {others:#?}");
        Ok(())
    }

    /// The script goes to its end, everything is counted, and all must be as if no disk had failed.
    fn the_rest(&mut self, play: &mut Play<'_>, steps: &[Step]) -> Result<()> {
        let due = play.acknowledged();
        steps.iter().try_for_each(|step| play.step(*step, &Watch::Leave))?;
        play.settle()?;
        let records = on_hub(play.stand())?;
        let times = |edit: &Edit| edit.times(&records);
        self.lost = due.iter().filter(|edit| times(edit) == 0).count();
        self.doubled = edits().filter(|(_, edit)| times(edit) > 1).count();
        judge(play.stand())?;
        self.acknowledged[2] = play.acknowledged().len() - self.acknowledged[0] - self.acknowledged[1];
        Ok(())
    }
}

fn code_of(problem: &str) -> Result<String> {
    let told: Value = serde_json::from_str(problem).with_context(|| problem.to_owned())?;
    Ok(told["code"].as_str().context("a code")?.to_owned())
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            case,
            hits,
            refused,
            acknowledged: [before, meanwhile, after],
            lost,
            doubled,
            said,
            logged,
            begun,
        } = self;
        let said: Vec<_> = said.iter().map(String::as_str).collect();
        write!(
            f,
            "{case}: {hits} calls failed, {refused} refused, edits acknowledged {before} before, {meanwhile} \
             meanwhile, {after} afterwards, lost {lost}, doubled {doubled}; ready: {}, logged {logged} times; {:.1} s",
            if said.is_empty() { "not asked".to_owned() } else { said.join(" ") },
            begun.elapsed().as_secs_f32()
        )
    }
}
