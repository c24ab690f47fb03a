//! What fields a kind of document has, and what merging means for each: data, not code.
//!
//! The built-in schema below is what a fresh hub publishes as schema documents in the shared book;
//! a company adds custom fields there. Rust types elsewhere are views over it.

use std::sync::LazyLock;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::DocumentId;

/// The kind of a document. The number travels on the wire and is never reused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Kind {
    /// A person or household member a rep looks after.
    #[n(1)]
    Customer,
    /// A policy as the rep sold it.
    #[n(2)]
    Policy,
    /// What only headquarters writes about a policy: number, status, lapse, approval.
    #[n(3)]
    PolicyRecord,
    /// One product of the catalogue.
    #[n(4)]
    Product,
    /// The fields of one kind, custom ones included, and the rules it is judged by.
    #[n(5)]
    Schema,
}

impl Kind {
    /// Every kind, in wire order.
    pub const ALL: [Self; 5] =
        [Self::Customer, Self::Policy, Self::PolicyRecord, Self::Product, Self::Schema];

    /// The number that travels.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Customer => 1,
            Self::Policy => 2,
            Self::PolicyRecord => 3,
            Self::Product => 4,
            Self::Schema => 5,
        }
    }

    /// The kind of a number; `None` for one this version does not know.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// True when reps may write documents of this kind; the others are headquarters' own.
    #[must_use]
    pub fn written_by_reps(self) -> bool {
        matches!(self, Self::Customer | Self::Policy)
    }
}

/// What concurrent edits of a field mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// One value; different concurrent values are a clash.
    OneValue,
    /// Character-wise merging text.
    Text,
    /// Entries with ids, all kept; two edits of one entry clash.
    KeepBoth,
    /// A counter: increments add up.
    AddUp,
    /// The most restrictive of concurrent values holds; never a clash.
    MostRestrictive,
}

/// The type a value must have; another type is a problem, not a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Any text.
    Text,
    /// Whole won.
    Won,
    /// A whole number.
    Number,
    /// A civil date `YYYY-MM-DD`.
    Date,
    /// The id of another document.
    Reference,
    /// Yes or no.
    Flag,
    /// One of these codes, least restrictive first where that matters.
    Choice(Vec<String>),
}

/// Where a field's value lives in the Automerge document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A scalar root key of the field's own name.
    Root,
    /// A family of scalar root keys `name.*` (custom fields by immutable id).
    RootFamily,
    /// Entries by id in the map of this name, made by the genesis change.
    Entries(String),
    /// The text object of this name, made by the genesis change.
    TextObject(String),
    /// The counter of this name, made by the genesis change.
    Counter(String),
}

/// One field of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name people and programs use.
    pub name: String,
    /// Where it lives.
    pub place: Place,
    /// What merging means.
    pub meaning: Meaning,
    /// What type it has.
    pub value: ValueType,
}

/// All fields of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The kind described.
    pub kind: Kind,
    /// Its fields, in the order people see them.
    pub fields: Vec<Field>,
}

/// A field name resolved to one value's place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// A scalar at the root.
    Root(String),
    /// One entry of a container; no id means the first entry, or a new one where there is none.
    Entry {
        /// The container's root key.
        container: String,
        /// The entry's id.
        entry: Option<String>,
    },
    /// A text object.
    Text(String),
    /// A counter.
    Counter(String),
}

