//! What questions to the figures cost over millions of ledger entries: fifty thousand reps who each sold a policy a
//! day, on a hundred days unless more are asked for. Every answer has its completeness. And what adding all cells up anew costs.

use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use document_model::{Date, Moment, UnitCode, add_days};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::organisation::{Level, NATION, UnitSpan};
use server::storage::{FigureQuery, FigureStorage, SplitBy, View};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::stand::{SEED, Stand};
use super::{Row, Target, quantile};
use crate::direct::unit;
use server::storage::conformance::Furnish;

const REPS: usize = 50_000;
const REPS_OF_A_BRANCH: usize = 50;
const REPS_OF_A_REGION: usize = 1_000;
/// Millions of entries unless others are asked for.
pub(super) const MILLIONS: u32 = 5;
/// Seconds in which the cells of these must be added up.
const CELLS_S: f64 = 120.0;
/// Milliseconds an answer may take over so many entries, and over more.
const FEW_MS: f64 = 20.0;
const MANY_MS: f64 = 50.0;
const PRODUCTS: [&str; 5] = ["WL01", "TL01", "CI01", "AN01", "SV01"];
/// Questions of each kind.
const QUESTIONS: usize = 100;
/// Days of a long range.
const LONG: i32 = 90;
/// Entries written at once: what the database's own log has to hold beside them.
const AT_ONCE: usize = 5_000_000;
/// Rows an answer may have: a page.
const PAGE: usize = 1_000;

/// The kinds of question: the level of the rows, the level of the unit asked about, what rows are split by.
const KINDS: [(Level, Level, SplitBy); 10] = [
    (Level::Nation, Level::Nation, SplitBy::Unit),
    (Level::Nation, Level::Nation, SplitBy::Product),
    (Level::Nation, Level::Nation, SplitBy::Day),
    (Level::Region, Level::Nation, SplitBy::Unit),
    (Level::Region, Level::Nation, SplitBy::Product),
    (Level::Branch, Level::Nation, SplitBy::Unit),
    (Level::Branch, Level::Region, SplitBy::Product),
    (Level::Rep, Level::Branch, SplitBy::Unit),
    (Level::Rep, Level::Branch, SplitBy::Product),
    (Level::Rep, Level::Rep, SplitBy::Day),
];

/// Fills the stand's database, adds the cells up, and asks.
pub(super) async fn questions(stand: &Stand, database: Option<&str>, millions: u32) -> Result<Vec<Row>> {
    let days = millions as usize * 1_000_000 / REPS;
    let now = stand.app.clock.now();
    // Until yesterday: today others of the bench sell too, and rows would be more than a page.
    let last = add_days(stand.app.hub.current_rules().await?.day(now), -1);
    stand.app.hub.storage().put_units(spans()).await?;
    fill(stand.folder(), database, (last, days), now).await.context("filling the ledger")?;
    let begun = Instant::now();
    let rebuilt = stand.app.hub.storage().rebuild_cells().await?;
    let took = begun.elapsed().as_secs_f64();
    ensure!(rebuilt.cells as usize >= REPS * days, "there are {} cells", rebuilt.cells);
    if let Some(url) = database {
        // What the database does by itself after a while.
        execute(stand.folder(), Some(url), vec!["ANALYZE".to_owned()]).await?;
    }
    let mut rows = vec![Row {
        name: "cells of all entries",
        unit: "s",
        ours: took,
        floor: None,
        target: Target::AtMost(CELLS_S * f64::from(millions) / f64::from(MILLIONS)),
    }];
    let most = if millions > MILLIONS { MANY_MS } else { FEW_MS };
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    for (name, length) in [("figures of a day, p99", 1), ("figures of 90 days, p99", LONG)] {
        let mut all = Vec::new();
        for kind in KINDS {
            let mut took = Vec::new();
            for _ in 0..QUESTIONS {
                let query = question(kind, length, (last, days), &mut dice);
                let begun = Instant::now();
                let answer = stand.app.hub.figures(&query, stand.app.clock.now()).await?;
                took.push(begun.elapsed().as_secs_f64() * 1_000.0);
                ensure!(!answer.rows.is_empty() && answer.rows.len() <= PAGE, "{} rows", answer.rows.len());
                ensure!(answer.completeness.is_some(), "an answer without completeness");
            }
            let (level, under, by) = kind;
            eprintln!(
                "  {length:2} days, {level:?} rows of a {under:?} by {by:?}: median {:.1} ms, p99 {:.1} ms",
                quantile(&mut took, 0.5),
                quantile(&mut took, 0.99)
            );
            all.extend(took);
        }
        let ours = quantile(&mut all, 0.99);
        rows.push(Row { name, unit: "ms", ours, floor: None, target: Target::AtMost(most) });
    }
    Ok(rows)
}

