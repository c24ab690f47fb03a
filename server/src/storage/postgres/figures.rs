//! The ledger and the cells: folding and asking.

use std::sync::LazyLock;

use document_model::sales::Sums;
use document_model::{BookId, Date, UnitCode};
use futures::FutureExt;
use sqlx::PgConnection;

use super::fault::Outcome;
use super::script::Query;
use super::writer::Begin;
use super::{PostgresStorage, blocks, closings};
use crate::organisation::{Level, NATION};
use crate::storage::blocks::{Source, sources};
use crate::storage::codec::{
    self, BLOCKS_STAND, added_sums, block_columns, blocks_of, cell_columns, entry_sums, ledger_columns,
    negative_sums, part_column, signed_sums, stored_level, sum_columns, total_sums,
};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::{
    CellKey, Closing, ClosingOrder, ClosingOutcome, EndOutcome, EntryQuery, Exception, ExceptionEnd,
    ExceptionOrder, ExceptionOutcome, FigureAnswer, FigureQuery, FigureRow, FigureStorage, FinalOutcome,
    Folded, LedgerEntry, Rebuilt, SplitBy, Stored, View,
};

/// Waits until no other folder is at work, and keeps others waiting until the end of the transaction.
pub(super) const ALONE: &str = "SELECT pg_advisory_xact_lock(17986, 3)";

/// The sum of whole numbers is of a wider type: back to theirs, or an error.
pub(super) const WHOLE: &str = "::bigint";

/// Memory for sums of everything there is, in this transaction: the usual few megabytes would go over the disk.
pub(super) const ROOM_TO_SORT: &str = "SET LOCAL work_mem = '256MB'";

impl FigureStorage for PostgresStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.snapshot("figures", query, |connection, query| answer(connection, query).boxed()).await?)
    }

    async fn fold(&self, max: usize, at_ms: i64) -> Stored<Folded> {
        let given = (bounded(max), at_ms);
        self.writer
            .write("fold", Begin::Write, given, |connection, (max, at_ms)| {
                fold_if_elected(connection, *max, *at_ms).boxed()
            })
            .await
    }

    async fn moment_at(&self, at_ms: i64) -> Stored<u64> {
        Columns::only(&self.read(moment_at(at_ms)).await?)?.number()
    }

    async fn entries(&self, query: &EntryQuery, max: usize) -> Stored<Vec<LedgerEntry>> {
        codec::all(&self.read(entries(query, bounded(max))).await?, codec::ledger_entry)
    }

    async fn close(&self, order: ClosingOrder) -> Stored<ClosingOutcome> {
        self.writer
            .write("close", Begin::Judged, order, |connection, order| {
                closings::close(connection, order).boxed()
            })
            .await
    }

    async fn finalise(&self, day: Date, units: Vec<UnitCode>) -> Stored<FinalOutcome> {
        self.writer
            .write("finalise", Begin::Write, (day, units), |connection, (day, units)| {
                closings::finalise(connection, *day, units).boxed()
            })
            .await
    }

    async fn open_exception(&self, order: ExceptionOrder) -> Stored<ExceptionOutcome> {
        self.writer
            .write("open exception", Begin::Write, order, |connection, order| {
                closings::open_exception(connection, order).boxed()
            })
            .await
    }

    async fn end_exception(&self, end: ExceptionEnd) -> Stored<EndOutcome> {
        self.writer
            .write("end exception", Begin::Judged, end, |connection, end| {
                closings::end_exception(connection, end).boxed()
            })
            .await
    }

    async fn exceptions(&self, only_open: bool, max: usize) -> Stored<Vec<Exception>> {
        codec::all(&self.read(closings::exceptions(only_open, bounded(max))).await?, codec::exception)
    }

    async fn rebuild_cells(&self) -> Stored<Rebuilt> {
        self.writer
            .write("rebuild cells", Begin::Whole, (), |connection, ()| rebuild_cells(connection).boxed())
            .await
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
        let mut query = Query::of(concat!(
            "SELECT ",
            ledger_columns!(),
            " FROM ledger WHERE book = $1 AND number > $2 ORDER BY number LIMIT $3"
        ));
        query.bytes(book.as_bytes()).integer(bounded(after)).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::ledger_entry)
    }

    async fn cells(&self) -> Stored<Vec<(CellKey, Sums)>> {
        let query = Query::of(concat!(
            "SELECT ",
            cell_columns!(),
            " FROM cells ORDER BY level, region, branch, rep, day, product"
        ));
        codec::all(&self.read(query).await?, codec::cell)
    }
}

