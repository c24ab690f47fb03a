//! The ledger and the cells: folding and asking.

use document_model::BookId;
use document_model::sales::Sums;
use futures::FutureExt;
use sqlx::PgConnection;

use super::PostgresStorage;
use super::fault::Outcome;
use super::script::Query;
use super::writer::Begin;
use crate::organisation::{Level, NATION};
use crate::storage::codec::{self, cell_columns, ledger_columns, part_column, stored_level};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::{
    CellKey, FigureAnswer, FigureQuery, FigureStorage, Folded, LedgerEntry, SplitBy, Stored,
};

/// What one entry adds to the sums.
macro_rules! entry_sums {
    () => {
        "CASE WHEN measure = 1 THEN count ELSE 0 END AS sold, \
         CASE WHEN measure = 2 THEN -count ELSE 0 END AS withdrawn, \
         CASE WHEN measure = 1 THEN won ELSE 0 END AS premium_gross_won, \
         CASE WHEN measure = 2 THEN -won ELSE 0 END AS premium_withdrawn_won"
    };
}

/// Each sum over a group of rows. The sum of whole numbers is of a wider type: back to theirs, or an
/// error.
macro_rules! total_sums {
    () => {
        "sum(sold)::bigint AS sold, sum(withdrawn)::bigint AS withdrawn, \
         sum(premium_gross_won)::bigint AS premium_gross_won, \
         sum(premium_withdrawn_won)::bigint AS premium_withdrawn_won"
    };
}

impl FigureStorage for PostgresStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.snapshot("figures", query, |connection, query| answer(connection, query).boxed()).await?)
    }

    async fn fold(&self, max: usize) -> Stored<Folded> {
        let max = bounded(max);
        self.writer.write("fold", Begin::Write, max, |connection, max| fold(connection, *max).boxed()).await
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
    let moment = Query::of("SELECT moment FROM hub").fetch(connection).await?;
    let moment = Columns::only(&moment)?.number()?;
    let found = question(query).fetch(connection).await?;
    let rows = found.iter().map(|row| codec::figure(row, query.by)).collect::<Stored<_>>()?;
    Ok(FigureAnswer { moment, rows })
}

/// The statement that answers a query: sums of cells, and of pending entries as the cells they will go
/// into.
fn question(query: &FigureQuery) -> Query {
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    let only = under.map_or(String::new(), |(level, _)| format!(" AND {} = $4", level.as_str()));
    let sql = format!(
        concat!(
            "SELECT unit, part, ",
            total_sums!(),
            " FROM ({cells} UNION ALL {entries}) AS all_sums GROUP BY unit, part \
             HAVING sum(sold) <> 0 OR sum(withdrawn) <> 0 \
                 OR sum(premium_gross_won) <> 0 OR sum(premium_withdrawn_won) <> 0 \
             ORDER BY unit, part"
        ),
        cells = of_cells(query, &only),
        entries = of_entries(query, &only),
    );
    let mut question = Query::of_parts(sql);
    question.integer(stored_level(query.level)).day(query.from).day(query.to);
    if let Some((_, code)) = under {
        question.text(code.as_str());
    }
    question
}

/// Seeks the days unit by unit: LATERAL keeps the order in which tables are looked at.
fn of_cells(query: &FigureQuery, only: &str) -> String {
    let part = part_column(query.by);
    let each = if query.by == SplitBy::Unit { String::new() } else { format!(", {part}") };
    format!(
        concat!(
            "SELECT {unit} AS unit, {part}{collated} AS part, ",
            total_sums!(),
            " FROM cell_units CROSS JOIN LATERAL (SELECT day, product, sold, withdrawn, premium_gross_won, \
                 premium_withdrawn_won FROM cells WHERE cells.level = cell_units.level \
                 AND cells.region = cell_units.region AND cells.branch = cell_units.branch \
                 AND cells.rep = cell_units.rep AND day BETWEEN $2 AND $3) AS found \
             WHERE level = $1{only} GROUP BY region, branch, rep{each}"
        ),
        unit = unit(query.level),
        part = part,
        collated = COLLATED,
        only = only,
        each = each,
    )
}

