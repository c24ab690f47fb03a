//! Ledger entries, cells and figures.

use document_model::sales::{LedgerKey, Measure, Posting, Sums, UnitPath};
use document_model::{BookId, DocumentId};
use sync_protocol::FeedChain;

use crate::organisation::Level;
use crate::storage::columns::{Columns, Fill, StoredRow};
use crate::storage::{CellKey, FigureRow, LedgerEntry, SplitBy, Stored};

macro_rules! ledger_columns {
    () => {
        "book, number, document, day, region, branch, rep, product, measure, count, won, arrived_ms, \
         cause_seq, rules, chain, moment"
    };
}

macro_rules! cell_columns {
    () => {
        "level, region, branch, rep, day, product, sold, withdrawn, premium_gross_won, premium_withdrawn_won"
    };
}

pub(in crate::storage) use {cell_columns, ledger_columns};

pub(in crate::storage) fn ledger_entry(row: &impl StoredRow) -> Stored<LedgerEntry> {
    let mut columns = Columns::of(row);
    Ok(LedgerEntry {
        book: BookId(columns.array()?),
        number: columns.number()?,
        document: DocumentId(columns.array()?),
        posting: posting(&mut columns)?,
        arrived_ms: columns.integer()?,
        cause_seq: columns.number()?,
        rules: columns.number()?,
        chain: FeedChain(columns.array()?),
        moment: columns.maybe_integer()?.map(i64::cast_unsigned),
    })
}

fn posting<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Posting> {
    let day = columns.day()?;
    let (region, branch, rep) = (columns.unit()?, columns.unit()?, columns.unit()?);
    let product = columns.product()?;
    let measure = columns.small()?;
    let measure = Measure::of_number(measure).ok_or_else(|| columns.damaged("an unknown measure"))?;
    let key = LedgerKey { day, path: UnitPath { rep, branch, region }, product, measure };
    Ok(Posting { key, count: columns.integer()?, won: columns.integer()? })
}

pub(in crate::storage) fn fill_ledger_entry(row: &mut impl Fill, entry: &LedgerEntry) {
    let Posting { key, count, won } = &entry.posting;
    row.bytes(entry.book.as_bytes()).number(entry.number).bytes(entry.document.as_bytes()).day(key.day);
    row.text(key.path.region.as_str()).text(key.path.branch.as_str()).text(key.path.rep.as_str());
    row.text(key.product.as_str()).integer(key.measure.number()).integer(*count).integer(*won);
    row.integer(entry.arrived_ms).number(entry.cause_seq).number(entry.rules);
    row.bytes(&entry.chain.0[..]).integer(entry.moment.map(u64::cast_signed));
}

pub(in crate::storage) fn cell(row: &impl StoredRow) -> Stored<(CellKey, Sums)> {
    let mut columns = Columns::of(row);
    let level: usize = columns.small()?;
    let level = *Level::ALL.get(level).ok_or_else(|| columns.damaged("an unknown level"))?;
    let key = CellKey {
        level,
        region: columns.string()?,
        branch: columns.string()?,
        rep: columns.string()?,
        day: columns.day()?,
        product: columns.product()?,
    };
    Ok((key, sums(&mut columns)?))
}

/// A row of an answer: unit, what it is split by, sums.
pub(in crate::storage) fn figure(row: &impl StoredRow, by: SplitBy) -> Stored<FigureRow> {
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

fn sums<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Sums> {
    Ok(Sums {
        sold: columns.integer()?,
        withdrawn: columns.integer()?,
        premium_gross_won: columns.integer()?,
        premium_withdrawn_won: columns.integer()?,
    })
}

/// A level as it is stored: its place among all, widest first.
pub(in crate::storage) fn stored_level(level: Level) -> i64 {
    level as i64
}

/// The column an answer is split by besides its units; text that is always empty when it is not.
pub(in crate::storage) fn part_column(by: SplitBy) -> &'static str {
    match by {
        SplitBy::Unit => "''",
        SplitBy::Product => "product",
        SplitBy::Day => "day",
    }
}
