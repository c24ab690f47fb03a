//! The rule engine: rules that a document breaks. The same code judges on the device and the hub.
//!
//! A problem never refuses an edit. A policy with a blocking problem is not counted until it is put
//! right.

use std::collections::BTreeMap;

use crate::dates::{Date, add_days, parse_date};
use crate::limits;
use crate::schema::{Kind, Schema, ValueType};
use crate::value::FieldValue;
use crate::{Catalogue, ProductCode, RecordFacts, SaleRules};

/// A rule that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Stable code of the rule.
    pub code: &'static str,
    /// The field to put right.
    pub field: String,
    /// True when the document counts for nothing until this is put right.
    pub blocking: bool,
}

/// The sale lies too far back: it waits for headquarters' approval and counts nothing until then.
pub const BACK_DATED: &str = "back_dated_too_far";
/// The time for withdrawing was over: the policy goes on counting as sold until this is put right.
pub const WITHDRAWN_TOO_LATE: &str = "withdrawn_too_late";

/// What the rules need to know besides the document.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The catalogue in force.
    pub catalogue: &'a Catalogue,
    /// How far back sales may be dated, and how long customers may withdraw.
    pub sale_rules: SaleRules,
    /// What headquarters' record of the policy says.
    pub record: RecordFacts,
    /// The day the hub first saw the document (on a device: the day it was made).
    pub created_on: Date,
    /// The day of its newest edit (on a device: today).
    pub judged_on: Date,
    /// History taken over from elsewhere: never late.
    pub imported: bool,
}

