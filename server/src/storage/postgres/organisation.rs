//! Units, absences, the calendar, targets and the rules' version.

use std::collections::BTreeSet;

use document_model::{Date, UnitCode};
use futures::FutureExt;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::PostgresStorage;
use super::fault::Outcome;
use super::script::{Present, Query, Script};
use super::writer::Begin;
use crate::organisation::{Absence, CalendarDay, DayStatement, Roster, Target, UnitSpan};
use crate::storage::codec::{
    self, absence_columns, calendar_columns, statement_columns, target_columns, unit_columns,
};
use crate::storage::columns::{Columns, Fill};
use crate::storage::{OrganisationStorage, Stored};

pub(super) const RULES: &str = "SELECT rules FROM hub";
/// All days of the calendar, in order.
pub(super) const ALL_DAYS: &str = concat!("SELECT ", calendar_columns!(), " FROM calendar ORDER BY day");
/// All targets, in order.
pub(super) const ALL_TARGETS: &str =
    concat!("SELECT ", target_columns!(), " FROM targets ORDER BY unit, product_type, measure, from_day");

impl OrganisationStorage for PostgresStorage {
    async fn roster(&self) -> Stored<(Roster, u64)> {
        Ok(self.snapshot("roster", &(), |connection, ()| read_roster(connection).boxed()).await?)
    }

    async fn rules_version(&self) -> Stored<u64> {
        rules(&self.read(Query::of(RULES)).await?)
    }

    async fn judged(&self) -> Stored<u64> {
        rules(&self.read(Query::of("SELECT judged FROM hub")).await?)
    }

    async fn set_judged(&self, rules: u64) -> Stored<()> {
        self.writer
            .write("set judged", Begin::Write, rules, |connection, rules| {
                async {
                    let mut query = Query::of("UPDATE hub SET judged = greatest(judged, $1)");
                    query.number(*rules);
                    query.run(connection).await?;
                    Ok(())
                }
                .boxed()
            })
            .await
    }

    async fn absences(&self) -> Stored<Vec<Absence>> {
        let sql = concat!("SELECT ", absence_columns!(), " FROM absences ORDER BY rep, from_day");
        codec::all(&self.read(Query::of(sql)).await?, codec::absence)
    }

    async fn calendar(&self) -> Stored<Vec<CalendarDay>> {
        codec::all(&self.read(Query::of(ALL_DAYS)).await?, codec::calendar_day)
    }

    async fn state_days(&self, statements: Vec<DayStatement>) -> Stored<()> {
        self.writer
            .write("state days", Begin::Write, statements, |connection, statements| {
                let mut script = Script::default();
                let columns = statement_columns!();
                script.insert("day_statements", columns, Present::Stays, statements, codec::fill_statement);
                script.run(connection).boxed()
            })
            .await
    }

    async fn day_statements(&self, from: Date, to: Date) -> Stored<Vec<DayStatement>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            statement_columns!(),
            " FROM day_statements WHERE day BETWEEN $1 AND $2 ORDER BY day, rep"
        ));
        query.day(from).day(to);
        codec::all(&self.read(query).await?, codec::statement)
    }

    async fn targets(&self) -> Stored<Vec<Target>> {
        codec::all(&self.read(Query::of(ALL_TARGETS)).await?, codec::target)
    }

    async fn targets_of(&self, unit: &UnitCode) -> Stored<Vec<Target>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            target_columns!(),
            " FROM targets WHERE unit = $1 ORDER BY product_type, measure, from_day"
        ));
        query.text(unit.as_str());
        codec::all(&self.read(query).await?, codec::target)
    }
}

pub(super) async fn put_absences(
    connection: &mut PgConnection,
    rep: &UnitCode,
    absences: &[Absence],
) -> Outcome<()> {
    let mut gone = Query::of("DELETE FROM absences WHERE rep = $1");
    gone.text(rep.as_str());
    gone.run(connection).await?;
    let mut script = Script::default();
    script.insert("absences", absence_columns!(), Present::Fails, absences, codec::fill_absence);
    script.run(connection).await
}

pub(super) async fn put_calendar(connection: &mut PgConnection, days: &[CalendarDay]) -> Outcome<()> {
    let named: Vec<_> = days.iter().map(|day| day.day.to_string()).collect();
    let mut gone = Query::of("DELETE FROM calendar WHERE day = ANY($1)");
    gone.texts(named.iter().map(String::as_str));
    gone.run(connection).await?;
    let mut script = Script::default();
    script.insert("calendar", calendar_columns!(), Present::Fails, days, codec::fill_calendar_day);
    script.run(connection).await
}

pub(super) async fn put_targets(connection: &mut PgConnection, targets: &[Target]) -> Outcome<()> {
    let mut gone = Query::of(
        "DELETE FROM targets WHERE (unit, product_type, measure) IN (SELECT * FROM unnest($1, $2, $3))",
    );
    gone.texts(targets.iter().map(|target| target.line.unit.as_str()));
    gone.texts(targets.iter().map(|target| target.line.product_type.as_deref().unwrap_or_default()));
    gone.texts(targets.iter().map(|target| target.line.measure.as_str()));
    gone.run(connection).await?;
    let mut script = Script::default();
    script.insert("targets", target_columns!(), Present::Fails, targets, codec::fill_target);
    script.run(connection).await
}

async fn read_roster(connection: &mut PgConnection) -> Outcome<(Roster, u64)> {
    let rules = rules(&Query::of(RULES).fetch(connection).await?)?;
    let units = Query::of(concat!("SELECT ", unit_columns!(), " FROM units"));
    Ok((codec::all(&units.fetch(connection).await?, codec::span)?, rules))
}

pub(super) async fn put_units(connection: &mut PgConnection, spans: &[UnitSpan]) -> Outcome<bool> {
    let codes: BTreeSet<&str> = spans.iter().map(|span| span.code.as_str()).collect();
    let mut named = Query::of(concat!("SELECT ", unit_columns!(), " FROM units WHERE code = ANY($1)"));
    named.texts(codes.iter().copied());
    let before: Roster = codec::all(&named.fetch(connection).await?, codec::span)?;
    if before == spans.iter().cloned().collect() {
        return Ok(false);
    }
    let mut gone = Query::of("DELETE FROM units WHERE code = ANY($1)");
    gone.texts(codes);
    gone.run(connection).await?;
    let mut script = Script::default();
    script.insert("units", unit_columns!(), Present::Fails, spans, codec::fill_span);
    script.run(connection).await?;
    Query::of("UPDATE hub SET rules = rules + 1").run(connection).await?;
    Ok(true)
}

pub(super) fn rules(found: &[PgRow]) -> Stored<u64> {
    Columns::only(found)?.number()
}
