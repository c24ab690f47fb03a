//! A document begun anew: what it shows, without the history that led there.
//!
//! History grows with every edit and is carried along for ever; a new lineage drops it. Every value keeps
//! its author: each author writes, in one change, what the document shows of theirs. So the same document
//! begun anew twice is the same bytes, wherever that is done.

use std::collections::BTreeMap;

use automerge::iter::MapRangeItem;
use automerge::transaction::CommitOptions;
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue, ValueRef};

use crate::document::Document;
use crate::replay::{Write, perform};
use crate::schema::{Meaning, Schema};
use crate::{Actor, ChangeHash, FieldValue};

/// The message of the changes that a document began anew with.
const MESSAGE: &str = "anew";

impl Document {
    /// The document begun anew. `None` while values clash, since what is not shown would be lost before a
    /// person picked; and where it holds what this version does not know how to write again.
    #[must_use]
    pub fn begun_anew(&self) -> Option<Self> {
        if !self.clashes().is_empty() {
            return None;
        }
        let first = self.first_author()?;
        let mut by_author: BTreeMap<Actor, Vec<Write>> = BTreeMap::new();
        for (author, write) in self.writes()? {
            by_author.entry(author.unwrap_or(first)).or_default().push(write);
        }
        let mut anew = Self::born(self.kind());
        // Whose document it is, is told by its first change: it stands even where nothing is left of it.
        let of_first = by_author.remove(&first).unwrap_or_default();
        let others = by_author.into_iter();
        for (author, writes) in [(first, of_first)].into_iter().chain(others) {
            anew.write_as(author, self.last_time(author), &writes)?;
        }
        (anew.fields() == self.fields()).then_some(anew)
    }

    /// The last of the changes that it began anew with: it stands for everything before. `None` for a document
    /// of the first lineage.
    #[must_use]
    pub fn began_anew_with(&self) -> Option<ChangeHash> {
        let all = self.inner().get_changes_meta(&[]);
        let last = all.iter().rfind(|meta| meta.message.as_deref() == Some(MESSAGE));
        last.map(|meta| meta.hash.into())
    }

    /// What it shows as writes, each with its author where one is known. `None`: something is unknown.
    fn writes(&self) -> Option<Vec<(Option<Actor>, Write)>> {
        let schema = Schema::builtin(self.kind());
        let mut writes = Vec::new();
        for item in self.inner().map_range(ROOT, ..) {
            let key = item.key.to_string();
            match &item.value {
                ValueRef::Scalar(_) => {
                    let field = schema.of_root_key(&key);
                    let restricted =
                        item.conflict && field.is_some_and(|field| field.meaning == Meaning::MostRestrictive);
                    let shown =
                        if restricted { self.fields().get(&key).map(FieldValue::to_scalar) } else { None };
                    let (author, value) = self.scalar(&ROOT, &item)?;
                    match shown.unwrap_or(value) {
                        // A field that was cleared.
                        ScalarValue::Null => {}
                        ScalarValue::Counter(counter) => match i64::from(&counter) {
                            0 => {}
                            by => writes.push((None, Write::Increment { key, by })),
                        },
                        value => writes.push((author, Write::Put { container: None, key, value })),
                    }
                }
                ValueRef::Object(ObjType::Text) => {
                    schema.container(&key)?;
                    let text = self.inner().text(item.id()).ok()?;
                    writes.push((None, Write::Text { container: key, old: String::new(), new: text }));
                }
                ValueRef::Object(_) => {
                    schema.container(&key)?;
                    let container = item.id();
                    for entry in self.inner().map_range(&container, ..) {
                        let (author, value) = self.scalar(&container, &entry)?;
                        let (container, key) = (Some(key.clone()), entry.key.to_string());
                        writes.push((author, Write::Put { container, key, value }));
                    }
                }
            }
        }
        Some(writes)
    }

    /// The scalar at a place, and who wrote it. `None` where something else is.
    fn scalar(&self, object: &ObjId, item: &MapRangeItem<'_>) -> Option<(Option<Actor>, ScalarValue)> {
        let (value, id) = self.inner().get(object, item.key.as_ref()).ok()??;
        let author = match &id {
            ObjId::Id(_, actor, _) => Actor::of(actor),
            ObjId::Root => None,
        };
        Some((author, value.into_scalar().ok()?))
    }

    /// When an author last wrote, seconds since the Unix epoch.
    fn last_time(&self, author: Actor) -> i64 {
        let id = automerge::ActorId::from(author);
        let own = self.inner().get_changes_meta(&[]).into_iter().filter(|meta| *meta.actor == id);
        own.map(|meta| meta.timestamp).max().unwrap_or_default()
    }

