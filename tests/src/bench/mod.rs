//! The bench: a hub on SQLite on disk, then one on PostgreSQL, served over loopback HTTP, measured from outside
//! by the shipping client. Hub and devices share one process and its cores, so every figure includes both ends;
//! the gate's workers are processes of the program `fieldbook`, as when it is served. Where memory is
//! measured, the hub is a process of its own.

mod fleet;
mod idle;
mod one_device;
mod questions;
mod sales;
mod stand;
mod stored;
mod workbook;

use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use stand::Stand;

use crate::postgres::{Memory, Safety, Server};

/// Runs of every row; the median counts.
const RUNS: usize = 5;
/// The compression level of floors: what devices compress at.
const FLOOR_LEVEL: i32 = 3;

/// What a figure has to reach.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// Ours at most this.
    AtMost(f64),
    /// Ours at most this many times the floor.
    FloorsAtMost(f64),
    /// Ours at least this share of the bare work.
    ShareAtLeast(f64),
}

/// What the hub stores in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// SQLite in its folder.
    #[value(name = "sqlite")]
    Sqlite,
    /// A PostgreSQL server of its own, which syncs what it commits.
    Postgres,
}

impl Engine {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub name: &'static str,
    /// The unit of ours and floor.
    pub unit: &'static str,
    /// What Fieldbook takes.
    pub ours: f64,
    /// The least any design could take, measured in the same run; `None` where there is no such work.
    pub floor: Option<f64>,
    /// What has to be reached.
    pub target: Target,
}

impl Row {
    /// Ours in floors.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.floor.map(|floor| self.ours / floor)
    }

    /// Whether the target is reached.
    #[must_use]
    pub fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.ours <= most,
            Target::FloorsAtMost(most) => self.ratio().is_some_and(|ratio| ratio <= most),
            Target::ShareAtLeast(least) => self.ratio().is_some_and(|ratio| ratio >= least),
        }
    }

    fn target_text(&self) -> String {
        match self.target {
            Target::AtMost(most) => format!("<= {most} {}", self.unit),
            Target::FloorsAtMost(most) => format!("<= {most} x floor"),
            Target::ShareAtLeast(least) => format!(">= {least} x floor"),
        }
    }

    /// The row as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "floor": self.floor,
            "ratio": self.ratio(),
            "target": self.target_text(),
            "met": self.is_met(),
        })
    }
}

/// What can be measured, in order: first what is measured on each engine, then what the hub's memory is looked at
/// for.
pub const WORK: [&str; 9] =
    ["nothing new", "new device", "evening", "fleet", "sales", "questions", "idle", "stored", "workbook"];
/// How many of these are measured on each engine.
const ON_EACH: usize = 6;

/// Measures the rows of this work, on these engines; of all of it, if none is named. Questions are asked over five
/// million entries unless told otherwise. Progress goes to standard
/// error.
///
/// # Errors
/// When a hub or a device does not do what it should, or PostgreSQL is wanted and not installed.
pub async fn run(
    only: &[String],
    engines: &[Engine],
    millions: Option<u32>,
) -> Result<Vec<(Option<Engine>, Row)>> {
    let millions = millions.unwrap_or(questions::MILLIONS);
    let since = Instant::now();
    let told = |what: &str| eprintln!("{:6.1} s: {what}", since.elapsed().as_secs_f64());
    if let Some(unknown) = only.iter().find(|name| !WORK.contains(&name.as_str())) {
        bail!("there is no work `{unknown}`; there is: {}", WORK.join(", "));
    }
    let wanted = |work: &&str| only.is_empty() || only.iter().any(|name| name == work);
    let (on_each, alone) = WORK.split_at(ON_EACH);
    let on_each: Vec<_> = on_each.iter().copied().filter(wanted).collect();
    let mut rows = Vec::new();
    for engine in engines.iter().filter(|_| !on_each.is_empty()) {
        told(engine.name());
        let measured = run_on(*engine, &on_each, millions, &told).await.context(engine.name())?;
        rows.extend(measured.into_iter().map(|row| (Some(*engine), row)));
    }
    for work in alone.iter().copied().filter(wanted) {
        let measured = match work {
            "idle" => idle::idle_devices().await.map(|row| vec![row]),
            "stored" => stored::stored_documents().await.map(|row| vec![row]),
            _ => workbook::figures_as_workbook().await,
        };
        rows.extend(measured.context(work)?.into_iter().map(|row| (None, row)));
        told(work);
    }
    Ok(rows)
}

async fn run_on(engine: Engine, wanted: &[&str], millions: u32, told: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let server = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => {
            Some(Server::start(Safety::Fsync, Memory::Own)?.context("PostgreSQL is not installed")?)
        }
    };
    let url = server.as_ref().map(Server::url);
    let stand = Stand::open(url.as_deref()).await.context("opening the hub")?;
    told("the hub is served and has its documents");
    let mut rows = Vec::new();
    for work in wanted.iter().copied() {
        let measured = match work {
            "nothing new" => one_device::nothing_new(&stand).await,
            "new device" => one_device::new_device(&stand).await,
            "evening" => one_device::evening(&stand).await,
            "sales" => sales::sales(&stand).await,
            "questions" => questions::questions(&stand, url.as_deref(), millions).await,
            _ => fleet::fleet(&stand).await.map(|row| vec![row]),
        };
        rows.extend(measured.context(work.to_owned())?);
        told(work);
    }
    stand.close().await?;
    Ok(rows)
}

/// The rows as lines of text.
#[must_use]
pub fn table(rows: &[(Option<Engine>, Row)]) -> String {
    let mut text = format!(
        "{:<11}{:<26} {:>10} {:>10} {:>7}  {:<16} met\n",
        "", "work", "ours", "floor", "ratio", "target"
    );
    for (engine, row) in rows {
        let engine = engine.map_or("", Engine::name);
        let floor = row.floor.map_or_else(|| "-".to_owned(), number);
        let ratio = row.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let (name, met) = (format!("{}, {}", row.name, row.unit), if row.is_met() { "yes" } else { "NO" });
        text.push_str(&format!(
            "{engine:<11}{name:<26} {:>10} {floor:>10} {ratio:>7}  {:<16} {met}\n",
            number(row.ours),
            row.target_text()
        ));
    }
    text
}

/// A figure with as many digits as mean something.
fn number(figure: f64) -> String {
    if figure >= 1_000.0 || figure.fract() == 0.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
}

/// The middle one of an odd count of figures.
pub(crate) fn median(mut figures: Vec<f64>) -> Result<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().context("a median of nothing")
}

/// The figure that so many of all do not exceed.
fn quantile(figures: &mut [f64], share: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[((figures.len() - 1) as f64 * share).round() as usize]
}

fn ms_since(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// Bytes of `raw` compressed.
fn compressed(raw: &[u8]) -> Result<f64> {
    Ok(zstd::bulk::compress(raw, FLOOR_LEVEL)?.len() as f64)
}
