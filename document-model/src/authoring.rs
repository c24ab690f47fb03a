//! Editing a document: operations in the trade's words become one Automerge change.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{Change, ObjId, PatchLog, ROOT, ReadDoc, Value, ValueRef};

use crate::document::Document;
use crate::intent::replacement;
use crate::schema::{Kind, Meaning, Schema, Slot, ValueType};
use crate::value::FieldValue;
use crate::{Actor, ChangeHash, Entropy, Moment};
use crate::{limits, lines};

/// One thing a person does to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Give a field a value (or clear it with `Nothing`). Picking a value of a clash is this too.
    Set(Assignment),
    /// Add one more entry to a field that keeps several (phones, contact log).
    Add(Assignment),
    /// Add a line at the end of a text.
    Append {
        /// The text field.
        field: String,
        /// The line.
        line: String,
    },
    /// Count up or down.
    Increment {
        /// The counter field.
        field: String,
        /// By how much.
        by: i64,
    },
}

/// A field and the value it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The field's name.
    pub field: String,
    /// The value.
    pub value: FieldValue,
}

/// Who edits, and when: one stream of edits and a clock reading, passed in.
#[derive(Debug, Clone, Copy)]
pub struct Author {
    /// The stream of edits of this store generation.
    pub actor: Actor,
    /// Now, by this device's clock.
    pub now: Moment,
}

/// The one change that an edit made.
#[derive(Debug, Clone)]
pub struct Edited {
    /// Its hash.
    pub hash: ChangeHash,
    /// The change itself.
    pub change: Change,
}

/// Why an edit cannot be made. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The kind has no such field.
    #[error("there is no field {0:?}; try `name`, `phone`, `address.city`, `notes`, `custom.ID`...")]
    UnknownField(String),
    /// The text cannot be read as the field's type.
    #[error("{field}: {text:?} is not {expected}")]
    WrongType {
        /// The field.
        field: String,
        /// What was typed.
        text: String,
        /// What the field takes.
        expected: &'static str,
    },
    /// The author's stream has gone on, in this document, from where the edit was made.
    #[error("the stream has moved past these heads")]
    StreamPast,
    /// The value is larger than a field may be.
    #[error("{field}: {bytes} bytes are more than the {max} a field may hold")]
    TooLarge {
        /// The field.
        field: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Each value fits, all of them together are more than one edit may carry.
    #[error("these values together are more than one edit may carry; save them in several steps")]
    TooMuch,
    /// The field does not work this way (adding to a single value, counting a text).
    #[error("{0} cannot be changed this way")]
    NotPossible(String),
    /// The document's engine refused.
    #[error("the edit cannot be stored: {0}")]
    Engine(String),
}

/// Reads `FIELD=VALUE` as people type it, giving the value the field's type. An empty value clears.
pub fn parse_assignment(kind: Kind, text: &str) -> Result<Assignment, EditError> {
    let (name, value) = text.split_once('=').ok_or_else(|| EditError::WrongType {
        field: text.to_owned(),
        text: text.to_owned(),
        expected: "FIELD=VALUE",
    })?;
    let schema = Schema::builtin(kind);
    let (field, slot) = schema.slot(name).ok_or_else(|| EditError::UnknownField(name.to_owned()))?;
    let canonical = match &slot {
        Slot::Root(key) => key.clone(),
        _ => name.to_owned(),
    };
    let wrong = |expected| EditError::WrongType { field: name.to_owned(), text: value.to_owned(), expected };
    let value = match &field.value {
        _ if value.is_empty() => FieldValue::Nothing,
        ValueType::Won => {
            FieldValue::Number(value.replace([',', '_'], "").parse().map_err(|_| wrong("whole won"))?)
        }
        ValueType::Number => FieldValue::Number(value.parse().map_err(|_| wrong("a whole number"))?),
        ValueType::Flag => FieldValue::Flag(value.parse().map_err(|_| wrong("true or false"))?),
        ValueType::Date if crate::parse_date(value).is_none() => return Err(wrong("a date YYYY-MM-DD")),
        ValueType::Choice(codes) if !codes.iter().any(|code| code == value) => {
            return Err(wrong("one of its codes"));
        }
        _ => FieldValue::from(value),
    };
    Ok(Assignment { field: canonical, value })
}

