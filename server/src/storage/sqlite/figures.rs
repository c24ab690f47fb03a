//! The ledger and the cells: folding and asking.

use document_model::BookId;
use document_model::sales::Sums;
use futures::FutureExt;
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::fault::{Fault, Outcome};
use super::script::Script;
use crate::organisation::{Level, NATION};
use crate::storage::codec::{self, cell_columns, ledger_columns, part_column, stored_level};
use crate::storage::columns::{Columns, bounded};
use crate::storage::{
    CellKey, FigureAnswer, FigureQuery, FigureStorage, Folded, LedgerEntry, SplitBy, Stored,
};

/// The pending entries, in the order they are folded.
macro_rules! pending {
    () => {
        "FROM ledger INDEXED BY ledger_pending WHERE moment IS NULL"
    };
}

/// What one entry adds to the sums.
macro_rules! entry_sums {
    () => {
        "iif(measure = 1, count, 0) AS sold, iif(measure = 2, -count, 0) AS withdrawn, \
         iif(measure = 1, won, 0) AS premium_gross_won, iif(measure = 2, -won, 0) AS premium_withdrawn_won"
    };
}

/// Each sum over a group of rows.
macro_rules! total_sums {
    () => {
        "sum(sold) AS sold, sum(withdrawn) AS withdrawn, sum(premium_gross_won) AS premium_gross_won, \
         sum(premium_withdrawn_won) AS premium_withdrawn_won"
    };
}

impl FigureStorage for SqliteStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.answer(query).await.map_err(Fault::while_reading)?)
    }

    async fn fold(&self, max: usize) -> Stored<Folded> {
        self.write(move |connection| fold(connection, bounded(max)).boxed()).await
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
        moment.statement("SELECT moment FROM hub");
        let moment = Columns::only(&moment.fetch(&mut snapshot).await?)?.number()?;
        let found = question(query).fetch(&mut snapshot).await?;
        let rows = found.iter().map(|row| codec::figure(row, query.by)).collect::<Stored<_>>()?;
        Ok(FigureAnswer { moment, rows })
    }
}

/// The statement that answers a query: sums of cells, and of pending entries as the cells they will go
/// into.
fn question(query: &FigureQuery) -> Script {
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    let only = under.map_or(String::new(), |(level, _)| format!(" AND {} = ?", level.as_str()));
    let sql = format!(
        concat!(
            "SELECT unit, part, ",
            total_sums!(),
            " FROM ({cells} UNION ALL {entries}) GROUP BY unit, part \
             HAVING sum(sold) <> 0 OR sum(withdrawn) <> 0 \
                 OR sum(premium_gross_won) <> 0 OR sum(premium_withdrawn_won) <> 0 \
             ORDER BY unit, part"
        ),
        cells = of_cells(query, &only),
        entries = of_entries(query, &only),
    );
    let mut script = Script::default();
    script.statement(&sql).bind(stored_level(query.level));
    for _cells_then_entries in 0..2 {
        if let Some((_, code)) = under {
            script.bind(code.as_str());
        }
        script.bind(query.from.to_string()).bind(query.to.to_string());
    }
    script
}

/// Seeks the days unit by unit and sums in the order of the cells' key, so that only sums are sorted.
fn of_cells(query: &FigureQuery, only: &str) -> String {
    let (unit, part) = (unit(query.level), part_column(query.by));
    let each = if query.by == SplitBy::Unit { String::new() } else { format!(", {part}") };
    format!(
        concat!(
            "SELECT {unit} AS unit, {part} AS part, ",
            total_sums!(),
            " FROM cell_units CROSS JOIN cells USING (level, region, branch, rep) \
             WHERE level = ?{only} AND day BETWEEN ? AND ? GROUP BY region, branch, rep{each}"
        ),
        unit = unit,
        part = part,
        only = only,
        each = each,
    )
}

fn of_entries(query: &FigureQuery, only: &str) -> String {
    // A code below the row's level is empty in cells, so it is left out of entries too.
    let code = |level: Level| if query.level >= level { level.as_str() } else { "''" };
    format!(
        concat!(
            "SELECT {unit}, {part}, sold, withdrawn, premium_gross_won, premium_withdrawn_won \
             FROM (SELECT {region} AS region, {branch} AS branch, {rep} AS rep, day, product, ",
            entry_sums!(),
            " ",
            pending!(),
            ") WHERE TRUE{only} AND day BETWEEN ? AND ?"
        ),
        unit = unit(query.level),
        part = part_column(query.by),
        region = code(Level::Region),
        branch = code(Level::Branch),
        rep = code(Level::Rep),
        only = only,
    )
}

/// What names the unit of a row.
fn unit(level: Level) -> String {
    match level {
        Level::Nation => format!("'{NATION}'"),
        below => below.as_str().to_owned(),
    }
}

/// Adds up to `max` pending entries to the cells of all four levels and gives them the next moment.
async fn fold(connection: &mut SqliteConnection, max: i64) -> Outcome<Folded> {
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
    script.statement(ADD_TO_CELLS).bind(max).statement(ADD_UNITS).bind(max);
    script.statement(MARK_FOLDED).bind(moment.cast_signed()).bind(max);
    script.statement("UPDATE hub SET moment = ?").bind(moment.cast_signed());
    script.run(connection).await?;
    Ok(Folded { entries, moment })
}

/// The entries one fold takes, once per level, with the level's number and its codes: the same keys as
/// [`CellKey::of_entry`].
macro_rules! taken {
    () => {
        concat!(
            "FROM (SELECT column1 AS level, iif(column1 >= 1, region, '') AS region, \
                iif(column1 >= 2, branch, '') AS branch, iif(column1 >= 3, rep, '') AS rep, day, product, \
                sold, withdrawn, premium_gross_won, premium_withdrawn_won \
             FROM (SELECT region, branch, rep, day, product, ",
            entry_sums!(),
            " ",
            pending!(),
            " ORDER BY arrived_ms, book, number LIMIT ?) CROSS JOIN (VALUES (0), (1), (2), (3)))"
        )
    };
}

const ADD_TO_CELLS: &str = concat!(
    "INSERT INTO cells (level, region, branch, rep, day, product, \
        sold, withdrawn, premium_gross_won, premium_withdrawn_won) \
     SELECT level, region, branch, rep, day, product, ",
    total_sums!(),
    " ",
    taken!(),
    " GROUP BY level, region, branch, rep, day, product \
     ON CONFLICT (level, region, branch, rep, day, product) DO UPDATE SET sold = sold + excluded.sold, \
        withdrawn = withdrawn + excluded.withdrawn, \
        premium_gross_won = premium_gross_won + excluded.premium_gross_won, \
        premium_withdrawn_won = premium_withdrawn_won + excluded.premium_withdrawn_won"
);

const ADD_UNITS: &str = concat!(
    "INSERT INTO cell_units (level, region, branch, rep) SELECT DISTINCT level, region, branch, rep ",
    taken!(),
    " WHERE TRUE ON CONFLICT (level, region, branch, rep) DO NOTHING"
);

const MARK_FOLDED: &str = concat!(
    "UPDATE ledger SET moment = ? WHERE (book, number) IN (SELECT book, number ",
    pending!(),
    " ORDER BY arrived_ms, book, number LIMIT ?)"
);
