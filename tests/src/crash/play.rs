//! One run of the script, with a blow or without: what was killed is started again, and the rep goes on
//! as a person does: looks whether what was typed is there, and types it again only if not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::blow::{Blow, Watch, blows_in, blows_of, was_killed};
use super::database::{Databases, Death, Watching};
use super::oracle::{hold, judge, on_device, on_hub};
use super::script::{BEFORE, Device, Edit, RUN, Records, Step};
use super::stand::{Stand, Start, run};
use super::wait::until;
use crate::black_box::UNREACHABLE;

/// Rounds of syncing after which both devices have everything.
const ROUNDS: usize = 4;

/// Times a sync is tried while a database recovers.
const TRIES: usize = 100;

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The hub.
    Hub,
    /// The rep's program, at this step of the run.
    Rep(usize),
    /// PostgreSQL.
    Database(Death),
}

/// A blow and what it is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// What dies.
    pub target: Target,
    /// Where.
    pub blow: Blow,
}

/// What a run met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    /// Edits the hub had acknowledged when the blow fell; `None` when it never fell.
    pub acknowledged: Option<usize>,
    /// Edits typed a second time, because they were not there.
    pub typed_again: usize,
}

/// Blows that a run without one could have met.
pub(crate) type Chances = Vec<(Target, Vec<Blow>)>;

/// A run.
pub(crate) struct Play<'a> {
    stand: Stand,
    databases: Option<&'a mut Databases>,
    aim: Option<Aim>,
    watching: Option<Watching>,
    /// Edits whose command said that they are saved, by device.
    saved: BTreeMap<Device, Vec<Edit>>,
    /// How many of them the hub has acknowledged.
    acknowledged: BTreeMap<Device, usize>,
    /// Where customers and policies are, as far as somebody looked.
    known: Records,
    met: Met,
    chances: Option<Chances>,
}

impl<'a> Play<'a> {
    /// A run on these folders, after what was done before.
    pub(crate) fn new(stand: Stand, databases: Option<&'a mut Databases>, aim: Option<Aim>) -> Self {
        let mut play = Self {
            stand,
            databases,
            aim,
            watching: None,
            saved: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            known: Records::new(),
            met: Met::default(),
            chances: None,
        };
        for step in BEFORE {
            match step {
                Step::Edit(device, edit) => play.saved.entry(device).or_default().push(edit),
                Step::Sync(device) => play.acknowledge(device),
            }
        }
        play
    }

    /// Plays what comes before the run on fresh folders, and gives them back as the template.
    pub(crate) fn prepare(stand: Stand) -> Result<Stand> {
        let mut play = Play::new(stand, None, None);
        (play.saved, play.acknowledged) = Default::default();
        ensure!(play.stand.serve(&Watch::Leave)? == Start::Serving, "no hub: {}", play.stand.hub_log());
        play.stand.sign_in()?;
        BEFORE.into_iter().try_for_each(|step| play.step(step, &Watch::Leave))?;
        play.stand.kill_hub()?;
        Ok(play.stand)
    }

    /// Plays without a blow and counts where one could have fallen.
    pub(crate) fn count(mut self) -> Result<Chances> {
        self.chances = Some(Vec::new());
        self.play()?;
        self.chances.context("they were counted")
    }

    /// Plays to the end and judges.
    pub(crate) fn play_to_the_end(mut self) -> Result<Met> {
        self.play()?;
        Ok(self.met)
    }

    fn play(&mut self) -> Result<()> {
        self.watch_database()?;
        let hub = self.watch(Target::Hub);
        self.serve(&hub)?;
        for (number, step) in RUN.into_iter().enumerate() {
            let watch = self.watch(Target::Rep(number));
            self.step(step, &watch)?;
            self.look_after_the_programs()?;
        }
        self.settle()?;
        self.look_after_the_programs()?;
        self.stop_watching_database()?;
        judge(&self.stand)?;
        self.count_hub(&hub)
    }

    /// The folders and programs.
    pub(crate) fn stand(&mut self) -> &mut Stand {
        &mut self.stand
    }

    /// Edits the hub has acknowledged.
    pub(crate) fn acknowledged(&self) -> Vec<Edit> {
        let acknowledged = self.acknowledged.iter();
        let of = |(device, count): (&Device, &usize)| {
            self.saved.get(device).into_iter().flatten().take(*count).copied().collect::<Vec<_>>()
        };
        acknowledged.flat_map(of).collect()
    }

    /// Starts the hub; what keeps it from starting is only a blow.
    pub(crate) fn serve(&mut self, watch: &Watch) -> Result<()> {
        match self.stand.serve(watch)? {
            Start::Serving => Ok(()),
            Start::Killed => {
                self.hit();
                self.serve(&Watch::Leave)
            }
            Start::Refused => {
                self.expect_a_blow().with_context(|| self.stand.hub_log())?;
                self.serve(&Watch::Leave)
            }
        }
    }

