//! Units, absences, the calendar, reps' statements and targets.

use document_model::DeviceId;

use crate::organisation::{
    Absence, CalendarDay, DayStatement, Level, Target, TargetLine, TargetMeasure, UnitSpan,
};
use crate::storage::Stored;
use crate::storage::columns::{Columns, Fill, StoredRow};

macro_rules! unit_columns {
    () => {
        "code, from_day, to_day, level, name, parent, successor"
    };
}

macro_rules! absence_columns {
    () => {
        "rep, from_day, to_day, reason"
    };
}

macro_rules! calendar_columns {
    () => {
        "day, working, name"
    };
}

macro_rules! statement_columns {
    () => {
        "day, rep, device, arrived_ms"
    };
}

macro_rules! target_columns {
    () => {
        "unit, product_type, measure, from_day, to_day, value, spread_from, spread_to"
    };
}

pub(in crate::storage) use {
    absence_columns, calendar_columns, statement_columns, target_columns, unit_columns,
};

pub(in crate::storage) fn span(row: &impl StoredRow) -> Stored<UnitSpan> {
    let mut columns = Columns::of(row);
    let code = columns.unit()?;
    let (from, to) = (columns.maybe_day()?, columns.maybe_day()?);
    let level = Level::of_str(&columns.text()?).ok_or_else(|| columns.damaged("an unknown level"))?;
    let (name, parent) = (columns.string()?, columns.unit()?);
    Ok(UnitSpan { code, from, to, level, name, parent, successor: columns.maybe_unit()? })
}

pub(in crate::storage) fn fill_span(row: &mut impl Fill, span: &UnitSpan) {
    row.text(span.code.as_str()).day(span.from).day(span.to);
    row.text(span.level.as_str()).text(span.name.as_str()).text(span.parent.as_str());
    row.text(span.successor.as_ref().map(document_model::UnitCode::as_str));
}

pub(in crate::storage) fn absence(row: &impl StoredRow) -> Stored<Absence> {
    let mut columns = Columns::of(row);
    Ok(Absence {
        rep: columns.unit()?,
        from: columns.day()?,
        to: columns.maybe_day()?,
        reason: columns.string()?,
    })
}

pub(in crate::storage) fn fill_absence(row: &mut impl Fill, absence: &Absence) {
    row.text(absence.rep.as_str()).day(absence.from).day(absence.to).text(absence.reason.as_str());
}

pub(in crate::storage) fn calendar_day(row: &impl StoredRow) -> Stored<CalendarDay> {
    let mut columns = Columns::of(row);
    Ok(CalendarDay { day: columns.day()?, working: columns.flag()?, name: columns.string()? })
}

pub(in crate::storage) fn fill_calendar_day(row: &mut impl Fill, day: &CalendarDay) {
    row.day(day.day).flag(day.working).text(day.name.as_str());
}

pub(in crate::storage) fn statement(row: &impl StoredRow) -> Stored<DayStatement> {
    let mut columns = Columns::of(row);
    Ok(DayStatement {
        day: columns.day()?,
        rep: columns.unit()?,
        device: DeviceId(columns.array()?),
        arrived_ms: columns.integer()?,
    })
}

pub(in crate::storage) fn fill_statement(row: &mut impl Fill, statement: &DayStatement) {
    row.day(statement.day).text(statement.rep.as_str()).bytes(statement.device.as_bytes());
    row.integer(statement.arrived_ms);
}

pub(in crate::storage) fn target(row: &impl StoredRow) -> Stored<Target> {
    let mut columns = Columns::of(row);
    let (unit, product_type) = (columns.unit()?, columns.string()?);
    let measure = TargetMeasure::of_str(&columns.text()?);
    let measure = measure.ok_or_else(|| columns.damaged("an unknown measure"))?;
    let product_type = (!product_type.is_empty()).then_some(product_type);
    Ok(Target {
        line: TargetLine { unit, product_type, measure },
        from: columns.day()?,
        to: columns.day()?,
        value: columns.integer()?,
        spread_from: columns.day()?,
        spread_to: columns.day()?,
    })
}

pub(in crate::storage) fn fill_target(row: &mut impl Fill, target: &Target) {
    let TargetLine { unit, product_type, measure } = &target.line;
    row.text(unit.as_str()).text(product_type.as_deref().unwrap_or_default()).text(measure.as_str());
    row.day(target.from).day(target.to).integer(target.value);
    row.day(target.spread_from).day(target.spread_to);
}
