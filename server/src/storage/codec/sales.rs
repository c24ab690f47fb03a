//! Ledger entries, cells and figures.

use std::borrow::Cow;

use document_model::sales::{EntryKind, LedgerKey, Measure, Posting, Sums, UnitPath};
use document_model::{BookId, DocumentId, UnitCode};
use sync_protocol::FeedChain;

use crate::organisation::Level;
use crate::storage::columns::{Columns, Fill, StoredRow};
use crate::storage::{CellKey, Closing, Ended, Exception, FigureRow, LedgerEntry, Reported, SplitBy, Stored};

macro_rules! sum_columns {
    () => {
        "sold, withdrawn, premium_gross_won, premium_withdrawn_won, ape_gross_won, ape_withdrawn_won, \
         lapsed_in_13_months, lapsed_in_25_months, lapsed_later, premium_lapsed_won"
    };
}

macro_rules! ledger_columns {
    () => {
        "book, number, document, day, region, branch, rep, product, measure, kind, count, won, ape_won, \
         arrived_ms, cause_seq, rules, chain, moment"
    };
}

macro_rules! cell_columns {
    () => {
        concat!("level, region, branch, rep, day, product, ", sum_columns!())
    };
}

macro_rules! closing_columns {
    () => {
        concat!(
            "day, unit, above, above_stamp, stamp, rep, level, final, moment, at_ms, account, expected, reported, ",
            sum_columns!()
        )
    };
}

macro_rules! exception_columns {
    () => {
        "id, day, unit, account, rep, opened_ms, opened_by, reason, until_ms, ended_ms, ended_by, stamp"
    };
}

pub(in crate::storage) use {cell_columns, closing_columns, exception_columns, ledger_columns, sum_columns};

/// Each of the [`Sums`] as a column, the measures of the entries that go into it, what of them does, and
/// whether it grows by what they take away.
const SUMS: [(&str, &str, &str, bool); 10] = [
    ("sold", "1", "count", false),
    ("withdrawn", "2", "count", true),
    ("premium_gross_won", "1", "won", false),
    ("premium_withdrawn_won", "2", "won", true),
    ("ape_gross_won", "1", "ape_won", false),
    ("ape_withdrawn_won", "2", "ape_won", true),
    ("lapsed_in_13_months", "3", "count", false),
    ("lapsed_in_25_months", "4", "count", false),
    ("lapsed_later", "5", "count", false),
    ("premium_lapsed_won", "3, 4, 5", "won", false),
];

fn each_sum(part: impl Fn(&(&str, &str, &str, bool)) -> String, between: &str) -> String {
    SUMS.iter().map(part).collect::<Vec<_>>().join(between)
}

/// What one entry adds to the sums.
pub(in crate::storage) fn entry_sums() -> String {
    let part = |(name, measures, column, taken): &(&str, &str, &str, bool)| {
        let sign = if *taken { "-" } else { "" };
        format!("CASE WHEN measure IN ({measures}) THEN {sign}{column} ELSE 0 END AS {name}")
    };
    each_sum(part, ", ")
}

/// Each sum over a group of rows, in the type that `cast` names.
pub(in crate::storage) fn total_sums(cast: &str) -> String {
    each_sum(|(name, ..)| format!("sum({name}){cast} AS {name}"), ", ")
}

/// Each sum over a group of rows that are added or, where `of_sign` is -1, taken away.
pub(in crate::storage) fn signed_sums(cast: &str) -> String {
    each_sum(|(name, ..)| format!("sum(of_sign * {name}){cast} AS {name}"), ", ")
}

/// What fills the empty table `rebuilt` with the cells of all folded entries: those of reps first, then each level
/// above from the one below it. The same keys as `CellKey::of_entry`, in their order: what is asked for
/// together then lies together.
pub(in crate::storage) fn rebuild(cast: &str) -> [String; 4] {
    let (entry, totals) = (entry_sums(), total_sums(cast));
    let of_level = |level: usize, source: String| {
        let code = |least: usize, code| if level >= least { code } else { "''" };
        let (region, branch, rep) = (code(1, "region"), code(2, "branch"), code(3, "rep"));
        let group: Vec<_> =
            ["region", "branch", "rep"].into_iter().take(level).chain(["day", "product"]).collect();
        format!(
            concat!(
                "INSERT INTO rebuilt (",
                cell_columns!(),
                ") SELECT {level}, {region}, {branch}, {rep}, day, product, {totals} FROM {source} GROUP BY {group} \
                 ORDER BY {group}"
            ),
            level = level,
            region = region,
            branch = branch,
            rep = rep,
            totals = totals,
            source = source,
            group = group.join(", ")
        )
    };
    let entries = format!(
        "(SELECT region, branch, rep, day, product, {entry} FROM ledger WHERE moment IS NOT NULL) AS entries"
    );
    let below = |level: usize| of_level(level, format!("rebuilt WHERE level = {}", level + 1));
    [of_level(3, entries), below(2), below(1), below(0)]
}