impl Document {
    /// Makes one change of `operations`, at the document's heads. `None` when nothing would change.
    pub fn edit(
        &mut self,
        author: Author,
        operations: &[Operation],
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Edited>, EditError> {
        self.write(author, operations, None, None, entropy)
    }

    /// As [`Self::edit`], but written at older heads, so that it stays concurrent with everything
    /// since and clashes stay true. This is how unsent edits are authored again.
    pub fn edit_at(
        &mut self,
        author: Author,
        operations: &[Operation],
        heads: &[ChangeHash],
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Edited>, EditError> {
        self.write(author, operations, Some(heads), None, entropy)
    }

    /// As [`Self::edit`], for an edit that stands for another one, which the change names: see
    /// [`crate::stands_for`].
    pub fn edit_instead(
        &mut self,
        author: Author,
        operations: &[Operation],
        replaced: ChangeHash,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Edited>, EditError> {
        self.write(author, operations, None, Some(replaced), entropy)
    }

    fn write(
        &mut self,
        author: Author,
        operations: &[Operation],
        heads: Option<&[ChangeHash]>,
        replaced: Option<ChangeHash>,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Edited>, EditError> {
        let schema = Schema::builtin(self.kind());
        self.inner_mut().set_actor(author.actor.into());
        let encoding = self.inner().text_encoding();
        let mut transaction = match heads {
            None => self.inner_mut().transaction(),
            Some(heads) => {
                let heads: Vec<_> = heads.iter().map(|hash| (*hash).into()).collect();
                let log = PatchLog::inactive();
                debug_assert_eq!(encoding, automerge::TextEncoding::UnicodeCodePoint);
                self.inner_mut()
                    .transaction_at(log, &heads)
                    .map_err(|error| EditError::Engine(error.to_string()))?
            }
        };
        for operation in operations {
            let done = Writer { transaction: &mut transaction, schema, author, entropy }.perform(operation);
            if let Err(error) = done {
                transaction.rollback();
                return Err(error);
            }
        }
        let mut options = CommitOptions::default().with_time(author.now.seconds());
        if let Some(replaced) = replaced {
            options = options.with_message(replaced.to_string());
        }
        let (Some(hash), _) = transaction.commit_with(options) else { return Ok(None) };
        let hash = ChangeHash::from(hash);
        let change =
            self.change(&hash).ok_or_else(|| EditError::Engine("the change is not in history".to_owned()))?;
        Ok(Some(Edited { hash, change }))
    }
}

/// Performs operations inside one transaction.
struct Writer<'a, 'doc> {
    transaction: &'a mut Transaction<'doc>,
    schema: &'a Schema,
    author: Author,
    entropy: &'a mut dyn Entropy,
}

impl Writer<'_, '_> {
    fn perform(&mut self, operation: &Operation) -> Result<(), EditError> {
        match operation {
            Operation::Set(Assignment { field, value }) => self.set(field, value),
            Operation::Add(Assignment { field, value }) => self.add(field, value),
            Operation::Append { field, line } => self.append(field, line),
            Operation::Increment { field, by } => self.increment(field, *by),
        }
    }

    fn slot(&self, name: &str) -> Result<(Meaning, Slot), EditError> {
        let (field, slot) = self.schema.slot(name).ok_or_else(|| EditError::UnknownField(name.to_owned()))?;
        Ok((field.meaning, slot))
    }

    fn set(&mut self, name: &str, value: &FieldValue) -> Result<(), EditError> {
        let (_, slot) = self.slot(name)?;
        if !matches!(slot, Slot::Text(_)) {
            check_size(name, value.size())?;
        }
        match slot {
            Slot::Root(key) => self.put(&ROOT, &key, name, value),
            Slot::Entry { container, entry } => {
                let object = self.container(&container)?;
                let entry = match entry.or_else(|| self.first_entry(&object)) {
                    Some(entry) => entry,
                    None => self.new_entry(),
                };
                self.put(&object, &entry, name, value)
            }
            Slot::Text(key) => {
                let object = self.container(&key)?;
                let text = match value {
                    FieldValue::Nothing => "",
                    FieldValue::Text(text) => text,
                    _ => return Err(EditError::NotPossible(name.to_owned())),
                };
                // A text grows with its lines: the limit is on what one edit adds.
                let present = self.transaction.text(&object).map_err(engine)?;
                let text = lines::stored(text, &present);
                check_size(name, replacement(&present, &text).1.len())?;
                self.transaction.update_text(&object, text).map_err(engine)
            }
            Slot::Counter(_) => Err(EditError::NotPossible(name.to_owned())),
        }
    }

    fn add(&mut self, name: &str, value: &FieldValue) -> Result<(), EditError> {
        check_size(name, value.size())?;
        match self.slot(name)?.1 {
            Slot::Entry { container, entry: None } => {
                let object = self.container(&container)?;
                let entry = self.new_entry();
                self.put(&object, &entry, name, value)
            }
            _ => Err(EditError::NotPossible(name.to_owned())),
        }
    }

    fn append(&mut self, name: &str, line: &str) -> Result<(), EditError> {
        check_size(name, line.len())?;
        let (_, Slot::Text(key)) = self.slot(name)? else {
            return Err(EditError::NotPossible(name.to_owned()));
        };
        let object = self.container(&key)?;
        let added = lines::appended(line, &self.transaction.text(&object).map_err(engine)?);
        let end = self.transaction.length(&object);
        self.transaction.splice_text(&object, end, 0, &added).map_err(engine)
    }

    fn increment(&mut self, name: &str, by: i64) -> Result<(), EditError> {
        let (_, Slot::Counter(key)) = self.slot(name)? else {
            return Err(EditError::NotPossible(name.to_owned()));
        };
        self.transaction.increment(ROOT, key, by).map_err(engine)
    }

    /// Writes a scalar unless it is already the only value there.
    fn put(&mut self, object: &ObjId, key: &str, name: &str, value: &FieldValue) -> Result<(), EditError> {
        let present = self.transaction.get_all(object, key).map_err(engine)?;
        let scalar = value.to_scalar();
        if present.iter().any(|(value, _)| matches!(value, Value::Object(_))) {
            return Err(EditError::NotPossible(name.to_owned()));
        }
        let settled = match present.as_slice() {
            [] => scalar == automerge::ScalarValue::Null,
            [(Value::Scalar(only), _)] => **only == scalar,
            _ => false,
        };
        if settled { Ok(()) } else { self.transaction.put(object, key, scalar).map_err(engine) }
    }

    fn container(&self, key: &str) -> Result<ObjId, EditError> {
        match self.transaction.get(ROOT, key).map_err(engine)? {
            Some((Value::Object(_), object)) => Ok(object),
            _ => Err(EditError::Engine(format!("the container {key} is missing"))),
        }
    }

    fn first_entry(&self, object: &ObjId) -> Option<String> {
        let mut entries = self.transaction.map_range(object, ..);
        entries.find(|item| matches!(item.value, ValueRef::Scalar(_))).map(|item| item.key.to_string())
    }

    /// A fresh entry id that sorts by birth.
    fn new_entry(&mut self) -> String {
        let random = self.entropy.sixteen();
        let seed = u64::from_be_bytes(random[..8].try_into().expect("eight of sixteen bytes"));
        format!("{:012x}{seed:016x}", self.author.now.0.max(0))
    }
}

fn check_size(name: &str, bytes: usize) -> Result<(), EditError> {
    let max = limits::VALUE_BYTES;
    if bytes > max { Err(EditError::TooLarge { field: name.to_owned(), bytes, max }) } else { Ok(()) }
}

fn engine(error: automerge::AutomergeError) -> EditError {
    EditError::Engine(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) struct Counting(u8);

    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    fn author(actor: u8) -> Author {
        Author { actor: Actor([actor; 16]), now: Moment(1_780_000_000_000) }
    }

    fn set(text: &str) -> Operation {
        Operation::Set(parse_assignment(Kind::Customer, text).expect("parses"))
    }

    fn edit(document: &mut Document, actor: u8, operations: &[Operation]) -> Option<Edited> {
        document.edit(author(actor), operations, &mut Counting(actor)).expect("edits")
    }

    #[test]
    fn two_devices_editing_one_entry_clash_and_parts_of_an_address_do_not() {
        let mut a = Document::born(Kind::Customer);
        edit(&mut a, 1, &[set("name=김철수"), set("phone=010-1111-0000")]);
        let mut b = a.clone();
        edit(&mut a, 1, &[set("phone=010-2222-0000"), set("address.city=Seoul")]);
        edit(&mut b, 2, &[set("phone=010-3333-0000"), set("address.zip=06236")]);
        a.merge(&b).expect("merges");
        let clashes = a.clashes();
        assert_eq!(clashes.len(), 1);
        assert_eq!(clashes[0].field, "phone");
        let values: Vec<_> = clashes[0].values.iter().filter_map(|value| value.value.as_text()).collect();
        assert_eq!(values, ["010-2222-0000", "010-3333-0000"]);
        assert_eq!(clashes[0].values.iter().filter(|value| value.shown).count(), 1);
        assert_eq!(a.fields()["address.city"], FieldValue::from("Seoul"));
        assert_eq!(a.fields()["address.zip"], FieldValue::from("06236"));

        edit(&mut a, 1, &[set("phone=010-3333-0000")]).expect("picking writes even the shown value");
        assert!(a.clashes().is_empty());
        assert_eq!(a.fields()["phone"], FieldValue::from("010-3333-0000"));
    }

    #[test]
    fn equal_values_are_no_clash_and_clearing_is_an_edit() {
        let mut a = Document::born(Kind::Customer);
        edit(&mut a, 1, &[set("name=Kim"), set("occupation=teacher")]);
        let mut b = a.clone();
        edit(&mut a, 1, &[set("name=Lee"), set("occupation=")]);
        edit(&mut b, 2, &[set("name=Lee"), set("occupation=pilot")]);
        a.merge(&b).expect("merges");
        let clashes = a.clashes();
        assert_eq!(clashes.iter().map(|clash| clash.field.as_str()).collect::<Vec<_>>(), ["occupation"]);
        assert_eq!(clashes[0].values[0].value, FieldValue::Nothing);
    }

    #[test]
    fn the_most_restrictive_consent_holds_without_a_clash() {
        let mut a = Document::born(Kind::Customer);
        let mut b = a.clone();
        edit(&mut a, 1, &[set("consent.marketing=withdrawn")]);
        edit(&mut b, 2, &[set("consent.marketing=granted")]);
        a.merge(&b).expect("merges");
        b.merge(&a).expect("merges");
        for document in [&a, &b] {
            assert_eq!(document.fields()["consent.marketing"], FieldValue::from("withdrawn"));
            assert!(document.clashes().is_empty());
        }
    }

    #[test]
    fn counters_add_up_and_texts_merge() {
        let mut a = Document::born(Kind::Customer);
        let mut b = a.clone();
        let line = |line: &str| Operation::Append { field: "notes".into(), line: line.into() };
        let visit = Operation::Increment { field: "visits".into(), by: 1 };
        edit(&mut a, 1, &[line("met at the fair"), visit.clone()]);
        edit(&mut b, 2, &[line("likes tea"), visit]);
        a.merge(&b).expect("merges");
        assert_eq!(a.fields()["visits"], FieldValue::Number(2));
        let notes = a.fields()["notes"].clone();
        let notes = notes.as_text().expect("text");
        assert!(notes.contains("met at the fair") && notes.contains("likes tea"), "{notes}");
    }

    #[test]
    fn entries_added_by_two_devices_are_both_kept() {
        let mut a = Document::born(Kind::Customer);
        let mut b = a.clone();
        edit(&mut a, 1, &[set("phone=1")]);
        edit(&mut b, 2, &[set("phone=2")]);
        a.merge(&b).expect("merges");
        assert_eq!(a.fields().keys().filter(|name| name.starts_with("phone")).count(), 2);
        assert!(a.clashes().is_empty());
    }

    #[test]
    fn an_edit_at_older_heads_stays_concurrent() {
        let mut a = Document::born(Kind::Customer);
        edit(&mut a, 1, &[set("name=Kim")]);
        let made_on = a.heads();
        edit(&mut a, 1, &[set("name=Lee")]);
        let again = a
            .edit_at(author(3), &[set("name=Park")], &made_on, &mut Counting(0))
            .expect("edits")
            .expect("one");
        assert_eq!(Actor::of(again.change.actor_id()), Some(Actor([3; 16])));
        assert_eq!(a.clashes().len(), 1);
    }

    #[test]
    fn what_cannot_be_typed_is_said() {
        let parse = |text| parse_assignment(Kind::Policy, text);
        assert!(matches!(parse("premium=lots"), Err(EditError::WrongType { .. })));
        assert!(matches!(parse("sale_date=2026-13-01"), Err(EditError::WrongType { .. })));
        assert!(matches!(parse("nonsense=1"), Err(EditError::UnknownField(_))));
        assert_eq!(parse("premium=50,000").expect("parses").value, FieldValue::Number(50_000));
        let mut document = Document::born(Kind::Customer);
        let huge =
            Operation::Set(Assignment { field: "name".into(), value: FieldValue::Text("x".repeat(9000)) });
        assert!(matches!(
            document.edit(author(1), &[huge], &mut Counting(0)),
            Err(EditError::TooLarge { .. })
        ));
        assert!(edit(&mut document, 1, &[set("name=")]).is_none(), "clearing nothing changes nothing");
    }

    #[test]
    fn a_long_text_is_still_edited_and_what_one_edit_adds_has_a_limit() {
        let mut document = Document::born(Kind::Customer);
        let line = |text: &str| Operation::Append { field: "notes".into(), line: text.to_owned() };
        for filler in ["a", "b", "c"] {
            edit(&mut document, 1, &[line(&filler.repeat(limits::VALUE_BYTES))]).expect("a line");
        }
        let notes = document.fields()["notes"].as_text().expect("a text").to_owned();
        let set = |text: String| {
            Operation::Set(Assignment { field: "notes".into(), value: FieldValue::Text(text) })
        };
        let corrected = notes.replacen("ab", "a-", 1) + " and more";
        edit(&mut document, 1, &[set(corrected.clone())]).expect("a correction");
        assert_eq!(document.fields()["notes"], FieldValue::from(corrected.as_str()));
        let twice = set(format!("{corrected}{corrected}"));
        let twice = document.edit(author(1), &[twice], &mut Counting(0));
        assert!(matches!(twice, Err(EditError::TooLarge { .. })));
    }
}
