//! The ledger and the cells: folding and asking.

use std::sync::LazyLock;

use document_model::sales::Sums;
use document_model::{BookId, Date, UnitCode};
use futures::FutureExt;
use sqlx::SqliteConnection;

use super::fault::{Fault, Outcome};
use super::script::Script;
use super::{SqliteStorage, blocks, closings};
use crate::organisation::{Level, NATION};
use crate::storage::blocks::{Source, sources};
use crate::storage::codec::{
    self, BLOCKS_STAND, added_sums, block_columns, blocks_of, cell_columns, entry_sums, ledger_columns,
    negative_sums, part_column, signed_sums, stored_level, sum_columns, total_sums,
};
use crate::storage::columns::{Columns, bounded};
use crate::storage::{
    CellKey, Closing, ClosingOrder, ClosingOutcome, EndOutcome, EntryQuery, Exception, ExceptionEnd,
    ExceptionOrder, ExceptionOutcome, FigureAnswer, FigureQuery, FigureRow, FigureStorage, FinalOutcome,
    Folded, LedgerEntry, Rebuilt, SplitBy, Stored, View,
};

/// The pending entries, in the order they are folded.
macro_rules! pending {
    () => {
        "FROM ledger INDEXED BY ledger_pending WHERE moment IS NULL"
    };
}

impl FigureStorage for SqliteStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.answer(query).await.map_err(Fault::while_reading)?)
    }

    async fn fold(&self, max: usize, at_ms: i64) -> Stored<Folded> {
        self.write(move |connection| fold(connection, bounded(max), at_ms).boxed()).await
    }

    async fn moment_at(&self, at_ms: i64) -> Stored<u64> {
        Columns::only(&self.read(moment_at(at_ms)).await?)?.number()
    }

    async fn entries(&self, query: &EntryQuery, max: usize) -> Stored<Vec<LedgerEntry>> {
        codec::all(&self.read(entries(query, bounded(max))).await?, codec::ledger_entry)
    }

    async fn close(&self, order: ClosingOrder) -> Stored<ClosingOutcome> {
        self.write(move |connection| closings::close(connection, order).boxed()).await
    }

    async fn finalise(&self, day: Date, units: Vec<UnitCode>) -> Stored<FinalOutcome> {
        self.write(move |connection| closings::finalise(connection, day, units).boxed()).await
    }

    async fn open_exception(&self, order: ExceptionOrder) -> Stored<ExceptionOutcome> {
        self.write(move |connection| closings::open_exception(connection, order).boxed()).await
    }

    async fn end_exception(&self, end: ExceptionEnd) -> Stored<EndOutcome> {
        self.write(move |connection| closings::end_exception(connection, end).boxed()).await
    }

    async fn exceptions(&self, only_open: bool, max: usize) -> Stored<Vec<Exception>> {
        codec::all(&self.read(closings::exceptions(only_open, bounded(max))).await?, codec::exception)
    }

    async fn rebuild_cells(&self) -> Stored<Rebuilt> {
        self.write(move |connection| rebuild_cells(connection).boxed()).await
    }

    async fn fill_blocks(&self) -> Stored<bool> {
        self.filled_blocks().await
    }

    async fn wrong_blocks(&self) -> Stored<Option<u64>> {
        self.differing_blocks().await
    }

    async fn closings(&self, from: Date, to: Date) -> Stored<Vec<Closing>> {
        codec::all(&self.read(closings::closings(from, to)).await?, codec::closing)
    }

    async fn ledger(&self, book: BookId, after: u64, max: usize) -> Stored<Vec<LedgerEntry>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            ledger_columns!(),
            " FROM ledger WHERE book = ? AND number > ? ORDER BY number LIMIT ?"
        );
        script.statement(sql).bind(book.as_bytes()).bind(bounded(after)).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::ledger_entry)
    }

    async fn cells(&self) -> Stored<Vec<(CellKey, Sums)>> {
        let mut script = Script::default();
        script.statement(concat!(
            "SELECT ",
            cell_columns!(),
            " FROM cells ORDER BY level, region, branch, rep, day, product"
        ));
        codec::all(&self.read(script).await?, codec::cell)
    }
}

