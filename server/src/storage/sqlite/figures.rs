//! The ledger and the cells: folding and asking.

use document_model::sales::Sums;
use document_model::BookId;
use futures::FutureExt;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::SqliteStorage;
use super::columns::{Columns, bounded};
use super::fault::Outcome;
use super::rows::{self, ledger_columns};
use super::script::Script;
use crate::organisation::{Level, NATION};
use crate::storage::{
    CellKey, FigureAnswer, FigureQuery, FigureRow, FigureStorage, Folded, LedgerEntry, SplitBy, Stored,
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
        "sum(sold), sum(withdrawn), sum(premium_gross_won), sum(premium_withdrawn_won)"
    };
}

impl FigureStorage for SqliteStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.answer(query).await?)
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
        Ok(self.read(script).await?.iter().map(rows::ledger_entry).collect::<Outcome<_>>()?)
    }

    async fn cells(&self) -> Stored<Vec<(CellKey, Sums)>> {
        let mut script = Script::default();
        script.statement(
            "SELECT level, region, branch, rep, day, product, \
                sold, withdrawn, premium_gross_won, premium_withdrawn_won \
             FROM cells ORDER BY level, region, branch, rep, day, product",
        );
        Ok(self.read(script).await?.iter().map(cell).collect::<Outcome<_>>()?)
    }
}

impl SqliteStorage {
    async fn answer(&self, query: &FigureQuery) -> Outcome<FigureAnswer> {
        let mut snapshot = self.snapshot().await?;
        let mut moment = Script::default();
        moment.statement("SELECT moment FROM hub");
        let moment = moment.fetch(&mut snapshot).await?;
        let moment = moment.first().map_or(Ok(0), |row| Columns::of(row).number())?;
        let found = question(query).fetch(&mut snapshot).await?;
        let rows = found.iter().map(|row| figure(row, query.by)).collect::<Outcome<_>>()?;
        Ok(FigureAnswer { moment, rows })
    }
}

/// The statement that answers a query: cells of its level, and pending entries as cells they will go
/// into.
fn question(query: &FigureQuery) -> Script {
    let unit = match query.level {
        Level::Nation => format!("'{NATION}'"),
        below => below.as_str().to_owned(),
    };
    let part = match query.by {
        SplitBy::Unit => "''",
        SplitBy::Product => "product",
        SplitBy::Day => "day",
    };
    // A code below the row's level is empty in cells, so it is left out of entries too.
    let code = |level: Level| if query.level >= level { level.as_str() } else { "''" };
    let (region, branch, rep) = (code(Level::Region), code(Level::Branch), code(Level::Rep));
    let under = query.under.as_ref().filter(|(level, _)| *level != Level::Nation);
    let only = under.map_or(String::new(), |(level, _)| format!(" AND {} = ?", level.as_str()));
    let sql = format!(
        concat!(
            "SELECT unit, part, ",
            total_sums!(),
            " FROM (SELECT {unit} AS unit, {part} AS part, sold, withdrawn, premium_gross_won, \
                   premium_withdrawn_won FROM cells WHERE level = ? AND day BETWEEN ? AND ?{only} \
               UNION ALL SELECT {unit}, {part}, sold, withdrawn, premium_gross_won, premium_withdrawn_won \
                   FROM (SELECT {region} AS region, {branch} AS branch, {rep} AS rep, day, product, ",
            entry_sums!(),
            " ",
            pending!(),
            ") WHERE day BETWEEN ? AND ?{only}) \
             GROUP BY unit, part \
             HAVING sum(sold) <> 0 OR sum(withdrawn) <> 0 OR sum(premium_gross_won) <> 0 \
                 OR sum(premium_withdrawn_won) <> 0 \
             ORDER BY unit, part"
        ),
        unit = unit,
        part = part,
        only = only,
        region = region,
        branch = branch,
        rep = rep,
    );
    let mut script = Script::default();
    script.statement(&sql).bind(stored_level(query.level));
    for _cells_then_entries in 0..2 {
        script.bind(query.from.to_string()).bind(query.to.to_string());
        if let Some((_, code)) = under {
            script.bind(code.as_str());
        }
    }
    script
}

