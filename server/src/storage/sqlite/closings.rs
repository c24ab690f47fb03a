//! Closings and exceptions to them: what is read for a decision, and what it adds.

use document_model::{Date, UnitCode};
use sqlx::SqliteConnection;

use super::fault::Outcome;
use super::figures::{entries, fold, moment_at};
use super::script::Script;
use crate::organisation::Level;
use crate::storage::closing::ClosingState;
use crate::storage::codec::{self, closing_columns, exception_columns, sum_columns, total_sums};
use crate::storage::columns::{Columns, bounded};
use crate::storage::exception::{EndState, OpenState, hindering};
use crate::storage::{
    Closing, ClosingOrder, ClosingOutcome, EndOutcome, EntryQuery, Exception, ExceptionEnd, ExceptionOrder,
    ExceptionOutcome, FinalOutcome,
};

pub(super) fn closings(from: Date, to: Date) -> Script {
    let mut script = Script::default();
    let sql = concat!(
        "SELECT ",
        closing_columns!(),
        " FROM closings WHERE day BETWEEN ? AND ? ORDER BY day, unit, stamp"
    );
    script.statement(sql).bind(from.to_string()).bind(to.to_string());
    script
}

pub(super) fn exceptions(only_open: bool, max: i64) -> Script {
    let mut script = Script::default();
    let only = if only_open { "WHERE ended_ms IS NULL" } else { "" };
    let sql = concat!("SELECT ", exception_columns!(), " FROM exceptions");
    script.statement(&format!("{sql} {only} ORDER BY id DESC LIMIT ?")).bind(max);
    script
}

/// Folds all that is pending, then stamps.
pub(super) async fn close(connection: &mut SqliteConnection, order: ClosingOrder) -> Outcome<ClosingOutcome> {
    let moment = fold(connection, i64::MAX, order.at_ms).await?.moment;
    let totals = total_sums("");
    let mut branches = Script::default();
    branches.statement(&format!(
        "SELECT branch, {totals} FROM cells WHERE level = 2 AND day = ?1 GROUP BY branch"
    ));
    branches.bind(order.day.to_string());
    let state = ClosingState {
        rules: rules(connection).await?,
        moment,
        branches: codec::all(&branches.fetch(connection).await?, codec::unit_sums)?,
        closings: of_day(connection, order.day).await?,
        exceptions: open(connection).await?,
    };
    let outcome = state.decide(&order);
    if let ClosingOutcome::Done(closings) = &outcome {
        stamp(connection, closings).await?;
    }
    Ok(outcome)
}

pub(super) async fn finalise(
    connection: &mut SqliteConnection,
    day: Date,
    units: Vec<UnitCode>,
) -> Outcome<FinalOutcome> {
    let (open, closings) = (open(connection).await?, of_day(connection, day).await?);
    let hindering = hindering(open, closings, (day, &units));
    if !hindering.is_empty() {
        return Ok(FinalOutcome::Excepted(hindering));
    }
    let units: Vec<_> = units.iter().map(UnitCode::as_str).collect();
    let units = serde_json::to_string(&units).expect("text always encodes");
    let mut script = Script::default();
    script.statement(
        "UPDATE closings SET final = 1 WHERE day = ? AND unit IN (SELECT value FROM json_each(?)) AND final = 0 \
         RETURNING unit",
    );
    script.bind(day.to_string()).bind(units);
    Ok(FinalOutcome::Done(script.fetch(connection).await?.len()))
}

pub(super) async fn open_exception(
    connection: &mut SqliteConnection,
    order: ExceptionOrder,
) -> Outcome<ExceptionOutcome> {
    let mut last = Script::default();
    last.statement("SELECT coalesce(max(id), 0) FROM exceptions");
    let state = OpenState {
        last: Columns::only(&last.fetch(connection).await?)?.number()?,
        open: open(connection).await?,
        closings: of_day(connection, order.day).await?,
    };
    let outcome = state.decide(&order);
    if let ExceptionOutcome::Opened(exception) = &outcome {
        let mut script = Script::default();
        let row = std::slice::from_ref(exception);
        script.insert("exceptions", exception_columns!(), "", row, codec::fill_exception);
        script.run(connection).await?;
    }
    Ok(outcome)
}

/// Folds all that is pending, then stamps what came in time.
pub(super) async fn end_exception(
    connection: &mut SqliteConnection,
    end: ExceptionEnd,
) -> Outcome<EndOutcome> {
    let mut moment = fold(connection, i64::MAX, end.at_ms).await?.moment;
    let mut asked = Script::default();
    let sql = concat!("SELECT ", exception_columns!(), " FROM exceptions WHERE id = ?");
    asked.statement(sql).bind(end.id.cast_signed());
    let found: Vec<Exception> = codec::all(&asked.fetch(connection).await?, codec::exception)?;
    let Some(exception) = found.into_iter().next() else { return Ok(EndOutcome::Unknown) };
    let (day, under) = (exception.day, Some((Level::Rep, exception.rep.clone())));
    if end.at_ms >= exception.until_ms {
        moment = Columns::only(&moment_at(exception.until_ms).fetch(connection).await?)?.number()?;
    }
    // Those of one rep and day are few.
    let of_rep = entries(&EntryQuery { from: day, to: day, under, after: 0 }, bounded(usize::MAX));
    let state = EndState {
        rules: rules(connection).await?,
        moment,
        closings: of_day(connection, day).await?,
        entries: codec::all(&of_rep.fetch(connection).await?, codec::ledger_entry)?,
        exception: Some(exception),
    };
    let outcome = state.decide(&end);
    if let EndOutcome::Ended(exception, closings) = &outcome {
        stamp(connection, closings).await?;
        let mut script = Script::default();
        script.statement("DELETE FROM exceptions WHERE id = ?").bind(exception.id.cast_signed());
        let row = std::slice::from_ref(exception);
        script.insert("exceptions", exception_columns!(), "", row, codec::fill_exception);
        script.run(connection).await?;
    }
    Ok(outcome)
}

async fn rules(connection: &mut SqliteConnection) -> Outcome<(u64, u64)> {
    let mut look = Script::default();
    look.statement("SELECT rules, judged FROM hub");
    let found = look.fetch(connection).await?;
    let mut rules = Columns::only(&found)?;
    Ok((rules.number()?, rules.number()?))
}

async fn of_day(connection: &mut SqliteConnection, day: Date) -> Outcome<Vec<Closing>> {
    Ok(codec::all(&closings(day, day).fetch(connection).await?, codec::closing)?)
}

async fn open(connection: &mut SqliteConnection) -> Outcome<Vec<Exception>> {
    Ok(codec::all(&exceptions(true, i64::MAX).fetch(connection).await?, codec::exception)?)
}

async fn stamp(connection: &mut SqliteConnection, closings: &[Closing]) -> Outcome<()> {
    let mut script = Script::default();
    script.insert("closings", closing_columns!(), "", closings, codec::fill_closing);
    script.run(connection).await
}