/// Every problem of a document, in a fixed order.
#[must_use]
pub fn problems(kind: Kind, fields: &BTreeMap<String, FieldValue>, now: Circumstances<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    let required: &[&str] = match kind {
        Kind::Customer => &["name"],
        Kind::Policy => &["customer", "product", "premium_won", "sale_date"],
        Kind::PolicyRecord => &["policy"],
        Kind::Product => &["code"],
        Kind::Schema => &[],
    };
    for name in required {
        let blank =
            fields.get(*name).is_none_or(|value| value.as_text().is_some_and(|text| text.trim().is_empty()));
        if blank {
            found.push(Problem { code: "missing", field: (*name).to_owned(), blocking: true });
        }
    }
    wrong_types(kind, fields, required, &mut found);
    if kind == Kind::Policy {
        policy_rules(fields, now, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

/// True when a policy waits for headquarters to approve its sale day.
#[must_use]
pub fn awaits_approval(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.code == BACK_DATED)
}

/// True when any of the problems keeps the document from counting.
#[must_use]
pub fn any_blocking(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.blocking)
}

fn wrong_types(
    kind: Kind,
    fields: &BTreeMap<String, FieldValue>,
    required: &[&str],
    found: &mut Vec<Problem>,
) {
    let schema = Schema::builtin(kind);
    for (name, value) in fields {
        let Some((field, _)) = schema.slot(name) else { continue };
        if !has_type(&field.value, value) {
            let blocking = required.contains(&name.as_str()) || name == "withdrawn_on";
            found.push(Problem { code: "wrong_type", field: name.clone(), blocking });
        }
    }
}

fn has_type(expected: &ValueType, value: &FieldValue) -> bool {
    match expected {
        ValueType::Text => matches!(value, FieldValue::Text(_)),
        ValueType::Won | ValueType::Number => matches!(value, FieldValue::Number(_)),
        ValueType::Flag => matches!(value, FieldValue::Flag(_)),
        ValueType::Date => value.as_text().is_some_and(|text| parse_date(text).is_some()),
        ValueType::Reference => value.as_text().is_some_and(|text| text.parse::<crate::DocumentId>().is_ok()),
        ValueType::Choice(codes) => value.as_text().is_some_and(|text| codes.iter().any(|code| code == text)),
    }
}

fn policy_rules(fields: &BTreeMap<String, FieldValue>, now: Circumstances<'_>, found: &mut Vec<Problem>) {
    let mut problem =
        |code, field: &str, blocking| found.push(Problem { code, field: field.to_owned(), blocking });
    let date = |name: &str| fields.get(name).and_then(FieldValue::as_text).and_then(parse_date);
    let sale_date = date("sale_date");
    match fields.get("premium_won").and_then(FieldValue::as_number) {
        Some(won) if won <= 0 => problem("not_positive", "premium_won", true),
        Some(won) if won > limits::PREMIUM_WON => problem("too_large", "premium_won", true),
        _ => {}
    }
    if let Some(code) = fields.get("product").and_then(FieldValue::as_text) {
        match now.catalogue.get(&ProductCode::from(code)) {
            None => problem("unknown_product", "product", true),
            Some(product) if sale_date.is_some_and(|day| !product.sold_on(day)) => {
                problem("product_not_on_sale", "product", true);
            }
            Some(_) => {}
        }
    }
    if let Some(sold) = sale_date {
        if sold > now.judged_on {
            problem("in_the_future", "sale_date", true);
        }
        let earliest = add_days(now.created_on, -now.sale_rules.back_dating_days);
        if !now.imported && sold < earliest && now.record.approved_sale_date != Some(sold) {
            problem(BACK_DATED, "sale_date", true);
        }
        if let Some(withdrawn) = date("withdrawn_on") {
            let (applied, certified) = (date("application_date"), date("certificate_date"));
            let last = now.sale_rules.last_day_to_withdraw(sold, applied, certified);
            if withdrawn < sold {
                problem("before_the_sale", "withdrawn_on", false);
            }
            if !now.imported && withdrawn > last {
                problem(WITHDRAWN_TOO_LATE, "withdrawn_on", false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::starter_products;

    fn day(text: &str) -> Date {
        parse_date(text).expect("a date")
    }

    fn judge(kind: Kind, fields: &[(&str, FieldValue)], imported: bool) -> Vec<(&'static str, String, bool)> {
        judge_with(RecordFacts::default(), kind, fields, imported)
    }

    fn judge_with(
        record: RecordFacts,
        kind: Kind,
        fields: &[(&str, FieldValue)],
        imported: bool,
    ) -> Vec<(&'static str, String, bool)> {
        let catalogue: Catalogue = starter_products().into_iter().collect();
        let now = Circumstances {
            catalogue: &catalogue,
            sale_rules: SaleRules::default(),
            record,
            created_on: day("2026-06-01"),
            judged_on: day("2026-06-02"),
            imported,
        };
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        problems(kind, &fields, now).into_iter().map(|p| (p.code, p.field, p.blocking)).collect()
    }

    fn policy(changes: &[(&'static str, FieldValue)]) -> Vec<(&'static str, FieldValue)> {
        let mut fields = BTreeMap::from([
            ("customer", FieldValue::from("0123456789abcdef0123456789abcdef")),
            ("product", "WL01".into()),
            ("premium_won", 50_000.into()),
            ("sale_date", "2026-06-01".into()),
        ]);
        fields.extend(changes.iter().cloned());
        fields.into_iter().filter(|(_, value)| *value != FieldValue::Nothing).collect()
    }

    #[test]
    fn four_fields_are_enough_to_count() {
        assert_eq!(judge(Kind::Policy, &policy(&[]), false), []);
        assert_eq!(judge(Kind::Customer, &[("name", "김".into())], false), []);
        assert_eq!(
            judge(Kind::Customer, &[("name", "  ".into())], false),
            [("missing", "name".to_owned(), true)]
        );
    }

    #[test]
    fn each_rule_is_found() {
        let cases: [(&'static str, FieldValue, &str, bool); 10] = [
            ("premium_won", FieldValue::Nothing, "missing", true),
            ("premium_won", "much".into(), "wrong_type", true),
            ("premium_won", 0.into(), "not_positive", true),
            ("premium_won", (limits::PREMIUM_WON + 1).into(), "too_large", true),
            ("product", "XX99".into(), "unknown_product", true),
            ("sale_date", "2026-06-03".into(), "in_the_future", true),
            ("sale_date", "2026-04-30".into(), "back_dated_too_far", true),
            ("withdrawn_on", "2026-05-31".into(), "before_the_sale", false),
            ("withdrawn_on", "2026-07-02".into(), "withdrawn_too_late", false),
            ("payment_mode", "weekly".into(), "wrong_type", false),
        ];
        for (field, value, code, blocking) in cases {
            let found = judge(Kind::Policy, &policy(&[(field, value)]), false);
            assert_eq!(found, [(code, field.to_owned(), blocking)]);
        }
    }

    #[test]
    fn thirty_one_days_back_are_normal_and_imports_are_never_late() {
        assert_eq!(judge(Kind::Policy, &policy(&[("sale_date", "2026-05-01".into())]), false), []);
        assert_eq!(judge(Kind::Policy, &policy(&[("sale_date", "2019-01-01".into())]), true), []);
    }

    #[test]
    fn an_approval_holds_for_one_sale_day() {
        let old = policy(&[("sale_date", "2026-03-02".into())]);
        let late = [(BACK_DATED, "sale_date".to_owned(), true)];
        let approved = |date: &str| {
            let record = RecordFacts { approved_sale_date: parse_date(date), ..RecordFacts::default() };
            judge_with(record, Kind::Policy, &old, false)
        };
        assert_eq!(judge(Kind::Policy, &old, false), late);
        assert_eq!(approved("2026-03-02"), []);
        assert_eq!(approved("2026-03-01"), late);
        assert_eq!(approved("2026-03-03"), late);
    }

    #[test]
    fn a_withdrawal_is_late_after_the_certificates_fifteenth_day() {
        let withdrawn = |day: &str, imported| {
            let days = [("certificate_date", "2026-06-03".into()), ("withdrawn_on", day.into())];
            judge(Kind::Policy, &policy(&days), imported)
        };
        assert_eq!(withdrawn("2026-06-17", false), [], "day 14");
        assert_eq!(withdrawn("2026-06-18", false), [], "day 15");
        assert_eq!(withdrawn("2026-06-19", false), [(WITHDRAWN_TOO_LATE, "withdrawn_on".to_owned(), false)]);
        assert_eq!(withdrawn("2026-06-19", true), [], "history taken over");
    }
}
