//! Arithmetic of spans: a unit's spans are in order, share no day, and two that only go on are one.

use document_model::{Date, UnitCode, add_days};

use super::UnitSpan;

/// First and last day, with the calendar's ends for "from the beginning" and "no end".
pub(super) fn days(span: &UnitSpan) -> (Date, Date) {
    (span.from.unwrap_or(Date::MIN), span.to.unwrap_or(Date::MAX))
}

/// The same span on other days. Who goes on with a unit is known of its end alone.
fn on_days(span: &UnitSpan, (from, to): (Date, Date)) -> UnitSpan {
    let to = (to != Date::MAX).then_some(to);
    let successor = span.successor.clone().filter(|_| to == span.to);
    UnitSpan { from: (from != Date::MIN).then_some(from), to, successor, ..span.clone() }
}

/// Whether two spans share a day.
#[must_use]
pub fn overlap(one: &UnitSpan, other: &UnitSpan) -> bool {
    let ((from, to), (other_from, other_to)) = (days(one), days(other));
    from <= other_to && other_from <= to
}

/// The spans of a unit after new ones took their days from the old.
#[must_use]
pub fn overlay(old: &[UnitSpan], new: &[UnitSpan]) -> Vec<UnitSpan> {
    let mut spans = old.to_vec();
    for cut in new {
        spans = spans.iter().flat_map(|span| without(span, cut)).collect();
    }
    spans.extend(new.iter().cloned());
    spans.sort();
    let mut spans = spans.into_iter().fold(Vec::new(), join);
    if let Some((_, earlier)) = spans.split_last_mut() {
        earlier.iter_mut().for_each(|span| span.successor = None);
    }
    spans
}

/// What is left of `span` on the days that are not `cut`'s: nothing, or a part before, or after.
fn without(span: &UnitSpan, cut: &UnitSpan) -> Vec<UnitSpan> {
    let ((from, to), (cut_from, cut_to)) = (days(span), days(cut));
    let before = (from < cut_from).then(|| (from, to.min(add_days(cut_from, -1))));
    let after = (cut_to < to).then(|| (from.max(add_days(cut_to, 1)), to));
    before.into_iter().chain(after).map(|days| on_days(span, days)).collect()
}

/// Adds a span to sorted ones; one that only goes on with the last becomes part of it.
fn join(mut spans: Vec<UnitSpan>, span: UnitSpan) -> Vec<UnitSpan> {
    if let Some(last) = spans.last_mut() {
        let follows = last.to.map(|to| add_days(to, 1)).is_some_and(|next| span.from == Some(next));
        let same = (&last.name, &last.parent, last.level) == (&span.name, &span.parent, span.level);
        if follows && same {
            last.to = span.to;
            last.successor = span.successor;
            return spans;
        }
    }
    spans.push(span);
    spans
}

/// What spans have on days up to `last`.
pub(super) fn until(spans: &[UnitSpan], last: Date) -> Vec<UnitSpan> {
    let begun = spans.iter().filter(|span| days(span).0 <= last);
    begun.map(|span| on_days(span, (days(span).0, days(span).1.min(last)))).collect()
}

/// What spans have on days from `first` on.
pub(super) fn since(spans: &[UnitSpan], first: Date) -> Vec<UnitSpan> {
    let left = spans.iter().filter(|span| first <= days(span).1);
    left.map(|span| on_days(span, (days(span).0.max(first), days(span).1))).collect()
}

/// The spans of a unit that stands under `to` instead of `parent` from a day on; `None` where it never does then.
pub(super) fn moved(
    spans: &[UnitSpan],
    parent: &UnitCode,
    to: &UnitCode,
    first: Date,
) -> Option<Vec<UnitSpan>> {
    let mut there = since(spans, first);
    there.retain(|span| span.parent == *parent);
    there.iter_mut().for_each(|span| span.parent = to.clone());
    (!there.is_empty()).then(|| overlay(spans, &there))
}

/// The first of some days on which a unit with these spans does not exist.
pub(super) fn first_gap(spans: &[UnitSpan], (from, to): (Date, Date)) -> Option<Date> {
    let mut day = from;
    for span in spans.iter().filter(|span| from <= days(span).1) {
        let (span_from, span_to) = days(span);
        if day < span_from {
            break;
        }
        if to <= span_to {
            return None;
        }
        day = add_days(span_to, 1);
    }
    (day <= to).then_some(day)
}