impl SqliteStorage {
    async fn answer(&self, query: &FigureQuery) -> Outcome<FigureAnswer> {
        let mut snapshot = self.snapshot().await?;
        let mut moment = Script::default();
        moment.statement(&format!("SELECT moment, {BLOCKS_STAND} FROM hub"));
        let state = moment.fetch(&mut snapshot).await?;
        let mut state = Columns::only(&state)?;
        let (moment, blocks_stand) = (state.number()?, state.flag()?);
        let found = question(query, &sources(query, blocks_stand)).fetch(&mut snapshot).await?;
        let rows: Vec<_> = found.iter().map(|row| codec::figure(row, query.by)).collect::<Stored<_>>()?;
        Ok(FigureAnswer { moment, rows: FigureRow::together(rows) })
    }
}

/// The statement that answers a query: sums of cells or blocks, and pending entries as the cells they will go
/// into, or, to take away, what came after the state that is asked for. The same unit may come several times.
///
/// Parameters: 1 the level, 2 and 3 the days, 4 the unit, 5 the moment, 6 where reps are placed, then the days of
/// each source.
fn question(query: &FigureQuery, sources: &[Source]) -> Script {
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    let only = under.map_or(String::new(), |(level, _)| format!(" AND {} = ?4", level.as_str()));
    let folded = of_sources(query, sources, &only);
    let others = match query.view {
        View::Now => {
            of_entries(query, &only, &entry_sums(), concat!(pending!(), " AND day BETWEEN ?2 AND ?3"))
        }
        View::AsOf(_) | View::Closed => of_entries(query, &only, &entry_sums(), &later(query)),
    };
    let sign = if query.view == View::Now { sum_columns!().to_owned() } else { negative_sums() };
    let totals = total_sums("");
    let others = format!("SELECT unit, part, {sign} FROM ({others})");
    let rows = format!("{folded} UNION ALL SELECT unit, part, {totals} FROM ({others}) GROUP BY unit, part");
    let sql = match &query.placed {
        None => rows,
        // Read once: every row looks for its rep in it.
        Some(_) => format!(
            "WITH placed (rep, at) AS MATERIALIZED (SELECT value ->> 0, value ->> 1 FROM json_each(?6)) \
             SELECT at, part, {totals} FROM ({rows}) JOIN placed ON rep = unit GROUP BY at, part"
        ),
    };
    let mut script = Script::default();
    script.statement(&sql).bind(stored_level(query.level));
    script.bind(query.from.to_string()).bind(query.to.to_string());
    script.bind(under.map_or("", |(_, code)| code.as_str()).to_owned());
    script.bind(if let View::AsOf(moment) = query.view { bounded(moment) } else { 0 });
    let placed = query.placed.iter().flat_map(|placed| placed.reps.iter());
    let placed: Vec<_> = placed.map(|(rep, at)| (rep.as_str(), at.as_str())).collect();
    script.bind(serde_json::to_string(&placed).expect("text always encodes"));
    for source in sources {
        script.bind(source.from.to_string()).bind(source.to.to_string());
    }
    script
}

/// The parameter that is the first day of the first source.
const FIRST_SOURCE: usize = 7;

/// Sums of the cells, and of the blocks, of all sources.
fn of_sources(query: &FigureQuery, sources: &[Source], only: &str) -> String {
    let numbered: Vec<_> = sources.iter().zip((FIRST_SOURCE..).step_by(2)).collect();
    let of_table = |table: &str, is_of_blocks: bool| {
        let own = numbered.iter().filter(|(source, _)| source.grain.is_some() == is_of_blocks);
        let asked = own.map(|(source, days)| {
            let grain = source.grain.map_or(0, |grain| grain as i64);
            let sign = if source.taken_away { -1 } else { 1 };
            format!("SELECT {grain} AS of_grain, ?{days} AS first, ?{} AS last, {sign} AS of_sign", days + 1)
        });
        let asked: Vec<_> = asked.collect();
        (!asked.is_empty()).then(|| of_rows(query, table, &asked.join(" UNION ALL "), only))
    };
    [of_table("cells", false), of_table("blocks", true)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" UNION ALL ")
}

/// Seeks the days unit by unit and sums in the order of the rows' key, so that nothing is sorted.
fn of_rows(query: &FigureQuery, table: &str, asked: &str, only: &str) -> String {
    let (unit, part) = (unit(query.level), part_column(query.by));
    let each = if query.by == SplitBy::Unit { String::new() } else { format!(", {part}") };
    let closed = if query.view == View::Closed { is_closed(query.level, "cells") } else { String::new() };
    let (totals, grain) = (signed_sums(""), if table == "blocks" { " AND grain = of_grain" } else { "" });
    format!(
        "SELECT {unit} AS unit, {part} AS part, {totals} FROM cell_units CROSS JOIN ({asked}) AS asked \
         CROSS JOIN {table} USING (level, region, branch, rep) \
         WHERE level = ?1{only}{grain} AND day BETWEEN first AND last{closed} GROUP BY region, branch, rep{each}"
    )
}

