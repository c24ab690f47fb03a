//! The bench: a hub on SQLite on disk, served over loopback HTTP, measured from outside by the shipping
//! client. Hub and devices share one process and its cores, so every figure includes both ends; the
//! gate's workers are processes of the program `fieldbook`, as when it is served.

mod fleet;
mod one_device;
mod stand;

use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use stand::Stand;

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

/// What can be measured, in order.
pub const WORK: [&str; 4] = ["nothing new", "new device", "evening", "fleet"];

/// Measures the rows of this work; of all of it, if none is named. Progress goes to standard error.
pub async fn run(only: &[String]) -> Result<Vec<Row>> {
    let since = Instant::now();
    let told = |what: &str| eprintln!("{:6.1} s: {what}", since.elapsed().as_secs_f64());
    if let Some(unknown) = only.iter().find(|name| !WORK.contains(&name.as_str())) {
        bail!("there is no work `{unknown}`; there is: {}", WORK.join(", "));
    }
    let stand = Stand::open().await.context("opening the hub")?;
    told("the hub is served and has its documents");
    let mut rows = Vec::new();
    for work in WORK {
        if only.is_empty() || only.iter().any(|name| name == work) {
            let measured = match work {
                "nothing new" => one_device::nothing_new(&stand).await,
                "new device" => one_device::new_device(&stand).await,
                "evening" => one_device::evening(&stand).await,
                _ => fleet::fleet(&stand).await.map(|row| vec![row]),
            };
            rows.extend(measured.context(work)?);
            told(work);
        }
    }
    stand.close().await?;
    Ok(rows)
}

/// The rows as lines of text.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text =
        format!("{:<34} {:>12} {:>12} {:>7}  {:<16} met\n", "work", "ours", "floor", "ratio", "target");
    for row in rows {
        let floor = row.floor.map_or_else(|| "-".to_owned(), number);
        let ratio = row.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let (name, met) = (format!("{}, {}", row.name, row.unit), if row.is_met() { "yes" } else { "NO" });
        text.push_str(&format!(
            "{name:<34} {:>12} {floor:>12} {ratio:>7}  {:<16} {met}\n",
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

fn ms_since(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// Bytes of `raw` compressed.
fn compressed(raw: &[u8]) -> Result<f64> {
    Ok(zstd::bulk::compress(raw, FLOOR_LEVEL)?.len() as f64)
}