/// How many cells there are in the table `rebuilt`, and how many differ from those of the table `cells`: those
/// without an equal one, and those that are only there.
pub(in crate::storage) fn compare_cells() -> String {
    let equal = same_sums("cells", "rebuilt");
    format!(
        "SELECT cells_rebuilt, cells_rebuilt - equal + (SELECT count(*) FROM cells) - matched FROM (SELECT count(*) \
         AS cells_rebuilt, count(cells.level) AS matched, coalesce(sum(CASE WHEN {equal} THEN 1 ELSE 0 END), 0) AS \
         equal FROM rebuilt LEFT JOIN cells ON cells.level = rebuilt.level AND cells.region = rebuilt.region AND \
         cells.branch = rebuilt.branch AND cells.rep = rebuilt.rep AND cells.day = rebuilt.day AND cells.product = \
         rebuilt.product) AS compared"
    )
}

/// Puts the cells of the table `rebuilt` in place of those there are.
pub(in crate::storage) const REPLACE_CELLS: [&str; 4] = [
    "DELETE FROM cells",
    concat!("INSERT INTO cells (", cell_columns!(), ") SELECT ", cell_columns!(), " FROM rebuilt"),
    "DELETE FROM cell_units",
    "INSERT INTO cell_units (level, region, branch, rep) SELECT DISTINCT level, region, branch, rep FROM rebuilt",
];

/// Whether the sums of rows of two tables are the same.
pub(super) fn same_sums(one: &str, other: &str) -> String {
    each_sum(|(name, ..)| format!("{one}.{name} = {other}.{name}"), " AND ")
}

/// Each sum, taken away.
pub(in crate::storage) fn negative_sums() -> String {
    each_sum(|(name, ..)| format!("-{name} AS {name}"), ", ")
}

/// Each sum of a row that is there, and of one that is added to it.
pub(in crate::storage) fn added_sums(there: &str) -> String {
    each_sum(|(name, ..)| format!("{name} = {there}{name} + excluded.{name}"), ", ")
}

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
    let kind = EntryKind::of_number(columns.integer()?);
    let kind = kind.ok_or_else(|| columns.damaged("an unknown kind of entry"))?;
    Ok(Posting { key, kind, count: columns.integer()?, won: columns.integer()?, ape_won: columns.integer()? })
}

pub(in crate::storage) fn fill_ledger_entry(row: &mut impl Fill, entry: &LedgerEntry) {
    let Posting { key, kind, count, won, ape_won } = &entry.posting;
    row.bytes(entry.book.as_bytes()).number(entry.number).bytes(entry.document.as_bytes()).day(key.day);
    row.text(key.path.region.as_str()).text(key.path.branch.as_str()).text(key.path.rep.as_str());
    row.text(key.product.as_str()).integer(key.measure.number()).integer(kind.number());
    row.integer(*count).integer(*won).integer(*ape_won);
    row.integer(entry.arrived_ms).number(entry.cause_seq).number(entry.rules);
    row.bytes(&entry.chain.0[..]).integer(entry.moment.map(u64::cast_signed));
}

pub(in crate::storage) fn cell(row: &impl StoredRow) -> Stored<(CellKey, Sums)> {
    let mut columns = Columns::of(row);
    let key = CellKey {
        level: level(&mut columns)?,
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
        SplitBy::Product | SplitBy::Type => product = Some(columns.product()?),
        SplitBy::Day => day = Some(columns.day()?),
    }
    Ok(FigureRow { unit, product, day, sums: sums(&mut columns)? })
}

fn sums<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Sums> {
    let mut parts = Sums::default().parts();
    for part in &mut parts {
        *part = columns.integer()?;
    }
    Ok(Sums::of_parts(parts))
}

