//! What the rep does: edits and exchanges on two devices, and what each edit leaves to be counted.

use std::collections::BTreeMap;

use document_model::{DocumentId, FieldValue, Kind};

/// The product sold.
const PRODUCT: &str = "WL01";

/// One of the rep's devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Device {
    First,
    Second,
}

/// An edit. Marks and premiums are told apart: each stands for one edit of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edit {
    /// A new customer of this name.
    Customer(&'static str),
    /// A visit to the customer; the mark is its outcome.
    Visit(&'static str, &'static str),
    /// A line of the customer's notes.
    Note(&'static str, &'static str),
    /// A further phone of the customer.
    Phone(&'static str, &'static str),
    /// A policy of the customer with this premium.
    Policy(&'static str, i64),
    /// The policy with this premium is withdrawn.
    Withdraw(i64),
}

/// One thing the rep types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Edit(Device, Edit),
    Sync(Device),
}

use Device::{First, Second};
use Edit::{Customer, Note, Phone, Policy, Visit, Withdraw};

/// What was done and acknowledged before the run: every kill has something to lose.
pub(crate) const BEFORE: [Step; 5] = [
    Step::Edit(First, Customer("Kim")),
    Step::Edit(First, Visit("Kim", "visit-0")),
    Step::Edit(First, Policy("Kim", 10_000)),
    Step::Sync(First),
    Step::Sync(Second),
];

/// The run: both devices edit the same customer without having seen each other's edits.
pub(crate) const RUN: [Step; 14] = [
    Step::Edit(First, Visit("Kim", "visit-1")),
    Step::Edit(First, Policy("Kim", 20_000)),
    Step::Sync(First),
    Step::Edit(Second, Note("Kim", "note-1")),
    Step::Edit(Second, Customer("Lee")),
    Step::Sync(Second),
    Step::Edit(First, Visit("Kim", "visit-2")),
    Step::Edit(Second, Visit("Kim", "visit-3")),
    Step::Sync(First),
    Step::Edit(Second, Policy("Lee", 30_000)),
    Step::Sync(Second),
    Step::Edit(First, Withdraw(20_000)),
    Step::Edit(First, Phone("Kim", "phone-1")),
    Step::Sync(First),
];

/// Documents with their fields, on the hub or on a device.
pub(crate) type Records = BTreeMap<DocumentId, (Kind, BTreeMap<String, FieldValue>)>;

/// Every edit of the script.
pub(crate) fn edits() -> impl Iterator<Item = (Device, Edit)> {
    BEFORE.into_iter().chain(RUN).filter_map(|step| match step {
        Step::Edit(device, edit) => Some((device, edit)),
        Step::Sync(_) => None,
    })
}

impl Edit {
    /// The command, where the records show the customer or policy it is about.
    pub(crate) fn command(self, records: &Records) -> Option<Vec<String>> {
        let words = match self {
            Customer(name) => {
                vec!["customer", "add", "--name", name].into_iter().map(str::to_owned).collect()
            }
            Visit(name, mark) => about("customer visit", customer(records, name)?, &["--outcome", mark]),
            Note(name, mark) => about("customer note", customer(records, name)?, &[mark]),
            Phone(name, mark) => {
                about("customer set", customer(records, name)?, &[&format!("phone+={mark}")])
            }
            Policy(name, won) => {
                let customer = customer(records, name)?.to_string();
                let sold = ["--product", PRODUCT, "--premium", &won.to_string()].map(str::to_owned);
                ["policy", "add", "--customer", &customer]
                    .map(str::to_owned)
                    .into_iter()
                    .chain(sold)
                    .collect()
            }
            Withdraw(won) => about("policy withdraw", policies(records, won).next()?, &[]),
        };
        Some(words)
    }

