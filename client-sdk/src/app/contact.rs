//! A visit, a call, a message: what logging one does to a customer.

use document_model::{Assignment, Date, FieldValue, Operation};
use serde::{Deserialize, Deserializer};

/// How the customer was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In person.
    Visit,
    /// By telephone.
    Call,
    /// In writing.
    Message,
}

impl Channel {
    /// The word in the contact log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Call => "call",
            Self::Message => "message",
        }
    }
}

/// A contact as a person tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// How.
    pub channel: Channel,
    /// What came of it; empty when nothing is said.
    #[serde(default)]
    pub outcome: String,
    /// More, in the person's words.
    #[serde(default)]
    pub note: Option<String>,
    /// The next date: absent leaves it, `null` clears it.
    #[serde(default, deserialize_with = "told")]
    pub next_contact_on: Option<Option<String>>,
}

/// Tells an absent value from one that is `null`.
pub(super) fn told<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// One more in the count (but for messages), a line in the contact log, and the next date where one is told.
#[must_use]
pub fn contact_operations(contact: &Contact, day: Date) -> Vec<Operation> {
    let mut line = format!("{day} {}", contact.channel.word());
    let note = contact.note.as_deref().map(str::trim).unwrap_or_default();
    for (mark, text) in [(": ", contact.outcome.trim()), (" · ", note)] {
        if !text.is_empty() {
            line.push_str(mark);
            line.push_str(text);
        }
    }
    let assignment = |field: &str, value: FieldValue| Assignment { field: field.to_owned(), value };
    let counted = contact.channel != Channel::Message;
    let count = counted.then(|| Operation::Increment { field: "visits".to_owned(), by: 1 });
    let mut operations: Vec<_> = count.into_iter().collect();
    operations.push(Operation::Add(assignment("contact", FieldValue::Text(line))));
    if let Some(next) = &contact.next_contact_on {
        let value = next.clone().map_or(FieldValue::Nothing, FieldValue::Text);
        operations.push(Operation::Set(assignment("next_contact_on", value)));
    }
    operations
}

/// The day a line of the contact log begins with.
pub(super) fn day_of(line: &str) -> Option<Date> {
    document_model::parse_date(line.get(..10)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(json: &str) -> Vec<Operation> {
        let contact: Contact = serde_json::from_str(json).unwrap();
        contact_operations(&contact, document_model::parse_date("2026-03-01").unwrap())
    }

    fn line(operations: &[Operation]) -> &str {
        let added = operations.iter().find_map(|operation| match operation {
            Operation::Add(Assignment { value, .. }) => value.as_text(),
            _ => None,
        });
        added.unwrap()
    }

    #[test]
    fn a_visit_counts_is_logged_and_names_the_next_date() {
        let made = operations(r#"{"channel":"visit","outcome":"interested","nextContactOn":"2026-03-08"}"#);
        assert_eq!(made.len(), 3);
        assert_eq!(made[0], Operation::Increment { field: "visits".into(), by: 1 });
        assert_eq!(line(&made), "2026-03-01 visit: interested");
        assert_eq!(day_of(line(&made)).unwrap().to_string(), "2026-03-01");
        let next = Assignment { field: "next_contact_on".into(), value: "2026-03-08".into() };
        assert_eq!(made[2], Operation::Set(next));
    }

    #[test]
    fn a_message_does_not_count_and_null_clears_the_next_date() {
        let made = operations(r#"{"channel":"message","outcome":"","note":" sent ","nextContactOn":null}"#);
        assert_eq!(line(&made), "2026-03-01 message · sent");
        let cleared = Assignment { field: "next_contact_on".into(), value: FieldValue::Nothing };
        assert_eq!(made[1..], [Operation::Set(cleared)]);
        assert_eq!(operations(r#"{"channel":"call","outcome":"busy"}"#).len(), 2, "absent leaves the date");
    }
}
