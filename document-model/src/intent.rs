//! Readable intents: what a person meant by a change, for the tray and for authoring it again.

use std::collections::BTreeSet;

use automerge::Change;
use serde::{Deserialize, Serialize};

use crate::ChangeHash;
use crate::authoring::{Assignment, Operation};
use crate::document::Document;
use crate::schema::{Schema, Slot};
use crate::value::FieldValue;

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
    /// The operation that does this again, on the document as it is now. For a counter: the
    /// difference. For a text: what the person added or replaced, never what others wrote since.
    #[must_use]
    pub fn operation(&self, document: &Document) -> Operation {
        let schema = Schema::builtin(document.kind());
        let set = |value| Operation::Set(Assignment { field: self.field.clone(), value });
        match (schema.slot(&self.field), &self.old, &self.new) {
            (Some((_, Slot::Counter(_))), old, FieldValue::Number(new)) => {
                Operation::Increment { field: self.field.clone(), by: new - old.as_number().unwrap_or(0) }
            }
            (Some((_, Slot::Text(_))), old, new) => {
                let fields = document.fields();
                let now = fields.get(&self.field).and_then(FieldValue::as_text).unwrap_or_default();
                let text = |value: &FieldValue| value.as_text().unwrap_or_default().to_owned();
                set(FieldValue::Text(merge_text(&text(old), &text(new), now)))
            }
            _ => set(self.new.clone()),
        }
    }
}

/// `now` with the one replacement done that led from `old` to `new`.
fn merge_text(old: &str, new: &str, now: &str) -> String {
    let begin: usize = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .map(|(character, _)| character.len_utf8())
        .sum();
    let (old_rest, new_rest) = (&old[begin..], &new[begin..]);
    let pairs = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = pairs.take_while(|(a, b)| a == b).map(|(character, _)| character.len_utf8()).sum();
    let removed = &old_rest[..old_rest.len() - end];
    let added = &new_rest[..new_rest.len() - end];
    match (removed.is_empty(), now == old, now.matches(removed).count()) {
        (_, true, _) => new.to_owned(),
        (false, _, 1) => now.replacen(removed, added, 1),
        _ if now.is_empty() => added.trim_start_matches('\n').to_owned(),
        _ => format!("{now}\n{}", added.trim_start_matches('\n')),
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
    fn a_text_edit_is_done_again_without_undoing_what_others_wrote() {
        let cases = [
            ("a", "a\nb", "a", "a\nb"),
            ("a", "a\nb", "a\nc", "a\nc\nb"),
            ("", "b", "", "b"),
            ("likes tea", "likes coffee", "x\nlikes tea", "x\nlikes coffee"),
            ("가나", "가다", "전혀 다른 글", "전혀 다른 글\n다"),
        ];
        for (old, new, now, expected) in cases {
            assert_eq!(merge_text(old, new, now), expected, "{old:?} -> {new:?} on {now:?}");
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
        let shown: Vec<_> =
            intents.iter().map(|i| (i.field.as_str(), i.old.clone(), i.new.clone())).collect();
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
