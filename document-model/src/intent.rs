//! Readable intents: what a person meant by a change, for the tray and for authoring it again.

use std::collections::BTreeSet;

use automerge::Change;
use serde::{Deserialize, Serialize};

use crate::authoring::{Assignment, Operation};
use crate::document::Document;
use crate::schema::{Schema, Slot};
use crate::value::FieldValue;
use crate::ChangeHash;

/// One field of one change, in words: what it was, what the person made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The field.
    pub field: String,
    /// The value the person saw.
    pub old: FieldValue,
    /// The value the person wanted.
    pub new: FieldValue,
    /// When, by the device's clock, seconds since the Unix epoch.
    pub made_at_s: i64,
}

impl Intent {
    /// The operation that does this again. For a counter: the difference. Text: the whole text.
    #[must_use]
    pub fn operation(&self, document: &Document) -> Operation {
        let schema = Schema::builtin(document.kind());
        match (schema.slot(&self.field), self.old.as_number(), self.new.as_number()) {
            (Some((_, Slot::Counter(_))), old, Some(new)) => {
                Operation::Increment { field: self.field.clone(), by: new - old.unwrap_or(0) }
            }
            _ => Operation::Set(Assignment { field: self.field.clone(), value: self.new.clone() }),
        }
    }
}

/// What a change of this document meant: the fields that differ between its parents and itself.
#[must_use]
pub fn intents_of(document: &Document, change: &Change) -> Vec<Intent> {
    let parents: Vec<ChangeHash> = change.deps().iter().map(|hash| ChangeHash::from(*hash)).collect();
    let before = document.fields_at(&parents);
    let after = document.fields_at(&[change.hash().into()]);
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let value = |fields: &std::collections::BTreeMap<String, FieldValue>, name: &String| {
        fields.get(name).cloned().unwrap_or(FieldValue::Nothing)
    };
    names
        .into_iter()
        .filter_map(|name| {
            let (old, new) = (value(&before, name), value(&after, name));
            (old != new).then(|| Intent { field: name.clone(), old, new, made_at_s: change.timestamp() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Kind;
    use crate::{Actor, Author, Entropy, Moment, parse_assignment};

    struct Zero;
    impl Entropy for Zero {
        fn sixteen(&mut self) -> [u8; 16] {
            [0; 16]
        }
    }

    #[test]
    fn a_change_reads_as_old_and_new_values() {
        let mut document = Document::born(Kind::Customer);
        let author = Author { actor: Actor([1; 16]), now: Moment(5_000) };
        let set = |text| Operation::Set(parse_assignment(Kind::Customer, text).expect("parses"));
        document.edit(author, &[set("name=Kim"), set("occupation=pilot")], &mut Zero).expect("edits");
        let visit = Operation::Increment { field: "visits".into(), by: 2 };
        let edited = document
            .edit(author, &[set("name=Lee"), set("occupation="), visit], &mut Zero)
            .expect("edits")
            .expect("one change");
        let intents = intents_of(&document, &edited.change);
        let shown: Vec<_> = intents.iter().map(|i| (i.field.as_str(), i.old.clone(), i.new.clone())).collect();
        assert_eq!(
            shown,
            [
                ("name", "Kim".into(), "Lee".into()),
                ("occupation", "pilot".into(), FieldValue::Nothing),
                ("visits", FieldValue::Number(0), FieldValue::Number(2)),
            ]
        );
        assert_eq!(intents[2].operation(&document), Operation::Increment { field: "visits".into(), by: 2 });
        assert_eq!(intents[0].made_at_s, 5);
    }
}