/// A branch and its sums.
pub(in crate::storage) fn unit_sums(row: &impl StoredRow) -> Stored<(UnitCode, Sums)> {
    let mut columns = Columns::of(row);
    Ok((columns.unit()?, sums(&mut columns)?))
}

pub(in crate::storage) fn closing(row: &impl StoredRow) -> Stored<Closing> {
    let mut columns = Columns::of(row);
    Ok(Closing {
        day: columns.day()?,
        unit: columns.unit()?,
        above: Some(columns.unit()?).filter(|above| !above.as_str().is_empty()),
        above_stamp: columns.small()?,
        stamp: columns.small()?,
        rep: Some(columns.unit()?).filter(|rep| !rep.as_str().is_empty()),
        level: level(&mut columns)?,
        is_final: columns.flag()?,
        moment: columns.number()?,
        at_ms: columns.integer()?,
        account: columns.string()?,
        reports: reports(columns.maybe_integer()?, columns.maybe_integer()?),
        sums: sums(&mut columns)?,
    })
}

pub(in crate::storage) fn fill_closing(row: &mut impl Fill, closing: &Closing) {
    row.day(closing.day).text(closing.unit.as_str());
    row.text(closing.above.as_ref().map_or("", UnitCode::as_str)).integer(i64::from(closing.above_stamp));
    row.integer(i64::from(closing.stamp)).text(closing.rep.as_ref().map_or("", UnitCode::as_str));
    row.integer(stored_level(closing.level)).flag(closing.is_final).number(closing.moment);
    row.integer(closing.at_ms).text(closing.account.as_str());
    row.integer(closing.reports.map(|reports| i64::from(reports.expected)));
    row.integer(closing.reports.map(|reports| i64::from(reports.reported)));
    for part in closing.sums.parts() {
        row.integer(part);
    }
}

pub(in crate::storage) fn exception(row: &impl StoredRow) -> Stored<Exception> {
    let mut columns = Columns::of(row);
    let (id, day, unit) = (columns.number()?, columns.day()?, columns.unit()?);
    let (account, rep) = (columns.string()?, columns.unit()?);
    let (opened_ms, opened_by) = (columns.integer()?, columns.string()?);
    let reason = columns.maybe_text()?.map(Cow::into_owned);
    let until_ms = columns.integer()?;
    let (ended_ms, ended_by) = (columns.maybe_integer()?, columns.maybe_text()?.map(Cow::into_owned));
    let stamp = columns.maybe_integer()?.and_then(|stamp| u32::try_from(stamp).ok());
    let ended = ended_ms.zip(ended_by).map(|(at_ms, by)| Ended { at_ms, by, stamp });
    Ok(Exception { id, day, unit, account, rep, opened_ms, opened_by, reason, until_ms, ended })
}

pub(in crate::storage) fn fill_exception(row: &mut impl Fill, exception: &Exception) {
    row.number(exception.id).day(exception.day).text(exception.unit.as_str());
    row.text(exception.account.as_str()).text(exception.rep.as_str());
    row.integer(exception.opened_ms).text(exception.opened_by.as_str());
    row.text(exception.reason.as_deref()).integer(exception.until_ms);
    let ended = exception.ended.as_ref();
    row.integer(ended.map(|ended| ended.at_ms)).text(ended.map(|ended| ended.by.as_str()));
    row.integer(ended.and_then(|ended| ended.stamp).map(i64::from));
}

fn reports(expected: Option<i64>, reported: Option<i64>) -> Option<Reported> {
    let count = |column: Option<i64>| u32::try_from(column?).ok();
    Some(Reported { expected: count(expected)?, reported: count(reported)? })
}

fn level<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Level> {
    let level: usize = columns.small()?;
    Level::ALL.get(level).copied().ok_or_else(|| columns.damaged("an unknown level"))
}

/// A level as it is stored: its place among all, widest first.
pub(in crate::storage) fn stored_level(level: Level) -> i64 {
    level as i64
}

/// The column an answer is split by besides its units; text that is always empty when it is not.
pub(in crate::storage) fn part_column(by: SplitBy) -> &'static str {
    match by {
        SplitBy::Unit => "''",
        SplitBy::Product | SplitBy::Type => "product",
        SplitBy::Day => "day",
    }
}