/// Constant text compares as the columns do.
const COLLATED: &str = " COLLATE \"C\"";

fn of_entries(query: &FigureQuery, only: &str) -> String {
    // A code below the row's level is empty in cells, so it is left out of entries too.
    let code = |level: Level| if query.level >= level { level.as_str() } else { "''" };
    format!(
        concat!(
            "SELECT {unit}, {part}{collated}, sold, withdrawn, premium_gross_won, premium_withdrawn_won \
             FROM (SELECT {region} AS region, {branch} AS branch, {rep} AS rep, day, product, ",
            entry_sums!(),
            " FROM ledger WHERE moment IS NULL) AS pending WHERE TRUE{only} AND day BETWEEN $2 AND $3"
        ),
        unit = unit(query.level),
        part = part_column(query.by),
        collated = COLLATED,
        region = code(Level::Region),
        branch = code(Level::Branch),
        rep = code(Level::Rep),
        only = only,
    )
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
async fn fold(connection: &mut PgConnection, max: i64) -> Outcome<Folded> {
    let elected = Query::of("SELECT pg_try_advisory_xact_lock(17986, 3)").fetch(connection).await?;
    let max = if Columns::only(&elected)?.flag()? { max } else { 0 };
    // A statement of its own: it sees what the folder before has committed.
    let mut query = Query::of(FOLD);
    query.integer(max);
    let found = query.fetch(connection).await?;
    let mut columns = Columns::only(&found)?;
    Ok(Folded { entries: columns.small()?, moment: columns.number()? })
}

/// Marks entries and adds what was marked, once per level, with the level's number and its codes: the
/// same keys as [`CellKey::of_entry`].
const FOLD: &str = concat!(
    "WITH pending AS (SELECT book, number FROM ledger WHERE moment IS NULL \
        ORDER BY arrived_ms, book, number LIMIT $1), \
     next AS (UPDATE hub SET moment = moment + 1 WHERE EXISTS (SELECT 1 FROM pending) RETURNING moment), \
     taken AS (UPDATE ledger SET moment = next.moment FROM next, pending \
        WHERE ledger.book = pending.book AND ledger.number = pending.number \
        RETURNING region, branch, rep, day, product, ",
    entry_sums!(),
    "), levels AS (SELECT level, CASE WHEN level >= 1 THEN region ELSE '' END AS region, \
            CASE WHEN level >= 2 THEN branch ELSE '' END AS branch, \
            CASE WHEN level >= 3 THEN rep ELSE '' END AS rep, day, product, \
            sold, withdrawn, premium_gross_won, premium_withdrawn_won \
        FROM taken CROSS JOIN (VALUES (0), (1), (2), (3)) AS every (level)), \
     summed AS (INSERT INTO cells AS cell (",
    cell_columns!(),
    ") SELECT level, region, branch, rep, day, product, ",
    total_sums!(),
    " FROM levels GROUP BY level, region, branch, rep, day, product \
        ON CONFLICT (level, region, branch, rep, day, product) DO UPDATE SET \
            sold = cell.sold + excluded.sold, withdrawn = cell.withdrawn + excluded.withdrawn, \
            premium_gross_won = cell.premium_gross_won + excluded.premium_gross_won, \
            premium_withdrawn_won = cell.premium_withdrawn_won + excluded.premium_withdrawn_won), \
     units AS (INSERT INTO cell_units (level, region, branch, rep) \
        SELECT DISTINCT level, region, branch, rep FROM levels ON CONFLICT DO NOTHING) \
     SELECT (SELECT count(*) FROM taken), coalesce((SELECT moment FROM next), (SELECT moment FROM hub))"
);