fn question(
    (level, above, by): (Level, Level, SplitBy),
    length: i32,
    (last, days): (Date, usize),
    dice: &mut ChaCha8Rng,
) -> FigureQuery {
    let back = dice.random_range(0..days as i32 - length + 1);
    let rep = dice.random_range(0..REPS);
    let unit = match above {
        Level::Nation => None,
        Level::Region => Some(region(rep)),
        Level::Branch => Some(branch(rep)),
        Level::Rep => Some(code(rep)),
    };
    FigureQuery {
        from: add_days(last, -back - length + 1),
        to: add_days(last, -back),
        level,
        under: unit.map(|unit| (above, UnitCode(unit))),
        by,
        view: View::Now,
        placed: None,
    }
}

fn code(rep: usize) -> String {
    format!("Q{rep:05}")
}

fn branch(rep: usize) -> String {
    format!("QB{:04}", rep / REPS_OF_A_BRANCH)
}

fn region(rep: usize) -> String {
    format!("QR{:02}", rep / REPS_OF_A_REGION)
}

fn spans() -> Vec<UnitSpan> {
    let unit = |code: String, level, parent: String| unit(&code, level, &parent);
    let mut spans: Vec<_> = (0..REPS).map(|rep| unit(code(rep), Level::Rep, branch(rep))).collect();
    spans
        .extend((0..REPS).step_by(REPS_OF_A_BRANCH).map(|rep| unit(branch(rep), Level::Branch, region(rep))));
    let regions = (0..REPS).step_by(REPS_OF_A_REGION);
    spans.extend(regions.map(|rep| unit(region(rep), Level::Region, NATION.to_owned())));
    spans
}

/// Runs statements on a connection of their own, beside the hub's.
async fn execute(folder: &Path, database: Option<&str>, statements: Vec<String>) -> Result<()> {
    match database {
        Some(url) => {
            let mut connection =
                PgConnectOptions::from_str(url)?.disable_statement_logging().connect().await?;
            for statement in statements {
                connection.execute(AssertSqlSafe(statement)).await?;
            }
            Ok(connection.close().await?)
        }
        None => {
            let options = SqliteConnectOptions::new().filename(folder.join("hub.db"));
            let mut connection = options.disable_statement_logging().connect().await?;
            for statement in statements {
                connection.execute(AssertSqlSafe(statement)).await?;
            }
            Ok(connection.close().await?)
        }
    }
}

/// How a database says it.
#[derive(Clone, Copy)]
struct Dialect {
    postgres: bool,
}

impl Dialect {
    fn bytes(self, text: &str) -> String {
        if self.postgres { format!("convert_to({text}, 'UTF8')") } else { format!("CAST({text} AS BLOB)") }
    }

    fn padded(self, number: &str, digits: usize) -> String {
        match self.postgres {
            true => format!("lpad(({number})::text, {digits}, '0')"),
            false => format!("printf('%0{digits}d', {number})"),
        }
    }

    fn rep(self, number: &str) -> String {
        format!("'Q' || {}", self.padded(number, 5))
    }