    /// How often it was done, by what the records show.
    pub(crate) fn times(self, records: &Records) -> usize {
        match self {
            Customer(mark) | Visit(_, mark) | Note(_, mark) | Phone(_, mark) => marks(records, mark),
            Policy(_, won) => policies(records, won).count(),
            Withdraw(won) => {
                let withdrawn = |id: &DocumentId| records[id].1.contains_key("withdrawn_on");
                policies(records, won).filter(withdrawn).count()
            }
        }
    }
}

/// A record of which only a part was stored, in words.
pub(crate) fn half_done(records: &Records) -> Option<String> {
    let half = |(_, (kind, fields)): &(&DocumentId, &(Kind, BTreeMap<String, FieldValue>))| match kind {
        Kind::Customer => {
            let visits = fields.get("visits").and_then(FieldValue::as_number).unwrap_or_default();
            let lines = fields.keys().filter(|field| field.starts_with("contact.")).count();
            !fields.contains_key("name") || usize::try_from(visits) != Ok(lines)
        }
        Kind::Policy => {
            let needed = ["customer", "product", "premium_won", "payment_mode", "sale_date"];
            !needed.iter().all(|field| fields.contains_key(*field))
        }
        _ => false,
    };
    records.iter().find(half).map(|(id, (_, fields))| format!("{id}: {fields:?}"))
}

/// Sold, withdrawn, premium sold, premium sold less withdrawn: what the figures must be after the run.
pub(crate) fn recount() -> [i64; 4] {
    let mut sums = [0; 4];
    for (_, edit) in edits() {
        match edit {
            Policy(_, won) => sums = [sums[0] + 1, sums[1], sums[2] + won, sums[3] + won],
            Withdraw(won) => sums = [sums[0], sums[1] + 1, sums[2], sums[3] - won],
            _ => {}
        }
    }
    sums
}

fn about(command: &str, id: DocumentId, more: &[&str]) -> Vec<String> {
    let words = command.split(' ').map(str::to_owned).chain([id.to_string()]);
    words.chain(more.iter().map(|word| (*word).to_owned())).collect()
}

/// The customer of this name; the first of them, were there several.
fn customer(records: &Records, name: &str) -> Option<DocumentId> {
    let named = |fields: &BTreeMap<String, FieldValue>| {
        fields.get("name").and_then(FieldValue::as_text) == Some(name)
    };
    records.iter().find(|(_, (kind, fields))| *kind == Kind::Customer && named(fields)).map(|(id, _)| *id)
}

fn policies(records: &Records, won: i64) -> impl Iterator<Item = DocumentId> {
    let of_premium = move |fields: &BTreeMap<String, FieldValue>| {
        fields.get("premium_won").and_then(FieldValue::as_number) == Some(won)
    };
    records
        .iter()
        .filter(move |(_, (kind, fields))| *kind == Kind::Policy && of_premium(fields))
        .map(|(id, _)| *id)
}

/// Lines of text that end with the mark.
fn marks(records: &Records, mark: &str) -> usize {
    let texts = records.values().flat_map(|(_, fields)| fields.values()).filter_map(FieldValue::as_text);
    texts.flat_map(str::lines).filter(|line| line.ends_with(mark)).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn records(fields: &[(&str, FieldValue)], kind: Kind) -> Records {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        BTreeMap::from([(DocumentId::derived("test", "1"), (kind, fields))])
    }

    #[test]
    fn no_two_edits_leave_the_same_trace() {
        let all: Vec<_> = edits().map(|(_, edit)| edit).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(recount(), [3, 1, 60_000, 40_000]);
    }

    #[test]
    fn twice_and_half_are_seen() {
        let notes = records(&[("name", "Kim".into()), ("notes", "note-1\nnote-1\n".into())], Kind::Customer);
        assert_eq!((Note("Kim", "note-1").times(&notes), half_done(&notes)), (2, None));
        let counted = records(&[("name", "Kim".into()), ("visits", 1.into())], Kind::Customer);
        assert!(half_done(&counted).is_some());
        assert!(half_done(&records(&[("premium_won", 10_000.into())], Kind::Policy)).is_some());
    }
}