    fn write_as(&mut self, author: Actor, made_at_s: i64, writes: &[Write]) -> Option<()> {
        let inner = self.inner_mut();
        inner.set_actor(author.into());
        let options = || CommitOptions::default().with_time(made_at_s).with_message(MESSAGE);
        let mut transaction = inner.transaction();
        writes.iter().try_for_each(|write| perform(&mut transaction, write)).ok()?;
        let (written, _) = transaction.commit_with(options());
        if written.is_none() {
            inner.empty_commit(options());
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Author, Entropy, Kind, Moment, Operation, parse_assignment};

    struct Counting(u8);
    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    fn edit(document: &mut Document, actor: u8, text: &[&str]) {
        let author = Author { actor: Actor([actor; 16]), now: Moment(i64::from(actor) * 1_000) };
        let operation = |text: &&str| match text.strip_prefix("notes+") {
            Some(line) => Operation::Append { field: "notes".into(), line: line.into() },
            None if *text == "visits" => Operation::Increment { field: "visits".into(), by: 1 },
            None => Operation::Set(parse_assignment(Kind::Customer, text).expect("parses")),
        };
        let operations: Vec<_> = text.iter().map(operation).collect();
        document.edit(author, &operations, &mut Counting(actor * 10)).expect("edits").expect("one change");
    }

    fn lived_long() -> Document {
        let mut document = Document::born(Kind::Customer);
        edit(&mut document, 3, &["name=Kim", "phone=010-1", "notes+first", "tag.vip=true"]);
        for n in 0..200 {
            edit(&mut document, 1 + n % 5, &[&format!("occupation=pilot {n}"), "notes+line", "visits"]);
        }
        edit(&mut document, 2, &["custom.x=y", "address.city=Seoul"]);
        edit(&mut document, 4, &["occupation="]);
        document
    }

    #[test]
    fn it_shows_the_same_and_the_history_is_gone() {
        let document = lived_long();
        let anew = document.begun_anew().expect("nothing clashes");
        assert_eq!(anew.fields(), document.fields());
        assert_eq!(anew.fields()["visits"], FieldValue::Number(200));
        assert_eq!(anew.first_author(), document.first_author(), "it is still the first author's");
        assert!(anew.history().iter().all(|change| !document.contains(change)));
        assert!(
            anew.save().len() * 3 < document.save().len(),
            "{} {}",
            anew.save().len(),
            document.save().len()
        );
        assert_eq!(anew.last_seq(Actor([2; 16])), 1, "each author writes once");
        assert_eq!(anew.began_anew_with().map(|last| vec![last]), Some(anew.heads()), "one after the other");
        assert_eq!(document.began_anew_with(), None);
        let again = document.begun_anew().expect("nothing clashes");
        assert_eq!((again.heads(), again.save()), (anew.heads(), anew.save()), "twice is the same");
        let loaded = Document::load(Kind::Customer, &anew.save()).expect("it is one of its kind");
        assert_eq!(loaded.fields(), anew.fields());
        for change in anew.history() {
            let change = anew.change(&change).expect("history holds it");
            let one_by_one = crate::inspect_change(Kind::Customer, &change);
            assert!(one_by_one.is_ok(), "{one_by_one:?}");
        }
    }

    #[test]
    fn authors_write_on() {
        let mut anew = lived_long().begun_anew().expect("nothing clashes");
        edit(&mut anew, 2, &["custom.x=z"]);
        assert_eq!(anew.last_seq(Actor([2; 16])), 2);
        assert_ne!(anew.began_anew_with().map(|last| vec![last]), Some(anew.heads()), "it has gone on");
        let twice = anew.begun_anew().expect("nothing clashes");
        assert_eq!(twice.fields(), anew.fields());
    }

    #[test]
    fn a_clash_is_for_a_person_first() {
        let mut one = lived_long();
        let mut other = one.clone();
        edit(&mut one, 1, &["name=Lee"]);
        edit(&mut other, 2, &["name=Park"]);
        one.merge(&other).expect("merges");
        assert!(one.begun_anew().is_none());
        edit(&mut one, 1, &["name=Lee Park"]);
        assert!(one.begun_anew().is_some());
    }

    #[test]
    fn concurrent_consent_stays_as_restrictive_as_it_is() {
        let field = Schema::builtin(Kind::Customer)
            .fields
            .iter()
            .find(|field| field.meaning == Meaning::MostRestrictive)
            .expect("a customer has one");
        let crate::schema::ValueType::Choice(codes) = &field.value else { panic!("a choice") };
        let mut one = Document::born(Kind::Customer);
        edit(&mut one, 1, &["name=Kim"]);
        let mut other = one.clone();
        edit(&mut one, 1, &[&format!("{}={}", field.name, codes[0])]);
        edit(&mut other, 2, &[&format!("{}={}", field.name, codes[codes.len() - 1])]);
        one.merge(&other).expect("merges");
        let anew = one.begun_anew().expect("this never clashes");
        assert_eq!(anew.fields()[&field.name], codes[codes.len() - 1].as_str().into());
    }

    #[test]
    fn what_began_with_nothing_left_is_still_whose_it_was() {
        let mut document = Document::born(Kind::Customer);
        edit(&mut document, 7, &["occupation=x"]);
        edit(&mut document, 8, &["occupation="]);
        let anew = document.begun_anew().expect("nothing clashes");
        assert_eq!((anew.first_author(), anew.history().len()), (Some(Actor([7; 16])), 1));
        assert!(Document::born(Kind::Customer).begun_anew().is_none(), "nobody wrote it yet");
    }
}