    pub(crate) fn step(&mut self, step: Step, watch: &Watch) -> Result<()> {
        match step {
            Step::Edit(device, edit) => self.edit(device, edit, watch).with_context(|| format!("{step:?}")),
            Step::Sync(device) => self.sync(device, watch).map(drop).with_context(|| format!("{step:?}")),
        }
    }

    /// Types an edit. A person who was not told that it is saved looks, and types it again if it is not
    /// there.
    fn edit(&mut self, device: Device, edit: Edit, watch: &Watch) -> Result<()> {
        let words = self.words(device, edit)?;
        let mut output = self.type_in(device, &words, watch)?;
        if was_killed(output.status) {
            let records = self.look_at(device)?;
            if edit.times(&records) == 0 {
                self.met.typed_again += 1;
                output = self.type_in(device, &words, &Watch::Leave)?;
                ensure!(output.status.success(), "typed again: {}", troubles(&output));
            }
        } else {
            ensure!(output.status.success(), "{}", troubles(&output));
        }
        self.saved.entry(device).or_default().push(edit);
        Ok(())
    }

    /// Does a step on a disk that fails, and what a person does who is told so: looks, and does it again where
    /// it is not there. How the command ended that met the failure, and its process.
    pub(crate) fn step_on_a_bad_disk(&mut self, step: Step, watch: &Watch) -> Result<(u32, Output)> {
        let (device, words) = match step {
            Step::Edit(device, edit) => (device, self.words(device, edit)?),
            Step::Sync(device) => (device, vec!["sync".to_owned()]),
        };
        let met = run(self.stand.rep(device, watch).args(&words), "")?;
        let records = self.look_at(device)?;
        match step {
            Step::Edit(_, edit) if edit.times(&records) > 0 => {
                self.saved.entry(device).or_default().push(edit)
            }
            Step::Edit(..) => {
                ensure!(!met.1.status.success(), "{step:?} was said to be saved and is not there");
                self.met.typed_again += 1;
                self.step(step, &Watch::Leave)?;
            }
            Step::Sync(_) => self.step(step, &Watch::Leave)?,
        }
        Ok(met)
    }

    /// Asks once to sync; `None` when that was done, else the code the device shows.
    pub(crate) fn try_to_sync(&mut self, device: Device) -> Result<Option<String>> {
        let output = self.type_in(device, &["sync".to_owned()], &Watch::Leave)?;
        if output.status.success() {
            let told: Value = serde_json::from_slice(&output.stdout)?;
            ensure!(told["unsent"] == 0 && told["tray"] == 0, "after a sync: {told}");
            self.acknowledge(device);
            return Ok(None);
        }
        ensure!(output.status.code() == Some(UNREACHABLE), "{}", troubles(&output));
        let told: Value = serde_json::from_slice(&output.stderr)?;
        Ok(Some(told["error"]["code"].as_str().context("a code")?.to_owned()))
    }

    /// How many edits a device knows the hub has not acknowledged.
    pub(crate) fn unsent(&mut self, device: Device) -> Result<u64> {
        let output = self.type_in(device, &["status".to_owned()], &Watch::Leave)?;
        let told: Value = serde_json::from_slice(&output.stdout).with_context(|| troubles(&output))?;
        told["unsent"].as_u64().context("a number")
    }

    /// The command of an edit; the device shows the ids for it.
    fn words(&mut self, device: Device, edit: Edit) -> Result<Vec<String>> {
        if let Some(words) = edit.command(&self.known) {
            return Ok(words);
        }
        self.known = on_device(&self.stand, device)?;
        edit.command(&self.known).context("the device does not show what is to be edited")
    }

    /// Syncs until it is done; true when nothing was waiting on either side.
    fn sync(&mut self, device: Device, watch: &Watch) -> Result<bool> {
        let mut output = self.type_in(device, &["sync".to_owned()], watch)?;
        if was_killed(output.status) {
            self.look_at(device)?;
            output = self.type_in(device, &["sync".to_owned()], &Watch::Leave)?;
        }
        for _ in 0..TRIES {
            if output.status.code() != Some(UNREACHABLE) {
                break;
            }
            self.expect_a_blow()
                .with_context(|| format!("{} {}", troubles(&output), self.stand.hub_log()))?;
            output = self.type_in(device, &["sync".to_owned()], &Watch::Leave)?;
        }
        ensure!(output.status.success(), "{}", troubles(&output));
        let told: Value = serde_json::from_slice(&output.stdout)?;
        let left = ["unsent", "refused", "tray", "clashes"].map(|what| told[what].as_u64());
        ensure!(left == [Some(0); 4], "after a sync: {told}");
        self.acknowledge(device);
        Ok(told["sent"] == 0 && told["received"] == 0)
    }

