//! `fieldbook target`.

use clap::{Args, Subcommand};
use document_model::UnitCode;
use serde_json::json;

use super::error::Failure;
use super::import::{self, Source};
use super::output::{Answer, grouped, table};
use crate::app::App;
use crate::figures::{Question, day};
use crate::hub::{AttainmentRow, AttainmentShown, Gate};
use crate::import::{ImportReport, TargetRow, Terms, import_targets, take_targets};
use crate::organisation::{
    Calendar, Level, NATION, Target as UnitTarget, TargetLine, TargetMeasure, TargetRefused, Targets,
};
use crate::storage::Storage;

/// Targets: what units are to reach in spans of days, and how far they have come. A target is spread over the
/// working days of its span.
#[derive(Debug, Subcommand)]
pub(super) enum Target {
    /// Set what a unit is to reach. It takes its days from targets of the same measure and type that held on
    /// them; other days keep their shares.
    Set(Set),
    /// Take over targets from a file, each as `set` does: all of them or none.
    #[command(
        after_help = "Columns: unit, measure (net, premium, ape), from, to (YYYY-MM-DD), value, and where wanted type.

Example:
  fieldbook target import targets.csv --dry-run"
    )]
    Import(Source),
    /// Show how far units have come.
    Show(Show),
}

/// What is to be reached.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook target set --unit B1 --measure premium --from 2026-06-01 --to 2026-06-30 --value 1000000000
  fieldbook target set --unit P1 --measure net --type life --from 2026-06-16 --to 2026-06-30 --value 12")]
pub(super) struct Set {
    /// The unit.
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// What counts, sold less withdrawn: policies, premium in won, or annual premium equivalent in won.
    #[arg(long, value_parser = ["net", "premium", "ape"])]
    measure: String,
    /// Only products of this type.
    #[arg(long = "type", value_name = "TYPE")]
    product_type: Option<String>,
    /// First day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    to: String,
    /// How much: policies or won.
    #[arg(long, value_name = "NUMBER")]
    value: i64,
}

/// What is shown.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook target show --from 2026-06-01 --to 2026-06-30 --level branch --unit R01")]
pub(super) struct Show {
    /// First business day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last business day.
    #[arg(long, value_name = "DAY")]
    to: String,
    /// The level of the units.
    #[arg(long, value_parser = Level::ALL.map(Level::as_str))]
    level: String,
    /// Only units that are this one or stand below it.
    #[arg(long, value_name = "CODE", default_value = NATION)]
    unit: String,
}

impl Target {
    /// The content of the file a command names. Read before the hub is opened.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Import(source) => import::read(&source.file),
            Self::Set(_) | Self::Show(_) => Ok(Vec::new()),
        }
    }

    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        content: Vec<u8>,
    ) -> Result<Answer, Failure> {
        match self {
            Self::Set(set) => set.run(app).await,
            Self::Import(source) => {
                let report = import_targets(app, &content, source.dry_run).await?;
                import::told(&report, &source.file, false)
            }
            Self::Show(show) => show.run(app).await,
        }
    }
}

impl Set {
    async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let (rules, storage) = (app.hub.current_rules().await?, app.hub.storage());
        let today = rules.day(app.clock.now());
        let day_of =
            |word: &str| day(word, today).map_err(|why| Failure::misused("TARGET-NO-DAY", why, "Give a day"));
        let (from, to) = (day_of(&self.from)?, day_of(&self.to)?);
        let measure = TargetMeasure::of_str(&self.measure).expect("the parser takes these words alone");
        let (unit, product_type) = (UnitCode::from(self.unit.as_str()), self.product_type.clone());
        let line = TargetLine { unit, product_type, measure };
        line.check(&rules.roster, &rules.catalogue)?;
        let known: Targets = storage.targets().await?.into_iter().collect();
        known.with(UnitTarget::new(line.clone(), from, to, self.value))?;
        let row = TargetRow { row: 1, line: line.clone(), from, to, value: self.value };
        let terms = Terms::command_line(false, app.clock.now());
        take_targets(&app.hub, &[row], ImportReport::default(), &terms).await?;
        let calendar = Calendar::of(storage.calendar().await?);
        let known: Targets = storage.targets().await?.into_iter().collect();
        set_in_words(&line, known.of(&line), &calendar)
    }
}

/// All targets of the line, with what falls on the days they hold on.
fn set_in_words(line: &TargetLine, targets: &[UnitTarget], calendar: &Calendar) -> Result<Answer, Failure> {
    let TargetLine { unit, product_type, measure } = line;
    let shares: Vec<_> = targets.iter().map(|set| (set, set.share(calendar, set.from, set.to))).collect();
    let row =
        |(set, share): &(&UnitTarget, i64)| vec![set.from.to_string(), set.to.to_string(), grouped(*share)];
    let rows: Vec<_> = shares.iter().map(row).collect();
    let of = product_type.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
    let text = format!("{unit}: {}{of}\n{}", measure.as_str(), table(&["from", "to", ">target"], &rows));
    let told = |(set, share): &(&UnitTarget, i64)| json!({ "from": set.from, "to": set.to, "target": share });
    let targets: Vec<_> = shares.iter().map(told).collect();
    Answer::new(text, &json!({ "unit": unit, "type": product_type, "measure": measure, "targets": targets }))
}

impl Show {
    async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let rules = app.hub.current_rules().await?;
        let question = Question {
            from: self.from.clone(),
            to: self.to.clone(),
            level: Some(self.level.clone()),
            unit: Some(UnitCode::from(self.unit.as_str())),
            ..Question::default()
        };
        let query = question.query(rules.day(app.clock.now()), &rules.roster, &NATION.into())?;
        let shown = app.hub.attainment(&query).await?;
        Answer::new(shown_in_words(&shown), &shown)
    }
}

fn shown_in_words(shown: &AttainmentShown) -> String {
    let AttainmentShown { from, to, level, rows, .. } = shown;
    if rows.is_empty() {
        return format!("No {level} asked about has a target from {from} to {to}.");
    }
    let row = |row: &AttainmentRow| {
        let rank = row.rank.map(|rank| rank.to_string()).unwrap_or_default();
        let percent = row.attainment_percent.map(|percent| format!("{percent:.1}")).unwrap_or_default();
        let of = row.product_type.clone().unwrap_or_default();
        let names = vec![row.measure.as_str().to_owned(), of, rank, row.unit.to_string(), row.name.clone()];
        let numbers = [row.target, row.actual].map(grouped);
        [names, numbers.into(), vec![percent, grouped(row.missing)]].concat()
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    let headings = ["measure", "type", ">rank", "unit", "name", ">target", ">actual", ">%", ">missing"];
    table(&headings, &rows)
}

impl From<TargetRefused> for Failure {
    fn from(refused: TargetRefused) -> Self {
        let to_do = match refused {
            TargetRefused::UnknownUnit(_) => "`fieldbook org show` names the units",
            TargetRefused::UnknownType(_) => {
                "Give a type of the catalogue, or leave --type out for all products"
            }
            TargetRefused::Backwards { .. } => "Give a later last day",
            TargetRefused::TooLong { .. } => "Set several targets, one after the other",
            TargetRefused::Value(_) => "Give another value",
            TargetRefused::TooMany(_) => "Set one target for a longer span in place of several",
        };
        Self::no(refused.code(), &refused, to_do)
    }
}
