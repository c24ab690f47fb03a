//! Who is expected to report on a day.

use document_model::{Date, UnitCode};

use super::{Absences, Calendar, Level, Roster};

/// The reps whose reports a day waits for, in the order of their codes: those whose branch and region exist that
/// day and who are not absent. On a day that is no working day nobody is expected.
#[must_use]
pub fn expected(roster: &Roster, absences: &Absences, calendar: &Calendar, day: Date) -> Vec<UnitCode> {
    if !calendar.is_working(day) {
        return Vec::new();
    }
    let reps = roster.iter().filter(|span| span.level == Level::Rep && span.covers(day));
    let there = reps.filter(|span| roster.path(&span.code, day).is_some());
    there.filter(|span| absences.on(&span.code, day).is_none()).map(|span| span.code.clone()).collect()
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::organisation::{Absence, CalendarDay, NATION, UnitSpan};

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    fn span(code: &str, level: Level, parent: &str, from: Option<&str>, to: Option<&str>) -> UnitSpan {
        UnitSpan {
            code: code.into(),
            from: from.map(day),
            to: to.map(day),
            level,
            name: code.to_owned(),
            parent: parent.into(),
            successor: None,
        }
    }

    #[test]
    fn those_are_expected_who_could_report() {
        let roster: Roster = [
            span("R1", Level::Region, NATION, None, None),
            span("R2", Level::Region, NATION, None, Some("2026-06-15")),
            span("B1", Level::Branch, "R1", None, None),
            span("B2", Level::Branch, "R1", None, Some("2026-06-15")),
            span("B3", Level::Branch, "R2", None, None),
            span("P1", Level::Rep, "B1", None, None),
            span("LEFT", Level::Rep, "B1", None, Some("2026-06-15")),
            span("NEW", Level::Rep, "B1", Some("2026-06-16"), None),
            span("AWAY", Level::Rep, "B1", None, None),
            span("NOBRANCH", Level::Rep, "B2", None, None),
            span("NOREGION", Level::Rep, "B3", None, None),
        ]
        .into_iter()
        .collect();
        let (rep, reason) = ("AWAY".into(), "leave".to_owned());
        let away = Absence { rep, from: day("2026-06-16"), to: Some(day("2026-06-16")), reason };
        let absences: Absences = [away].into_iter().collect();
        let free = CalendarDay { day: day("2026-06-18"), working: false, name: "office moves".to_owned() };
        let duty = CalendarDay { day: day("2026-06-20"), working: true, name: "duty".to_owned() };
        let calendar = Calendar::of([free, duty]);
        let on = |on: &str| {
            let reps = expected(&roster, &absences, &calendar, day(on));
            reps.iter().map(UnitCode::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(on("2026-06-15"), "AWAY LEFT NOBRANCH NOREGION P1");
        assert_eq!(on("2026-06-16"), "NEW P1");
        assert_eq!(on("2026-06-17"), "AWAY NEW P1");
        assert_eq!(on("2026-06-18"), "", "the company closed");
        assert_eq!(on("2026-06-20"), "AWAY NEW P1", "a Saturday somebody works");
        assert_eq!((on("2026-06-21"), on("2026-06-03")), (String::new(), String::new()), "Sunday, election");
    }
}