fn figure(row: &SqliteRow, by: SplitBy) -> Outcome<FigureRow> {
    let mut columns = Columns::of(row);
    let unit = columns.unit()?;
    let (mut product, mut day) = (None, None);
    match by {
        SplitBy::Unit => _ = columns.skip(),
        SplitBy::Product => product = Some(columns.product()?),
        SplitBy::Day => day = Some(columns.day()?),
    }
    Ok(FigureRow { unit, product, day, sums: sums(&mut columns)? })
}

/// Adds up to `max` pending entries to the cells of all four levels and gives them the next moment.
async fn fold(connection: &mut SqliteConnection, max: i64) -> Outcome<Folded> {
    let mut look = Script::default();
    let sql = concat!("SELECT moment, (SELECT count(*) FROM (SELECT 1 ", pending!(), " LIMIT ?)) FROM hub");
    look.statement(sql).bind(max);
    let found = look.fetch(connection).await?;
    let Some(row) = found.first() else { return Ok(Folded { entries: 0, moment: 0 }) };
    let mut columns = Columns::of(row);
    let (moment, entries) = (columns.number()?, columns.small()?);
    if entries == 0 {
        return Ok(Folded { entries, moment });
    }
    let mut script = Script::default();
    script.statement(ADD_TO_CELLS).bind(max);
    let mark = concat!(
        "UPDATE ledger SET moment = ? WHERE (book, number) IN (SELECT book, number ",
        pending!(),
        " ORDER BY arrived_ms, book, number LIMIT ?)"
    );
    script.statement(mark).bind((moment + 1).cast_signed()).bind(max);
    script.statement("UPDATE hub SET moment = ?").bind((moment + 1).cast_signed());
    script.run(connection).await?;
    Ok(Folded { entries, moment: moment + 1 })
}

/// The same keys as [`CellKey::of_entry`].
const ADD_TO_CELLS: &str = concat!(
    "INSERT INTO cells (level, region, branch, rep, day, product, \
        sold, withdrawn, premium_gross_won, premium_withdrawn_won) \
     SELECT column1 AS level, iif(column1 >= 1, region, ''), iif(column1 >= 2, branch, ''), \
        iif(column1 >= 3, rep, ''), day, product, ",
    total_sums!(),
    " FROM (SELECT region, branch, rep, day, product, ",
    entry_sums!(),
    " ",
    pending!(),
    " ORDER BY arrived_ms, book, number LIMIT ?) CROSS JOIN (VALUES (0), (1), (2), (3)) \
     GROUP BY 1, 2, 3, 4, 5, 6 \
     ON CONFLICT (level, region, branch, rep, day, product) DO UPDATE SET sold = sold + excluded.sold, \
        withdrawn = withdrawn + excluded.withdrawn, \
        premium_gross_won = premium_gross_won + excluded.premium_gross_won, \
        premium_withdrawn_won = premium_withdrawn_won + excluded.premium_withdrawn_won"
);

fn cell(row: &SqliteRow) -> Outcome<(CellKey, Sums)> {
    let mut columns = Columns::of(row);
    let level: usize = columns.small()?;
    let level = *Level::ALL.get(level).ok_or_else(|| columns.damaged("an unknown level"))?;
    let key = CellKey {
        level,
        region: columns.take()?,
        branch: columns.take()?,
        rep: columns.take()?,
        day: columns.day()?,
        product: columns.product()?,
    };
    Ok((key, sums(&mut columns)?))
}

fn sums(columns: &mut Columns<'_>) -> Outcome<Sums> {
    Ok(Sums {
        sold: columns.take()?,
        withdrawn: columns.take()?,
        premium_gross_won: columns.take()?,
        premium_withdrawn_won: columns.take()?,
    })
}

/// A level as it is stored: its place among all, widest first.
fn stored_level(level: Level) -> i64 {
    level as i64
}