    /// The numbers from the first to before the last.
    fn numbers(self, Range { start, end }: Range<usize>) -> String {
        match self.postgres {
            true => format!("(SELECT i::bigint AS i FROM generate_series({start}, {end} - 1) AS s (i)) AS n"),
            false => format!(
                "(WITH RECURSIVE n (i) AS (SELECT {start} UNION ALL SELECT i + 1 FROM n WHERE i < {end} - 1) \
                 SELECT i FROM n) AS n"
            ),
        }
    }

    fn day(self, (last, days): (Date, usize)) -> String {
        match self.postgres {
            true => format!("to_char(date '{last}' - (i % {days})::int, 'YYYY-MM-DD')"),
            false => format!("date('{last}', '-' || (i % {days}) || ' days')"),
        }
    }

    /// Entry `i` is the rep `i / days`'s on one of the days.
    fn ledger(self, entries: Range<usize>, (last, days): (Date, usize), now: Moment) -> String {
        let zeros = if self.postgres { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
        let rep = format!("(i / {days})");
        let products = PRODUCTS.iter().enumerate().map(|(n, code)| format!("WHEN {n} THEN '{code}'"));
        let products = products.collect::<Vec<_>>().join(" ");
        format!(
            "INSERT INTO ledger (book, number, document, day, region, branch, rep, product, measure, kind, count, \
             won, ape_won, arrived_ms, cause_seq, rules, chain, moment) SELECT {book}, i % {days} + 1, {document}, \
             {day}, 'QR' || {region}, 'QB' || {branch}, {code}, CASE (i + {rep}) % {types} {products} END, 1, 1, 1, \
             10000 + i % 90000, 120000, {arrived}, 1, 1, {zeros}, (SELECT moment FROM hub) FROM {numbers}",
            book = self.bytes(&self.padded(&rep, 16)),
            document = self.bytes(&self.padded("i", 16)),
            day = self.day((last, days)),
            region = self.padded(&format!("{rep} / {REPS_OF_A_REGION}"), 2),
            branch = self.padded(&format!("{rep} / {REPS_OF_A_BRANCH}"), 4),
            code = self.rep(&rep),
            types = PRODUCTS.len(),
            arrived = now.0,
            numbers = self.numbers(entries),
        )
    }
}

/// Writes entries, accounts and devices as a hub would have, without the documents behind them: half of the reps
/// are complete.
async fn fill(folder: &Path, database: Option<&str>, days: (Date, usize), now: Moment) -> Result<()> {
    let dialect = Dialect { postgres: database.is_some() };
    let no = if dialect.postgres { "FALSE" } else { "0" };
    let (rep, reps, now_ms) = (dialect.rep("i"), dialect.numbers(0..REPS), now.0);
    let id = dialect.bytes(&dialect.padded("i", 16));
    let mut statements = vec![
        "UPDATE hub SET moment = moment + 1".to_owned(),
        format!("INSERT INTO moments (moment, at_ms) SELECT moment, {now_ms} FROM hub"),
    ];
    let all = REPS * days.1;
    for begin in (0..all).step_by(AT_ONCE) {
        statements.push(dialect.ledger(begin..all.min(begin + AT_ONCE), days, now));
        if !dialect.postgres {
            statements.push("PRAGMA wal_checkpoint(TRUNCATE)".to_owned());
        }
    }
    statements.extend([
        format!(
            "INSERT INTO accounts (name, role, unit, password_hash, disabled) SELECT {rep}, 'rep', {rep}, '', {no} \
             FROM {reps}"
        ),
        format!(
            "INSERT INTO devices (id, account, name, registered_ms, last_seen_ms, revoked, complete_ms) SELECT {id}, \
             {rep}, 'phone', {now_ms}, {now_ms}, {no}, CASE WHEN i % 2 = 0 THEN {now_ms} END FROM {reps}"
        ),
    ]);
    execute(folder, database, statements).await
}