async fn answer(connection: &mut PgConnection, query: &FigureQuery) -> Outcome<FigureAnswer> {
    let state = Query::of_parts(format!("SELECT moment, {BLOCKS_STAND} FROM hub")).fetch(connection).await?;
    let mut state = Columns::only(&state)?;
    let (moment, blocks_stand) = (state.number()?, state.flag()?);
    let found = question(query, &sources(query, blocks_stand)).fetch(connection).await?;
    let rows: Vec<_> = found.iter().map(|row| codec::figure(row, query.by)).collect::<Stored<_>>()?;
    Ok(FigureAnswer { moment, rows: FigureRow::together(rows) })
}

/// The statement that answers a query: sums of cells or blocks, and pending entries as the cells they will go
/// into, or, to take away, what came after the state that is asked for. The same unit may come several times.
///
/// Parameters: 1 the level, 2 and 3 the days, 4 the unit, 5 the moment, 6 and 7 where reps are placed, then the days
/// of each source.
fn question(query: &FigureQuery, sources: &[Source]) -> Query {
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    // A parameter that is not used has no type of its own.
    let only = under
        .map_or(" AND $4::text IS NOT NULL".to_owned(), |(level, _)| format!(" AND {} = $4", level.as_str()));
    let folded = of_sources(query, sources, &only);
    let others = match query.view {
        View::Now => of_entries(query, &only, "FROM ledger WHERE moment IS NULL AND day BETWEEN $2 AND $3"),
        View::AsOf(_) | View::Closed => of_entries(query, &only, &later(query)),
    };
    let sign = if query.view == View::Now { sum_columns!().to_owned() } else { negative_sums() };
    let totals = total_sums(WHOLE);
    let others = format!("SELECT unit, part, {sign} FROM ({others}) AS others");
    let rows = format!(
        "{folded} UNION ALL SELECT unit, part, {totals} FROM ({others}) AS signed WHERE $5::bigint IS NOT NULL \
         AND $6::text[] IS NOT NULL AND $7::text[] IS NOT NULL GROUP BY unit, part"
    );
    let mut question = Query::of_parts(match &query.placed {
        None => rows,
        Some(_) => format!(
            "SELECT at, part, {totals} FROM ({rows}) AS all_sums \
             JOIN (SELECT rep{COLLATED} AS rep, at{COLLATED} AS at FROM unnest($6::text[], $7::text[]) \
             AS given (rep, at)) AS placed ON rep = unit GROUP BY at, part"
        ),
    });
    question.integer(stored_level(query.level)).day(query.from).day(query.to);
    question.text(under.map_or("", |(_, code)| code.as_str()));
    question.integer(if let View::AsOf(moment) = query.view { bounded(moment) } else { 0 });
    let placed = || query.placed.iter().flat_map(|placed| placed.reps.iter());
    question.texts(placed().map(|(rep, _)| rep.as_str())).texts(placed().map(|(_, at)| at.as_str()));
    for source in sources {
        question.day(source.from).day(source.to);
    }
    question
}

/// The parameter that is the first day of the first source.
const FIRST_SOURCE: usize = 8;

/// Sums of the cells, and of the blocks, of all sources.
fn of_sources(query: &FigureQuery, sources: &[Source], only: &str) -> String {
    let numbered: Vec<_> = sources.iter().zip((FIRST_SOURCE..).step_by(2)).collect();
    let of_table = |table: &str, is_of_blocks: bool| {
        let own = numbered.iter().filter(|(source, _)| source.grain.is_some() == is_of_blocks);
        let asked = own.map(|(source, days)| {
            let (grain, last) = (source.grain.map_or(0, |grain| grain as i64), days + 1);
            let sign = if source.taken_away { -1 } else { 1 };
            format!("({grain}::bigint, ${days}::text{COLLATED}, ${last}::text{COLLATED}, {sign}::bigint)")
        });
        let asked: Vec<_> = asked.collect();
        let of_all = is_of_blocks && is_of_all_units(query);
        (!asked.is_empty()).then(|| match (of_all, asked.join(", ")) {
            (true, asked) => of_all_units(query, &asked, only),
            (false, asked) => of_rows(query, table, &asked, only),
        })
    };
    [of_table("cells", false), of_table("blocks", true)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" UNION ALL ")
}

/// Seeks the days unit by unit: LATERAL says so, and OFFSET keeps the planner from making it a join of whole units.
fn of_rows(query: &FigureQuery, table: &str, asked: &str, only: &str) -> String {
    let part = part_column(query.by);
    let each = if query.by == SplitBy::Unit { String::new() } else { format!(", {part}") };
    let closed = if query.view == View::Closed { is_closed(query.level, "folded") } else { String::new() };
    let (unit, totals) = (unit(query.level), signed_sums(WHOLE));
    let grain = if table == "blocks" { " AND grain = of_grain" } else { "" };
    format!(
        "SELECT {unit} AS unit, {part}{COLLATED} AS part, {totals} \
         FROM cell_units CROSS JOIN (VALUES {asked}) AS asked (of_grain, first, last, of_sign) \
         CROSS JOIN LATERAL (SELECT day, product, {} \
             FROM {table} AS folded WHERE folded.level = cell_units.level AND folded.region = cell_units.region \
             AND folded.branch = cell_units.branch AND folded.rep = cell_units.rep{grain} \
             AND day BETWEEN first AND last{closed} OFFSET 0) AS found \
         WHERE level = $1{only} GROUP BY region, branch, rep{each}",
        sum_columns!()
    )
}