    /// Syncs both devices until neither has anything for the other.
    pub(crate) fn settle(&mut self) -> Result<()> {
        for _ in 0..ROUNDS {
            let first = self.sync(Device::First, &Watch::Leave)?;
            let second = self.sync(Device::Second, &Watch::Leave)?;
            if first && second {
                return Ok(());
            }
        }
        bail!("after {ROUNDS} rounds the devices still have something for each other")
    }

    fn type_in(&mut self, device: Device, words: &[String], watch: &Watch) -> Result<Output> {
        let (pid, output) = run(self.stand.rep(device, watch).args(words), "")?;
        if was_killed(output.status) {
            self.hit();
        }
        if let (Watch::Count(log), Some(chances)) = (watch, &mut self.chances) {
            let steps = chances.iter().filter(|(target, _)| matches!(target, Target::Rep(_))).count();
            chances.push((Target::Rep(steps), blows_of(log, pid)?));
        }
        Ok(output)
    }

    /// What a device holds after its program was killed: everything it said is saved.
    fn look_at(&self, device: Device) -> Result<Records> {
        let records = on_device(&self.stand, device)?;
        hold(&records, self.saved.get(&device).into_iter().flatten(), "which the rep was told is saved")?;
        Ok(records)
    }

    /// The hub was not reached, or its database: only a blow explains that.
    fn expect_a_blow(&mut self) -> Result<()> {
        if let Some(watching) = &self.watching {
            until("the blow has met the database", || Ok(watching.met()))?;
        } else if matches!(self.aim, Some(Aim { target: Target::Hub, .. })) {
            let stand = &mut self.stand;
            until("the hub is dead", || stand.hub_is_dead())?;
        } else {
            ensure!(self.met.acknowledged.is_some(), "nothing was killed");
        }
        self.look_after_the_programs()
    }

    /// Starts again what a blow met, and looks at what is stored before any device speaks to the hub.
    fn look_after_the_programs(&mut self) -> Result<()> {
        if self.database_met() {
            self.stop_watching_database()?;
        }
        if self.stand.hub_is_dead()? {
            self.hit();
            self.look_at_hub()?;
            self.serve(&Watch::Leave)?;
        }
        Ok(())
    }

    /// What the hub has stored after a blow: everything acknowledged.
    pub(crate) fn look_at_hub(&self) -> Result<()> {
        hold(&on_hub(&self.stand)?, &self.acknowledged(), "which the hub acknowledged")
    }

    fn acknowledge(&mut self, device: Device) {
        self.acknowledged.insert(device, self.saved.get(&device).map_or(0, Vec::len));
    }

    fn hit(&mut self) {
        let acknowledged = self.acknowledged.values().sum();
        self.met.acknowledged.get_or_insert(acknowledged);
    }

    fn watch(&self, target: Target) -> Watch {
        match self.aim {
            Some(aim) if aim.target == target => Watch::Kill(aim.blow),
            None if self.chances.is_some() => Watch::Count(self.log(target)),
            _ => Watch::Leave,
        }
    }

    fn log(&self, target: Target) -> PathBuf {
        self.stand.file(&format!("{target:?}.calls"))
    }

    fn count_hub(&mut self, watch: &Watch) -> Result<()> {
        let Watch::Count(log) = watch else { return Ok(()) };
        let pid = self.stand.hub_pid().context("the hub is served")?;
        self.stand.kill_hub()?;
        let blows = blows_of(log, pid)?;
        self.chances.get_or_insert_default().push((Target::Hub, blows));
        Ok(())
    }

    fn watch_database(&mut self) -> Result<()> {
        let log = self.log(Target::Database(Death::OneProcess));
        let Some(databases) = &mut self.databases else { return Ok(()) };
        let (watch, death) = match self.aim {
            Some(Aim { target: Target::Database(death), blow }) => (Watch::Kill(blow), death),
            None => (Watch::Count(log), Death::OneProcess),
            Some(_) => return Ok(()),
        };
        self.watching = Some(databases.watch(&watch, death)?);
        Ok(())
    }

    fn database_met(&self) -> bool {
        self.watching.as_ref().is_some_and(Watching::met)
    }

    /// Ends the watch over the database. If the blow has met it, brings it back and looks at what is
    /// stored before any device speaks to the hub.
    fn stop_watching_database(&mut self) -> Result<()> {
        let Some(watching) = self.watching.take() else { return Ok(()) };
        let met = watching.stop()?;
        let log = self.log(Target::Database(Death::OneProcess));
        if let Some(chances) = &mut self.chances {
            let blows = blows_in(&std::fs::read_to_string(log)?);
            chances.push((Target::Database(Death::OneProcess), blows));
        }
        let (Some(Aim { target: Target::Database(death), .. }), true) = (self.aim, met) else {
            return Ok(());
        };
        self.hit();
        self.databases.as_mut().context("a database was met")?.recover(death)?;
        self.look_at_hub()
    }
}

/// What a command that failed said.
pub(crate) fn troubles(output: &Output) -> String {
    format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr))
}
