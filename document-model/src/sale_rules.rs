//! The numbers that sale days and withdrawals are judged by. A company sets them; the hub publishes them in the
//! shared book, so that every device judges alike.

use std::collections::BTreeMap;

use crate::dates::{Date, add_days};
use crate::limits;
use crate::value::FieldValue;

/// Days within which sales may be dated back and withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleRules {
    /// Days a sale may be dated before the day the hub first saw it; one further back waits for approval.
    pub back_dating_days: i32,
    /// Days a customer may withdraw after receiving the certificate.
    pub withdrawal_days_from_certificate: i32,
    /// Days a customer may withdraw after the application.
    pub withdrawal_days_from_application: i32,
}

impl Default for SaleRules {
    fn default() -> Self {
        Self {
            back_dating_days: limits::BACK_DATING_DAYS,
            withdrawal_days_from_certificate: limits::WITHDRAWAL_DAYS_FROM_CERTIFICATE,
            withdrawal_days_from_application: limits::WITHDRAWAL_DAYS_FROM_APPLICATION,
        }
    }
}

impl SaleRules {
    /// The rules as the schema document of policies has them; what it lacks, or has beyond
    /// [`limits::SALE_RULE_DAYS`], is the default.
    #[must_use]
    pub fn of_fields(fields: &BTreeMap<String, FieldValue>) -> Self {
        let mut rules = Self::default();
        for (name, days) in rules.parts_mut() {
            let published = fields.get(name).and_then(FieldValue::as_number);
            let published = published.and_then(|number| i32::try_from(number).ok());
            *days = published.filter(|days| (0..=limits::SALE_RULE_DAYS).contains(days)).unwrap_or(*days);
        }
        rules
    }

    /// The fields of the schema document that say so.
    #[must_use]
    pub fn to_fields(mut self) -> Vec<(String, FieldValue)> {
        self.parts_mut().map(|(name, days)| (name.to_owned(), i64::from(*days).into())).into()
    }

    fn parts_mut(&mut self) -> [(&'static str, &mut i32); 3] {
        [
            ("rule.back_dating_days", &mut self.back_dating_days),
            ("rule.withdrawal_days_from_certificate", &mut self.withdrawal_days_from_certificate),
            ("rule.withdrawal_days_from_application", &mut self.withdrawal_days_from_application),
        ]
    }

    /// The last day of withdrawing from a policy: so long after the certificate and at most so long after the
    /// application, whichever ends first; where neither day is known, as if it was applied for when it was sold.
    #[must_use]
    pub fn last_day_to_withdraw(&self, sold: Date, applied: Option<Date>, certified: Option<Date>) -> Date {
        let applied = if certified.is_none() { applied.or(Some(sold)) } else { applied };
        let ends = [
            certified.map(|day| add_days(day, self.withdrawal_days_from_certificate)),
            applied.map(|day| add_days(day, self.withdrawal_days_from_application)),
        ];
        ends.into_iter().flatten().min().unwrap_or(sold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::parse_date;

    #[test]
    fn rules_are_read_as_they_are_published() {
        let rules = SaleRules {
            back_dating_days: 7,
            withdrawal_days_from_certificate: 0,
            withdrawal_days_from_application: limits::SALE_RULE_DAYS,
        };
        let fields: BTreeMap<_, _> = rules.to_fields().into_iter().collect();
        assert_eq!(SaleRules::of_fields(&fields), rules);
        assert_eq!(SaleRules::of_fields(&BTreeMap::new()), SaleRules::default(), "a hub of before has none");
        for odd in [FieldValue::from(-1), i64::MAX.into(), "7".into()] {
            let odd = BTreeMap::from([("rule.back_dating_days".to_owned(), odd)]);
            assert_eq!(SaleRules::of_fields(&odd), SaleRules::default());
        }
    }

    #[test]
    fn withdrawing_ends_with_the_earlier_of_the_two_spans() {
        let day = |text: &str| parse_date(text).expect("a date");
        let last = |applied: &str, certified: &str| {
            let last = SaleRules::default().last_day_to_withdraw(
                day("2026-06-01"),
                parse_date(applied),
                parse_date(certified),
            );
            last.to_string()
        };
        assert_eq!(last("", ""), "2026-07-01", "thirty days from the sale");
        assert_eq!(last("", "2026-06-10"), "2026-06-25", "fifteen days from the certificate");
        assert_eq!(last("2026-05-28", ""), "2026-06-27", "thirty days from the application");
        assert_eq!(last("2026-05-28", "2026-06-10"), "2026-06-25");
        assert_eq!(last("2026-05-28", "2026-06-20"), "2026-06-27", "a late certificate does not prolong it");
    }
}