/// Whether rows are those of all units of a level whose blocks are also found by their days.
fn is_of_all_units(query: &FigureQuery) -> bool {
    query.level < Level::Rep && query.under.as_ref().is_none_or(|(level, _)| *level == Level::Nation)
}

/// Seeks the days once for all units. The level is part of the text: an index of some levels only is used where a plan
/// knows it.
fn of_all_units(query: &FigureQuery, asked: &str, only: &str) -> String {
    let part = part_column(query.by);
    let each = if query.by == SplitBy::Unit { String::new() } else { format!(", {part}") };
    let (unit, totals, level) = (unit(query.level), signed_sums(WHOLE), stored_level(query.level));
    format!(
        "SELECT {unit} AS unit, {part}{COLLATED} AS part, {totals} \
         FROM (VALUES {asked}) AS asked (of_grain, first, last, of_sign) \
         CROSS JOIN LATERAL (SELECT region, branch, rep, day, product, {} FROM blocks WHERE blocks.level = {level} \
             AND grain = of_grain AND day BETWEEN first AND last OFFSET 0) AS found \
         WHERE $1::bigint IS NOT NULL{only} GROUP BY region, branch, rep{each}",
        sum_columns!()
    )
}

/// Constant text compares as the columns do.
const COLLATED: &str = " COLLATE \"C\"";

/// Entries of a source, as the cells they go into.
fn of_entries(query: &FigureQuery, only: &str, source: &str) -> String {
    // A code below the row's level is empty in cells, so it is left out of entries too.
    let code = |level: Level| if query.level >= level { level.as_str() } else { "''" };
    let (region, branch, rep) = (code(Level::Region), code(Level::Branch), code(Level::Rep));
    let (unit, part, sums) = (unit(query.level), part_column(query.by), entry_sums());
    format!(
        "SELECT {unit} AS unit, {part}{COLLATED} AS part, {} FROM (SELECT {region} AS region, \
         {branch} AS branch, {rep} AS rep, day, product, {sums} {source}) AS entries WHERE TRUE{only}",
        sum_columns!()
    )
}