/// Where a unit stood when, in words.
#[must_use]
pub fn career(spans: &[UnitSpan]) -> String {
    let stations = spans.iter().map(|span| {
        let days = match (span.from, span.to) {
            (None, None) => String::new(),
            (Some(from), None) => format!(" from {from}"),
            (None, Some(to)) => format!(" until {to}"),
            (Some(from), Some(to)) => format!(" from {from} to {to}"),
        };
        let then = span.successor.as_ref().map(|unit| format!(", then {unit} goes on with it"));
        format!("in {}{days}{}", span.parent, then.unwrap_or_default())
    });
    stations.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::organisation::Level;

    fn span(parent: &str, from: Option<&str>, to: Option<&str>) -> UnitSpan {
        UnitSpan {
            code: "P1".into(),
            from: from.and_then(parse_date),
            to: to.and_then(parse_date),
            level: Level::Rep,
            name: "X".to_owned(),
            parent: parent.into(),
            successor: None,
        }
    }

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn spans_are_cut_and_joined() {
        let old = [span("B1", None, None)];
        let middle = span("B2", Some("2026-02-01"), Some("2026-02-28"));
        let cut = overlay(&old, std::slice::from_ref(&middle));
        let before = span("B1", None, Some("2026-01-31"));
        let after = span("B1", Some("2026-03-01"), None);
        assert_eq!(cut, [before, middle.clone(), after]);
        assert_eq!(overlay(&cut, std::slice::from_ref(&middle)), cut, "the same again changes nothing");
        assert_eq!(overlay(&cut, &[span("B1", Some("2026-02-01"), Some("2026-02-28"))]), old);
        assert_eq!(overlay(&cut, &[span("B3", None, None)]), [span("B3", None, None)]);
    }

    #[test]
    fn a_successor_belongs_to_the_end() {
        let closed = UnitSpan { successor: Some("P2".into()), ..span("B1", None, Some("2026-06-30")) };
        let parts =
            overlay(std::slice::from_ref(&closed), &[span("B2", Some("2026-02-01"), Some("2026-02-28"))]);
        let successors: Vec<_> = parts.iter().map(|span| span.successor.is_some()).collect();
        assert_eq!(successors, [false, false, true]);
        let reopened = overlay(std::slice::from_ref(&closed), &[span("B1", Some("2026-07-01"), None)]);
        assert_eq!(reopened, [span("B1", None, None)], "a unit that goes on itself needs nobody to");
        let elsewhere = overlay(std::slice::from_ref(&closed), &[span("B2", Some("2026-09-01"), None)]);
        assert!(elsewhere.iter().all(|span| span.successor.is_none()));
        let whole = std::slice::from_ref(&closed);
        assert_eq!(until(whole, day("2026-06-30")), whole);
        assert_eq!(until(&[closed], day("2026-06-29"))[0].successor, None);
    }

    #[test]
    fn days_are_taken_from_both_ends() {
        let spans = [span("B1", None, Some("2026-01-31")), span("B2", Some("2026-03-01"), None)];
        assert_eq!(until(&spans, day("2026-02-10")), [spans[0].clone()]);
        assert_eq!(since(&spans, day("2026-02-10")), [spans[1].clone()]);
        assert_eq!(since(&spans, day("2026-01-31"))[0].from, Some(day("2026-01-31")));
        let gap = |from: &str, to: Date| first_gap(&spans, (day(from), to));
        assert_eq!(gap("2026-01-01", day("2026-01-31")), None);
        assert_eq!(gap("2026-01-01", day("2026-02-01")), Some(day("2026-02-01")));
        assert_eq!(gap("2026-02-10", Date::MAX), Some(day("2026-02-10")));
        assert_eq!(gap("2026-03-01", Date::MAX), None);
        assert_eq!(first_gap(&spans[..1], (day("2026-01-01"), Date::MAX)), Some(day("2026-02-01")));
        assert_eq!(first_gap(&[], (day("2026-01-01"), Date::MAX)), Some(day("2026-01-01")));
    }

    #[test]
    fn a_career_is_told_in_words() {
        let spans = [span("B1", None, Some("2026-01-31")), span("B2", Some("2026-03-01"), None)];
        assert_eq!(career(&spans), "in B1 until 2026-01-31; in B2 from 2026-03-01");
        let moved = moved(&spans, &"B2".into(), &"B3".into(), day("2026-06-01")).unwrap();
        assert_eq!(
            career(&moved),
            "in B1 until 2026-01-31; in B2 from 2026-03-01 to 2026-05-31; in B3 from 2026-06-01"
        );
        assert_eq!(super::moved(&spans, &"B1".into(), &"B3".into(), day("2026-06-01")), None);
    }
}