impl Schema {
    /// The built-in schema of a kind. Every document read or judged asks for it, so it is made once.
    #[must_use]
    pub fn builtin(kind: Kind) -> &'static Self {
        static ALL: LazyLock<[Schema; Kind::ALL.len()]> = LazyLock::new(|| Kind::ALL.map(Schema::made_of));
        &ALL[usize::from(kind.number()) - 1]
    }

    fn made_of(kind: Kind) -> Self {
        let fields = match kind {
            Kind::Customer => customer_fields(),
            Kind::Policy => policy_fields(),
            Kind::PolicyRecord => policy_record_fields(),
            Kind::Product => product_fields(),
            Kind::Schema => vec![family("field", ValueType::Text), family("rule", ValueType::Number)],
        };
        Self { kind, fields }
    }

    /// The document in the shared book that describes a kind.
    #[must_use]
    pub fn document_of(kind: Kind) -> DocumentId {
        DocumentId::derived("schema", &kind.number().to_string())
    }

    /// The field a name belongs to, and where exactly its value lives. `None`: no such field.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<(&Field, Slot)> {
        let canonical = alias(self.kind, name);
        self.fields.iter().find_map(|field| {
            let rest = canonical.strip_prefix(field.name.as_str())?;
            let entry = rest.strip_prefix('.').filter(|rest| !rest.is_empty());
            let exact = rest.is_empty();
            match (&field.place, entry) {
                (Place::Root, _) if exact => Some((field, Slot::Root(field.name.clone()))),
                (Place::RootFamily, Some(_)) => Some((field, Slot::Root(canonical.to_owned()))),
                (Place::Entries(container), Some(entry)) => {
                    Some((field, Slot::Entry { container: container.clone(), entry: Some(entry.to_owned()) }))
                }
                (Place::Entries(container), None) if exact => {
                    Some((field, Slot::Entry { container: container.clone(), entry: None }))
                }
                (Place::TextObject(key), _) if exact => Some((field, Slot::Text(key.clone()))),
                (Place::Counter(key), _) if exact => Some((field, Slot::Counter(key.clone()))),
                _ => None,
            }
        })
    }

    /// The field whose container is `key`, if `key` is a container of the genesis change.
    #[must_use]
    pub fn container(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| match &field.place {
            Place::Entries(name) | Place::TextObject(name) | Place::Counter(name) => name == key,
            Place::Root | Place::RootFamily => false,
        })
    }

    /// The field that owns a scalar root key. Unknown keys (of a newer version) have none.
    #[must_use]
    pub fn of_root_key(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| match field.place {
            Place::Root => field.name == key,
            Place::RootFamily => key.strip_prefix(&field.name).is_some_and(|rest| rest.starts_with('.')),
            _ => false,
        })
    }

    /// The schema as fields of a schema document: name and JSON text.
    #[must_use]
    pub fn to_document_fields(&self) -> Vec<(String, String)> {
        let line =
            |field: &Field| serde_json::to_string(field).map(|json| (format!("field.{}", field.name), json));
        self.fields.iter().filter_map(|field| line(field).ok()).collect()
    }
}

/// Other names people use for a field.
fn alias(kind: Kind, name: &str) -> &str {
    match (kind, name) {
        (Kind::Policy, "premium") => "premium_won",
        (Kind::Policy, "mode") => "payment_mode",
        (Kind::Policy, "date") => "sale_date",
        _ => name,
    }
}

fn field(name: &str, place: Place, meaning: Meaning, value: ValueType) -> Field {
    Field { name: name.to_owned(), place, meaning, value }
}

fn root(name: &str, value: ValueType) -> Field {
    field(name, Place::Root, Meaning::OneValue, value)
}

fn family(name: &str, value: ValueType) -> Field {
    field(name, Place::RootFamily, Meaning::OneValue, value)
}

fn entries(name: &str, container: &str, value: ValueType) -> Field {
    field(name, Place::Entries(container.to_owned()), Meaning::KeepBoth, value)
}

fn choice(codes: &[&str]) -> ValueType {
    ValueType::Choice(codes.iter().map(|code| (*code).to_owned()).collect())
}

