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
    /// True when doing this again on the document would undo what its author did not see: the value is neither
    /// the one the edit was made on nor the one it makes. Counters and texts take what was added, whatever
    /// else was.
    #[must_use]
    pub fn overwrites(&self, document: &Document) -> bool {
        let schema = Schema::builtin(document.kind());
        if matches!(schema.slot(&self.field), Some((_, Slot::Counter(_) | Slot::Text(_)))) {
            return false;
        }
        let fields = document.fields();
        let now = fields.get(&self.field).unwrap_or(&FieldValue::Nothing);
        *now != self.old && *now != self.new
    }

    /// The operations that do this again, on the document as it is now, its unsent edits included.
    /// For a counter: the difference. For a text: what the person added or replaced, never what was
    /// written since; lines added at the end one by one, so that each is as large as one edit made it.
    #[must_use]
    pub fn operations(&self, document: &Document) -> Vec<Operation> {
        let schema = Schema::builtin(document.kind());
        let set = |value| vec![Operation::Set(Assignment { field: self.field.clone(), value })];
        match (schema.slot(&self.field), &self.old, &self.new) {
            (Some((_, Slot::Counter(_))), old, FieldValue::Number(new)) => {
                vec![Operation::Increment {
                    field: self.field.clone(),
                    by: new - old.as_number().unwrap_or(0),
                }]
            }
            (Some((_, Slot::Text(_))), old, new) => {
                let text = |value: &FieldValue| value.as_text().unwrap_or_default().to_owned();
                let (old, new) = (text(old), text(new));
                if let Some(lines) = lines_added(&old, &new) {
                    let append =
                        |line: &str| Operation::Append { field: self.field.clone(), line: line.to_owned() };
                    return lines.split('\n').map(append).collect();
                }
                let fields = document.fields();
                let now = fields.get(&self.field).and_then(FieldValue::as_text).unwrap_or_default();
                set(FieldValue::Text(merge_text(&old, &new, now)))
            }
            _ => set(self.new.clone()),
        }
    }
}

/// What stands after `old` in `new`, when that is whole lines and nothing else differs.
fn lines_added<'a>(old: &str, new: &'a str) -> Option<&'a str> {
    let rest = new.strip_prefix(old).filter(|rest| !rest.is_empty())?;
    if old.is_empty() { Some(rest) } else { rest.strip_prefix('\n') }
}

/// The one replacement that leads from `old` to `new`: what goes, and what comes in its place.
pub(crate) fn replacement<'a>(old: &'a str, new: &'a str) -> (&'a str, &'a str) {
    let begin: usize = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .map(|(character, _)| character.len_utf8())
        .sum();
    let (old_rest, new_rest) = (&old[begin..], &new[begin..]);
    let pairs = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = pairs.take_while(|(a, b)| a == b).map(|(character, _)| character.len_utf8()).sum();
    (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end])
}

/// `now` with the one replacement done that led from `old` to `new`.
pub(crate) fn merge_text(old: &str, new: &str, now: &str) -> String {
    let (removed, added) = replacement(old, new);
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
        let again = intents[2].operations(&document);
        assert_eq!(again, [Operation::Increment { field: "visits".into(), by: 2 }]);
        assert_eq!(intents[0].made_at_s, 5);
    }
    #[test]
    fn lines_added_to_a_long_text_are_added_again_to_whatever_stands_there() {
        let mut document = Document::born(Kind::Customer);
        let author = Author { actor: Actor([1; 16]), now: Moment(5_000) };
        let append = |line: String| Operation::Append { field: "notes".into(), line };
        let long = "가".repeat(crate::limits::VALUE_BYTES / 3);
        for line in ["first".to_owned(), long.clone()] {
            document.edit(author, &[append(line)], &mut Zero).expect("edits");
        }
        let two = [append(long), append("a line\nand one below it".to_owned())];
        let edited = document.clone().edit(author, &two, &mut Zero).expect("edits").expect("one change");
        let mut made = document.clone();
        made.apply(vec![edited.change.clone()]).expect("applies");
        let [intent] = &intents_of(&made, &edited.change)[..] else { panic!("one field is edited") };
        document.edit(author, &[append("by somebody else".to_owned())], &mut Zero).expect("edits");
        let operations = intent.operations(&document);
        document.edit(author, &operations, &mut Zero).expect("each is as large as an edit may be");
        let notes = document.fields()["notes"].as_text().expect("a text").to_owned();
        let lines: Vec<_> = notes.lines().map(|line| line.chars().take(8).collect::<String>()).collect();
        let filler = "가".repeat(8);
        assert_eq!(
            lines,
            ["first", &filler, "by someb", &filler, "a line", "and one "],
            "in order, nothing of others' is gone"
        );
    }
}
