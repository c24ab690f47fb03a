//! Closings and exceptions to them: what is read for a decision, and what it adds. One of them at a time, and no
//! folder beside it.

use document_model::{Date, UnitCode};
use sqlx::PgConnection;

use super::fault::Outcome;
use super::figures::{ALONE, WHOLE, entries, fold, moment_at};
use super::script::{Present, Query, Script};
use crate::organisation::Level;
use crate::storage::closing::ClosingState;
use crate::storage::codec::{self, closing_columns, exception_columns, sum_columns, total_sums};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::exception::{EndState, OpenState, hindering};
use crate::storage::{
    Closing, ClosingOrder, ClosingOutcome, EndOutcome, EntryQuery, Exception, ExceptionEnd, ExceptionOrder,
    ExceptionOutcome, FinalOutcome,
};

pub(super) fn closings(from: Date, to: Date) -> Query {
    let mut query = Query::of(concat!(
        "SELECT ",
        closing_columns!(),
        " FROM closings WHERE day BETWEEN $1 AND $2 ORDER BY day, unit, stamp"
    ));
    query.day(from).day(to);
    query
}

pub(super) fn exceptions(only_open: bool, max: i64) -> Query {
    let only = if only_open { "WHERE ended_ms IS NULL" } else { "" };
    let sql = concat!("SELECT ", exception_columns!(), " FROM exceptions");
    let mut query = Query::of_parts(format!("{sql} {only} ORDER BY id DESC LIMIT $1"));
    query.integer(max);
    query
}

/// Folds all that is pending, then stamps.
pub(super) async fn close(connection: &mut PgConnection, order: &ClosingOrder) -> Outcome<ClosingOutcome> {
    Query::of(ALONE).fetch(connection).await?;
    let moment = fold(connection, i64::MAX, order.at_ms).await?.moment;
    let mut branches = Query::of_parts(format!(
        "SELECT branch, {} FROM cells WHERE level = 2 AND day = $1 GROUP BY branch",
        total_sums(WHOLE)
    ));
    branches.day(order.day);
    let state = ClosingState {
        rules: rules(connection).await?,
        moment,
        branches: codec::all(&branches.fetch(connection).await?, codec::unit_sums)?,
        closings: of_day(connection, order.day).await?,
        exceptions: open(connection).await?,
    };
    let outcome = state.decide(order);
    if let ClosingOutcome::Done(closings) = &outcome {
        stamp(connection, closings).await?;
    }
    Ok(outcome)
}

pub(super) async fn finalise(
    connection: &mut PgConnection,
    day: Date,
    units: &[UnitCode],
) -> Outcome<FinalOutcome> {
    Query::of(ALONE).fetch(connection).await?;
    let (open, closings) = (open(connection).await?, of_day(connection, day).await?);
    let hindering = hindering(open, closings, (day, units));
    if !hindering.is_empty() {
        return Ok(FinalOutcome::Excepted(hindering));
    }
    let mut query =
        Query::of("UPDATE closings SET final = TRUE WHERE day = $1 AND unit = ANY($2) AND NOT final");
    query.day(day);
    query.texts(units.iter().map(UnitCode::as_str));
    Ok(FinalOutcome::Done(usize::try_from(query.run(connection).await?).unwrap_or(usize::MAX)))
}

pub(super) async fn open_exception(
    connection: &mut PgConnection,
    order: &ExceptionOrder,
) -> Outcome<ExceptionOutcome> {
    Query::of(ALONE).fetch(connection).await?;
    let last = Query::of("SELECT coalesce(max(id), 0) FROM exceptions").fetch(connection).await?;
    let state = OpenState {
        last: Columns::only(&last)?.number()?,
        open: open(connection).await?,
        closings: of_day(connection, order.day).await?,
    };
    let outcome = state.decide(order);
    if let ExceptionOutcome::Opened(exception) = &outcome {
        put(connection, exception).await?;
    }
    Ok(outcome)
}

/// Folds all that is pending, then stamps what came in time.
pub(super) async fn end_exception(connection: &mut PgConnection, end: &ExceptionEnd) -> Outcome<EndOutcome> {
    Query::of(ALONE).fetch(connection).await?;
    let mut moment = fold(connection, i64::MAX, end.at_ms).await?.moment;
    let mut asked = Query::of(concat!("SELECT ", exception_columns!(), " FROM exceptions WHERE id = $1"));
    asked.number(end.id);
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
    let outcome = state.decide(end);
    if let EndOutcome::Ended(exception, closings) = &outcome {
        stamp(connection, closings).await?;
        let mut gone = Query::of("DELETE FROM exceptions WHERE id = $1");
        gone.number(exception.id);
        gone.run(connection).await?;
        put(connection, exception).await?;
    }
    Ok(outcome)
}

async fn rules(connection: &mut PgConnection) -> Outcome<(u64, u64)> {
    let found = Query::of("SELECT rules, judged FROM hub").fetch(connection).await?;
    let mut rules = Columns::only(&found)?;
    Ok((rules.number()?, rules.number()?))
}

async fn of_day(connection: &mut PgConnection, day: Date) -> Outcome<Vec<Closing>> {
    Ok(codec::all(&closings(day, day).fetch(connection).await?, codec::closing)?)
}

async fn open(connection: &mut PgConnection) -> Outcome<Vec<Exception>> {
    Ok(codec::all(&exceptions(true, i64::MAX).fetch(connection).await?, codec::exception)?)
}

async fn put(connection: &mut PgConnection, exception: &Exception) -> Outcome<()> {
    let mut script = Script::default();
    let row = std::slice::from_ref(exception);
    script.insert("exceptions", exception_columns!(), Present::Fails, row, codec::fill_exception);
    script.run(connection).await
}

async fn stamp(connection: &mut PgConnection, closings: &[Closing]) -> Outcome<()> {
    let mut script = Script::default();
    script.insert("closings", closing_columns!(), Present::Fails, closings, codec::fill_closing);
    script.run(connection).await
}
