//! Units, absences, the calendar, statements, targets and the rules' version.

use std::collections::BTreeSet;

use document_model::{Date, UnitCode};
use futures::FutureExt;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::SqliteStorage;
use super::fault::Outcome;
use super::script::Script;
use crate::organisation::{Absence, CalendarDay, DayStatement, Roster, Target, TargetLine, UnitSpan};
use crate::storage::codec::{
    self, absence_columns, calendar_columns, statement_columns, target_columns, unit_columns,
};
use crate::storage::columns::Columns;
use crate::storage::{OrganisationStorage, Stored};

impl OrganisationStorage for SqliteStorage {
    async fn roster(&self) -> Stored<(Roster, u64)> {
        Ok(self.read_roster().await?)
    }

    async fn rules_version(&self) -> Stored<u64> {
        rules(&self.read(rules_script()).await?)
    }

    async fn judged(&self) -> Stored<u64> {
        let mut script = Script::default();
        script.statement("SELECT judged FROM hub");
        rules(&self.read(script).await?)
    }

    async fn set_judged(&self, rules: u64) -> Stored<()> {
        let mut script = Script::default();
        script.statement("UPDATE hub SET judged = max(judged, ?)").bind(rules.cast_signed());
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn absences(&self) -> Stored<Vec<Absence>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", absence_columns!(), " FROM absences ORDER BY rep, from_day"));
        codec::all(&self.read(script).await?, codec::absence)
    }

    async fn calendar(&self) -> Stored<Vec<CalendarDay>> {
        codec::all(&self.read(all_days()).await?, codec::calendar_day)
    }

    async fn state_days(&self, statements: Vec<DayStatement>) -> Stored<()> {
        self.write(move |connection| {
            let mut script = Script::default();
            let keep = "ON CONFLICT (day, rep) DO NOTHING";
            script.insert("day_statements", statement_columns!(), keep, &statements, codec::fill_statement);
            script.run(connection).boxed()
        })
        .await
    }

    async fn day_statements(&self, from: Date, to: Date) -> Stored<Vec<DayStatement>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            statement_columns!(),
            " FROM day_statements WHERE day BETWEEN ? AND ? ORDER BY day, rep"
        );
        script.statement(sql).bind(from.to_string()).bind(to.to_string());
        codec::all(&self.read(script).await?, codec::statement)
    }

    async fn targets(&self) -> Stored<Vec<Target>> {
        codec::all(&self.read(all_targets()).await?, codec::target)
    }

    async fn targets_of(&self, unit: &UnitCode) -> Stored<Vec<Target>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            target_columns!(),
            " FROM targets WHERE unit = ? ORDER BY product_type, measure, from_day"
        );
        script.statement(sql).bind(unit.as_str());
        codec::all(&self.read(script).await?, codec::target)
    }
}

impl SqliteStorage {
    async fn read_roster(&self) -> Outcome<(Roster, u64)> {
        let mut snapshot = self.snapshot().await?;
        let rules = rules(&rules_script().fetch(&mut snapshot).await?)?;
        let mut units = Script::default();
        units.statement(concat!("SELECT ", unit_columns!(), " FROM units"));
        Ok((codec::all(&units.fetch(&mut snapshot).await?, codec::span)?, rules))
    }
}

pub(super) async fn put_units(connection: &mut SqliteConnection, spans: Vec<UnitSpan>) -> Outcome<bool> {
    let codes: BTreeSet<&str> = spans.iter().map(|span| span.code.as_str()).collect();
    let codes = serde_json::to_string(&codes).expect("text always encodes");
    let named = "WHERE code IN (SELECT value FROM json_each(?))";
    let mut script = Script::default();
    script
        .statement(&format!(concat!("SELECT ", unit_columns!(), " FROM units {}"), named))
        .bind(codes.as_str());
    let before: Roster = codec::all(&script.fetch(connection).await?, codec::span)?;
    if before == spans.iter().cloned().collect() {
        return Ok(false);
    }
    let mut script = Script::default();
    script.statement(&format!("DELETE FROM units {named}")).bind(codes.as_str());
    script.insert("units", unit_columns!(), "", &spans, codec::fill_span);
    script.statement("UPDATE hub SET rules = rules + 1");
    script.run(connection).await?;
    Ok(true)
}

pub(super) fn rules_script() -> Script {
    let mut script = Script::default();
    script.statement("SELECT rules FROM hub");
    script
}

pub(super) fn rules(found: &[SqliteRow]) -> Stored<u64> {
    Columns::only(found)?.number()
}

/// All days of the calendar, in order.
pub(super) fn all_days() -> Script {
    let mut script = Script::default();
    script.statement(concat!("SELECT ", calendar_columns!(), " FROM calendar ORDER BY day"));
    script
}

/// All targets, in order.
pub(super) fn all_targets() -> Script {
    let mut script = Script::default();
    script.statement(concat!(
        "SELECT ",
        target_columns!(),
        " FROM targets ORDER BY unit, product_type, measure, from_day"
    ));
    script
}

/// Replaces a rep's absences.
pub(super) fn absences_script(rep: &UnitCode, absences: &[Absence]) -> Script {
    let mut script = Script::default();
    script.statement("DELETE FROM absences WHERE rep = ?").bind(rep.0.clone());
    script.insert("absences", absence_columns!(), "", absences, codec::fill_absence);
    script
}

/// Replaces days of the calendar.
pub(super) fn days_script(days: &[CalendarDay]) -> Script {
    let mut script = Script::default();
    let again = "ON CONFLICT (day) DO UPDATE SET working = excluded.working, name = excluded.name";
    script.insert("calendar", calendar_columns!(), again, days, codec::fill_calendar_day);
    script
}

/// Replaces the targets of each line named.
pub(super) fn targets_script(targets: &[Target]) -> Script {
    let lines = targets.iter().map(|target| {
        let TargetLine { unit, product_type, measure } = &target.line;
        (unit.as_str(), product_type.as_deref().unwrap_or_default(), measure.as_str())
    });
    let lines: BTreeSet<_> = lines.collect();
    let lines = serde_json::to_string(&lines).expect("text always encodes");
    let mut script = Script::default();
    let gone = "DELETE FROM targets WHERE (unit, product_type, measure) IN \
                (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))";
    script.statement(gone).bind(lines);
    script.insert("targets", target_columns!(), "", targets, codec::fill_target);
    script
}