/// Entries of a source, as the cells they go into.
fn of_entries(query: &FigureQuery, only: &str, sums: &str, source: &str) -> String {
    // A code below the row's level is empty in cells, so it is left out of entries too.
    let code = |level: Level| if query.level >= level { level.as_str() } else { "''" };
    let (region, branch, rep) = (code(Level::Region), code(Level::Branch), code(Level::Rep));
    let (unit, part) = (unit(query.level), part_column(query.by));
    format!(
        "SELECT {unit} AS unit, {part} AS part, {} FROM (SELECT {region} AS region, {branch} AS branch, \
         {rep} AS rep, day, product, {sums} {source}) WHERE TRUE{only}",
        sum_columns!()
    )
}

/// Folded entries that came after the state that is asked for: each day is looked at from the moment on.
fn later(query: &FigureQuery) -> String {
    if query.view != View::Closed {
        return "FROM (SELECT DISTINCT day AS on_day FROM cells WHERE level = 0 AND region = '' AND branch = '' \
                AND rep = '' AND day BETWEEN ?2 AND ?3) CROSS JOIN ledger INDEXED BY ledger_by_day \
                ON day = on_day AND moment > ?5"
            .to_owned();
    }
    let (closed, held) = (is_closed(query.level, "ledger"), held(query.level));
    format!(
        "FROM (SELECT day AS on_day, min(moment) AS least FROM closings \
             WHERE day BETWEEN ?2 AND ?3 AND level = 2 AND stamp = 1 GROUP BY day) \
         CROSS JOIN ledger INDEXED BY ledger_by_day ON day = on_day AND moment > least \
         WHERE NOT EXISTS ({held}){closed}"
    )
}

/// The stamps that hold an entry: those of its branch that are part of a stamp of the unit of its row.
fn held(level: Level) -> String {
    let above = match level {
        Level::Nation => {
            "AND EXISTS (SELECT 1 FROM closings AS over WHERE over.day = one.day AND over.unit = one.above \
             AND over.stamp = one.above_stamp AND over.above_stamp > 0)"
        }
        Level::Region => "AND one.above = ledger.region AND one.above_stamp > 0",
        Level::Branch | Level::Rep => "",
    };
    format!(
        "SELECT 1 FROM closings AS one WHERE one.day = ledger.day AND one.unit = ledger.branch \
         AND one.rep IN ('', ledger.rep) AND one.moment >= ledger.moment {above}"
    )
}

/// That the unit of a row is closed on its day; a rep is closed with the branch.
fn is_closed(level: Level, table: &str) -> String {
    let unit = unit(level.min(Level::Branch));
    let unit = if level == Level::Nation { unit } else { format!("{table}.{unit}") };
    format!(
        " AND EXISTS (SELECT 1 FROM closings AS one WHERE one.day = {table}.day AND one.unit = {unit} \
         AND one.stamp = 1)"
    )
}

pub(super) fn moment_at(at_ms: i64) -> Script {
    let mut script = Script::default();
    script.statement("SELECT coalesce(max(moment), 0) FROM moments WHERE at_ms <= ?").bind(at_ms);
    script
}

/// Ledger entries, those that are folded first.
pub(super) fn entries(query: &EntryQuery, max: i64) -> Script {
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    let only = under.map_or(String::new(), |(level, _)| format!(" AND {} = ?3", level.as_str()));
    let mut script = Script::default();
    script.statement(&format!(
        concat!(
            "SELECT ",
            ledger_columns!(),
            " FROM ledger WHERE day BETWEEN ?1 AND ?2{} AND (moment > ?4 OR moment IS NULL) \
             ORDER BY moment IS NULL, moment, book, number LIMIT ?5"
        ),
        only
    ));
    script.bind(query.from.to_string()).bind(query.to.to_string());
    script.bind(under.map_or("", |(_, code)| code.as_str()).to_owned());
    script.bind(bounded(query.after)).bind(max);
    script
}

/// What names the unit of a row.
fn unit(level: Level) -> String {
    match level {
        Level::Nation => format!("'{NATION}'"),
        below => below.as_str().to_owned(),
    }
}

