//! Headquarters' record of a policy: what of it counts, and where it is found.

use std::collections::BTreeMap;

use crate::DocumentId;
use crate::dates::{Date, parse_date};
use crate::value::FieldValue;

/// What counts of headquarters' record of a policy. A policy without a record has none of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordFacts {
    /// The day the policy lapsed, while it has not been reinstated since.
    pub lapsed_on: Option<Date>,
    /// The sale day that headquarters approved, however long it lies back: this day and no other.
    pub approved_sale_date: Option<Date>,
}

impl RecordFacts {
    /// The document that is the record of a policy: the same whoever asks.
    #[must_use]
    pub fn document_of(policy: DocumentId) -> DocumentId {
        DocumentId::derived("policy_record", &policy.to_string())
    }

    /// The policy that a record is about; `None` where its fields name one that this is not the record of.
    #[must_use]
    pub fn policy_of(record: DocumentId, fields: &BTreeMap<String, FieldValue>) -> Option<DocumentId> {
        let policy: DocumentId = fields.get("policy")?.as_text()?.parse().ok()?;
        (Self::document_of(policy) == record).then_some(policy)
    }

    /// Reads them from a record's fields. The days say whether a policy is in force, `status` says it for people:
    /// reinstated on the day of the lapse or later, it is.
    #[must_use]
    pub fn of_fields(fields: &BTreeMap<String, FieldValue>) -> Self {
        let date = |name: &str| fields.get(name).and_then(FieldValue::as_text).and_then(parse_date);
        let reinstated_on = date("reinstated_on");
        let still = |lapsed: &Date| reinstated_on.is_none_or(|reinstated| reinstated < *lapsed);
        Self { lapsed_on: date("lapsed_on").filter(still), approved_sale_date: date("approved_sale_date") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(fields: &[(&str, &str)]) -> RecordFacts {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value)));
        RecordFacts::of_fields(&fields.collect())
    }

    #[test]
    fn a_policy_is_in_force_from_the_day_it_is_reinstated() {
        let lapsed = |reinstated: Option<&str>| {
            let fields = [("lapsed_on", "2027-03-10"), ("status", "in_force")].into_iter();
            facts(&fields.chain(reinstated.map(|day| ("reinstated_on", day))).collect::<Vec<_>>()).lapsed_on
        };
        assert_eq!(lapsed(None), parse_date("2027-03-10"), "the status does not count");
        assert_eq!(lapsed(Some("2027-03-09")), parse_date("2027-03-10"), "it lapsed again after that");
        assert_eq!(lapsed(Some("2027-03-10")), None);
        assert_eq!(lapsed(Some("2027-05-01")), None);
        assert_eq!(lapsed(Some("soon")), parse_date("2027-03-10"));
        assert_eq!(facts(&[]), RecordFacts::default());
        assert_eq!(
            facts(&[("approved_sale_date", "2026-01-02")]).approved_sale_date,
            parse_date("2026-01-02")
        );
    }

    #[test]
    fn a_record_is_about_the_policy_it_is_found_by() {
        let policy = DocumentId([7; 16]);
        let record = RecordFacts::document_of(policy);
        let named = |text: &str| BTreeMap::from([("policy".to_owned(), FieldValue::from(text))]);
        assert_eq!(RecordFacts::policy_of(record, &named(&policy.to_string())), Some(policy));
        let other = DocumentId([8; 16]).to_string();
        assert_eq!(RecordFacts::policy_of(record, &named(&other)), None, "it is the record of another one");
        assert_eq!(RecordFacts::policy_of(record, &named("x")), None);
        assert_eq!(RecordFacts::policy_of(record, &BTreeMap::new()), None);
    }
}