/// Folded entries that came after the state that is asked for: each day is looked at from the moment on.
fn later(query: &FigureQuery) -> String {
    if query.view != View::Closed {
        return "FROM (SELECT DISTINCT day AS on_day FROM cells WHERE level = 0 AND region = '' AND branch = '' \
                AND rep = '' AND day BETWEEN $2 AND $3) AS days CROSS JOIN LATERAL \
                (SELECT * FROM ledger WHERE day = on_day AND moment > $5) AS later"
            .to_owned();
    }
    let (closed, held) = (is_closed(query.level, "ledger"), held(query.level));
    format!(
        "FROM (SELECT day AS on_day, min(moment) AS least FROM closings \
             WHERE day BETWEEN $2 AND $3 AND level = 2 AND stamp = 1 GROUP BY day) AS days \
         CROSS JOIN LATERAL (SELECT * FROM ledger WHERE day = on_day AND moment > least \
             AND NOT EXISTS ({held}){closed}) AS later"
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

pub(super) fn moment_at(at_ms: i64) -> Query {
    let mut query = Query::of("SELECT coalesce(max(moment), 0) FROM moments WHERE at_ms <= $1");
    query.integer(at_ms);
    query
}

/// Ledger entries, those that are folded first.
pub(super) fn entries(query: &EntryQuery, max: i64) -> Query {
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    let only = under
        .map_or(" AND $3::text IS NOT NULL".to_owned(), |(level, _)| format!(" AND {} = $3", level.as_str()));
    let mut question = Query::of_parts(format!(
        concat!(
            "SELECT ",
            ledger_columns!(),
            " FROM ledger WHERE day BETWEEN $1 AND $2{} AND (moment > $4 OR moment IS NULL) \
             ORDER BY moment IS NULL, moment, book, number LIMIT $5"
        ),
        only
    ));
    question.day(query.from).day(query.to).text(under.map_or("", |(_, code)| code.as_str()));
    question.integer(bounded(query.after)).integer(max);
    question
}

/// What names the unit of a row.
fn unit(level: Level) -> String {
    match level {
        Level::Nation => format!("'{NATION}'{COLLATED}"),
        below => below.as_str().to_owned(),
    }
}

/// Adds up to `max` pending entries to the cells of all four levels and gives them the next moment. One
/// folder at a time: while another is at work, nothing is left to do.
///
/// What is taken is what is pending and committed, not what follows a number: an entry that commits late
/// is taken by the next fold.
async fn fold_if_elected(connection: &mut PgConnection, max: i64, at_ms: i64) -> Outcome<Folded> {
    let elected = Query::of("SELECT pg_try_advisory_xact_lock(17986, 3)").fetch(connection).await?;
    let max = if Columns::only(&elected)?.flag()? { max } else { 0 };
    fold(connection, max, at_ms).await
}

/// A statement of its own: it sees what the folder before has committed.
pub(super) async fn fold(connection: &mut PgConnection, max: i64, at_ms: i64) -> Outcome<Folded> {
    let mut query = Query::of(FOLD.as_str());
    query.integer(max).integer(at_ms);
    let found = query.fetch(connection).await?;
    let mut columns = Columns::only(&found)?;
    Ok(Folded { entries: columns.small()?, moment: columns.number()? })
}

/// No folder is at work meanwhile, here or at another hub.
async fn rebuild_cells(connection: &mut PgConnection) -> Outcome<Rebuilt> {
    Query::of(ALONE).fetch(connection).await?;
    Query::of(ROOM_TO_SORT).run(connection).await?;
    Query::of("CREATE TEMP TABLE rebuilt (LIKE cells) ON COMMIT DROP").run(connection).await?;
    for statement in codec::rebuild(WHOLE) {
        Query::of_parts(statement).run(connection).await?;
    }
    let found = Query::of_parts(codec::compare_cells()).fetch(connection).await?;
    let mut columns = Columns::only(&found)?;
    let rebuilt = Rebuilt { cells: columns.number()?, differing: columns.number()? };
    for statement in codec::REPLACE_CELLS {
        Query::of(statement).run(connection).await?;
    }
    blocks::rebuild(connection).await?;
    Ok(rebuilt)
}

/// Marks entries and adds what was marked, once per level, with the level's number and its codes: the
/// same keys as [`CellKey::of_entry`].
static FOLD: LazyLock<String> = LazyLock::new(|| {
    format!(
        concat!(
            "WITH pending AS (SELECT book, number FROM ledger WHERE moment IS NULL \
                ORDER BY arrived_ms, book, number LIMIT $1), \
             next AS (UPDATE hub SET moment = moment + 1, blocks_moment = blocks_moment + CASE WHEN blocks_moment = \
                moment THEN 1 ELSE 0 END WHERE EXISTS (SELECT 1 FROM pending) RETURNING moment), \
             told AS (INSERT INTO moments (moment, at_ms) SELECT moment, \
                greatest($2::bigint, (SELECT max(at_ms) FROM moments)) FROM next), \
             taken AS (UPDATE ledger SET moment = next.moment FROM next, pending \
                WHERE ledger.book = pending.book AND ledger.number = pending.number \
                RETURNING region, branch, rep, day, product, {entry}), \
             levels AS (SELECT level, CASE WHEN level >= 1 THEN region ELSE '' END AS region, \
                    CASE WHEN level >= 2 THEN branch ELSE '' END AS branch, \
                    CASE WHEN level >= 3 THEN rep ELSE '' END AS rep, day, product, ",
            sum_columns!(),
            " FROM taken CROSS JOIN (VALUES (0), (1), (2), (3)) AS every (level)), \
             added AS (SELECT level, region, branch, rep, day, product, {total} FROM levels \
                GROUP BY level, region, branch, rep, day, product), \
             summed AS (INSERT INTO cells AS cell (",
            cell_columns!(),
            ") SELECT * FROM added \
                ON CONFLICT (level, region, branch, rep, day, product) DO UPDATE SET {to_cells}), \
             blocked AS (INSERT INTO blocks AS block (",
            block_columns!(),
            ") {blocks} \
                ON CONFLICT (level, region, branch, rep, grain, day, product) DO UPDATE SET {to_blocks}), \
             units AS (INSERT INTO cell_units (level, region, branch, rep) \
                SELECT DISTINCT level, region, branch, rep FROM levels ON CONFLICT DO NOTHING) \
             SELECT (SELECT count(*) FROM taken), coalesce((SELECT moment FROM next), (SELECT moment FROM hub))"
        ),
        entry = entry_sums(),
        total = total_sums(WHOLE),
        to_cells = added_sums("cell."),
        blocks = blocks_of("SELECT * FROM added", blocks::DIALECT),
        to_blocks = added_sums("block."),
    )
});