/// Adds up to `max` pending entries to the cells of all four levels and gives them the next moment.
pub(super) async fn fold(connection: &mut SqliteConnection, max: i64, at_ms: i64) -> Outcome<Folded> {
    let mut look = Script::default();
    let sql = concat!("SELECT moment, (SELECT count(*) FROM (SELECT 1 ", pending!(), " LIMIT ?)) FROM hub");
    look.statement(sql).bind(max);
    let found = look.fetch(connection).await?;
    let mut columns = Columns::only(&found)?;
    let (moment, entries) = (columns.number()?, columns.small()?);
    if entries == 0 {
        return Ok(Folded { entries, moment });
    }
    let moment = moment + 1;
    let mut script = Script::default();
    script.statement(&ADD_TO_CELLS).bind(max).statement(&ADD_UNITS).bind(max);
    script.statement(&ADD_TO_BLOCKS).bind(max);
    script.statement(MARK_FOLDED).bind(moment.cast_signed()).bind(max);
    script.statement(
        "UPDATE hub SET moment = moment + 1, blocks_moment = blocks_moment + (blocks_moment = moment)",
    );
    script.statement(
        "INSERT INTO moments (moment, at_ms) SELECT ?, max(?, coalesce((SELECT max(at_ms) FROM moments), 0))",
    );
    script.bind(moment.cast_signed()).bind(at_ms);
    script.run(connection).await?;
    Ok(Folded { entries, moment })
}

async fn rebuild_cells(connection: &mut SqliteConnection) -> Outcome<Rebuilt> {
    let mut script = Script::default();
    script.statement("CREATE TEMP TABLE rebuilt AS SELECT * FROM cells WHERE FALSE");
    for statement in codec::rebuild("") {
        script.statement(&statement);
    }
    script.run(connection).await?;
    let mut compare = Script::default();
    compare.statement(&codec::compare_cells());
    let found = compare.fetch(connection).await?;
    let mut columns = Columns::only(&found)?;
    let rebuilt = Rebuilt { cells: columns.number()?, differing: columns.number()? };
    let mut script = Script::default();
    for statement in codec::REPLACE_CELLS {
        script.statement(statement);
    }
    script.statement("DROP TABLE rebuilt");
    script.run(connection).await?;
    blocks::rebuild(connection).await?;
    Ok(rebuilt)
}

/// The entries one fold takes, once per level, with the level's number and its codes: the same keys as
/// [`CellKey::of_entry`].
fn taken() -> String {
    format!(
        concat!(
            "FROM (SELECT column1 AS level, iif(column1 >= 1, region, '') AS region, \
                iif(column1 >= 2, branch, '') AS branch, iif(column1 >= 3, rep, '') AS rep, day, product, ",
            sum_columns!(),
            " FROM (SELECT region, branch, rep, day, product, {} ",
            pending!(),
            " ORDER BY arrived_ms, book, number LIMIT ?) CROSS JOIN (VALUES (0), (1), (2), (3)))"
        ),
        entry_sums()
    )
}

/// What they add to each cell.
fn added() -> String {
    format!(
        "SELECT level, region, branch, rep, day, product, {} {} GROUP BY level, region, branch, rep, day, product",
        total_sums(""),
        taken()
    )
}

static ADD_TO_CELLS: LazyLock<String> = LazyLock::new(|| {
    format!(
        concat!(
            "INSERT INTO cells (",
            cell_columns!(),
            ") {} ON CONFLICT (level, region, branch, rep, day, product) DO UPDATE SET {}"
        ),
        added(),
        added_sums("")
    )
});

static ADD_TO_BLOCKS: LazyLock<String> = LazyLock::new(|| {
    format!(
        concat!(
            "INSERT INTO blocks (",
            block_columns!(),
            ") {} ON CONFLICT (level, region, branch, rep, grain, day, product) DO UPDATE SET {}"
        ),
        blocks_of(&added(), blocks::DIALECT),
        added_sums("")
    )
});

static ADD_UNITS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO cell_units (level, region, branch, rep) SELECT DISTINCT level, region, branch, rep {} \
         WHERE TRUE ON CONFLICT (level, region, branch, rep) DO NOTHING",
        taken()
    )
});

const MARK_FOLDED: &str = concat!(
    "UPDATE ledger SET moment = ? WHERE (book, number) IN (SELECT book, number ",
    pending!(),
    " ORDER BY arrived_ms, book, number LIMIT ?)"
);