fn customer_fields() -> Vec<Field> {
    let consent = || choice(&["granted", "withdrawn"]);
    let restrictive = |name| field(name, Place::Root, Meaning::MostRestrictive, consent());
    let mut fields = vec![
        root("name", ValueType::Text),
        root("birth_date", ValueType::Date),
        root("gender", choice(&["female", "male", "other"])),
        root("occupation", ValueType::Text),
        entries("phone", "phones", ValueType::Text),
        entries("email", "emails", ValueType::Text),
    ];
    for part in ["street", "detail", "city", "state", "zip"] {
        fields.push(root(&format!("address.{part}"), ValueType::Text));
        fields.push(root(&format!("work_address.{part}"), ValueType::Text));
    }
    fields.extend([
        entries("household", "household", ValueType::Text),
        entries("tag", "tags", ValueType::Flag),
        restrictive("consent.marketing"),
        restrictive("consent.third_party"),
        field("notes", Place::TextObject("notes".to_owned()), Meaning::Text, ValueType::Text),
        entries("contact", "contacts", ValueType::Text),
        field("visits", Place::Counter("visits".to_owned()), Meaning::AddUp, ValueType::Number),
        root("next_contact_on", ValueType::Date),
        root("next_contact", ValueType::Text),
        root("source", ValueType::Text),
        root("archived_on", ValueType::Date),
        family("custom", ValueType::Text),
    ]);
    fields
}

/// Payment modes, as stored.
pub const PAYMENT_MODES: [&str; 4] = ["monthly", "quarterly", "annual", "single"];

fn policy_fields() -> Vec<Field> {
    vec![
        root("customer", ValueType::Reference),
        root("product", ValueType::Text),
        root("premium_won", ValueType::Won),
        root("payment_mode", choice(&PAYMENT_MODES)),
        root("sale_date", ValueType::Date),
        root("application_date", ValueType::Date),
        root("certificate_date", ValueType::Date),
        root("withdrawn_on", ValueType::Date),
        root("source", ValueType::Text),
        family("custom", ValueType::Text),
    ]
}

fn policy_record_fields() -> Vec<Field> {
    vec![
        root("policy", ValueType::Reference),
        root("policy_number", ValueType::Text),
        root("status", choice(&["in_force", "lapsed", "reinstated", "surrendered", "matured"])),
        root("lapsed_on", ValueType::Date),
        root("reinstated_on", ValueType::Date),
        root("approved_sale_date", ValueType::Date),
    ]
}

fn product_fields() -> Vec<Field> {
    vec![
        root("code", ValueType::Text),
        root("name", ValueType::Text),
        root("type", ValueType::Text),
        root("valid_from", ValueType::Date),
        root("valid_to", ValueType::Date),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_to_places() {
        let schema = Schema::builtin(Kind::Customer);
        let slot = |name: &str| schema.slot(name).map(|(_, slot)| slot);
        assert_eq!(slot("address.city"), Some(Slot::Root("address.city".into())));
        assert_eq!(slot("phone"), Some(Slot::Entry { container: "phones".into(), entry: None }));
        assert_eq!(
            slot("phone.a1"),
            Some(Slot::Entry { container: "phones".into(), entry: Some("a1".into()) })
        );
        assert_eq!(slot("custom.42"), Some(Slot::Root("custom.42".into())));
        assert_eq!(slot("notes"), Some(Slot::Text("notes".into())));
        for unknown in ["custom", "custom.", "phone.", "phones", "address", "name.x", ""] {
            assert_eq!(slot(unknown), None, "{unknown}");
        }
        assert_eq!(
            Schema::builtin(Kind::Policy).slot("premium").map(|(_, slot)| slot),
            Some(Slot::Root("premium_won".into()))
        );
    }

    #[test]
    fn numbers_of_kinds_are_frozen() {
        assert_eq!(Kind::ALL.map(Kind::number), [1, 2, 3, 4, 5]);
        for kind in Kind::ALL {
            assert_eq!(Schema::builtin(kind).kind, kind);
            assert_eq!(Kind::of_number(kind.number()), Some(kind));
            assert_eq!(minicbor::to_vec(kind).expect("encodes"), vec![kind.number()]);
        }
        assert_eq!(Kind::of_number(0), None);
    }

    #[test]
    fn the_schema_is_data() {
        let (name, json) = Schema::builtin(Kind::Customer).to_document_fields().remove(4);
        assert_eq!(name, "field.phone");
        let field: Field = serde_json::from_str(&json).expect("reads back");
        assert_eq!(field.meaning, Meaning::KeepBoth);
    }
}
