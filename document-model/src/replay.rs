//! Authoring a change again: the same writes, under another actor, at the heads they were made on.

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Change, ObjId, PatchLog, ROOT, ReadDoc, ScalarValue, Value};

use crate::authoring::{Author, EditError, Edited};
use crate::document::Document;
use crate::intent::merge_text;
use crate::lines;
use crate::schema::{Place, Schema};
use crate::{Actor, ChangeHash};

/// One write of a change, freed from its actor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Write {
    Put {
        container: Option<String>,
        key: String,
        value: ScalarValue,
    },
    Delete {
        container: Option<String>,
        key: String,
    },
    Increment {
        key: String,
        by: i64,
    },
    /// A text, as it stood before and after.
    Text {
        container: String,
        old: String,
        new: String,
    },
}

impl Document {
    /// Writes what `change` (of `original`, a document that holds it) wrote once more: by `author`,
    /// at `heads` of this document. Concurrency and clashes stay what they were. `None` when there
    /// is nothing to write. [`EditError::StreamPast`] when a change of the author's stream is in this document and
    /// not among what led to `heads`. The new change names the edit it stands for, `replaced`.
    pub fn replay(
        &mut self,
        original: &Self,
        change: &Change,
        replaced: ChangeHash,
        author: Author,
        heads: &[ChangeHash],
    ) -> Result<Option<Edited>, EditError> {
        let writes = writes_of(original, change);
        self.inner_mut().set_actor(author.actor.into());
        let heads: Vec<_> = heads.iter().map(|hash| (*hash).into()).collect();
        let mut transaction =
            self.inner_mut().transaction_at(PatchLog::inactive(), &heads).map_err(|error| engine(&error))?;
        for write in &writes {
            if let Err(error) = perform(&mut transaction, write) {
                transaction.rollback();
                return Err(error);
            }
        }
        let options =
            CommitOptions::default().with_time(change.timestamp()).with_message(replaced.to_string());
        let (Some(hash), _) = transaction.commit_with(options) else { return Ok(None) };
        let hash = ChangeHash::from(hash);
        match self.change(&hash) {
            // Automerge gives a transaction at older heads a derived actor when this one's latest
            // change is not among them; such a change is nobody's.
            Some(change) if Actor::of(change.actor_id()) == Some(author.actor) => {
                Ok(Some(Edited { hash, change }))
            }
            _ => Err(EditError::StreamPast),
        }
    }
}

/// The edit, as it was first authored, that a change authored again stands for: its message says so, for as
/// long as there is history.
#[must_use]
pub fn stands_for(change: &Change) -> Option<ChangeHash> {
    change.message()?.parse().ok()
}

fn writes_of(original: &Document, change: &Change) -> Vec<Write> {
    let mut writes = Vec::new();
    let mut texts = Vec::new();
    for operation in change.decode().operations {
        let container = match &operation.obj {
            ObjectId::Root => None,
            ObjectId::Id(id) => match container_of(original, id.counter(), id.actor()) {
                Some(name) => Some(name),
                None => continue,
            },
        };
        match (operation.key, operation.action, container) {
            (Key::Map(key), OpType::Put(value), container) => {
                writes.push(Write::Put { container, key: key.to_string(), value });
            }
            (Key::Map(key), OpType::Delete, container) => {
                // Picking the value that is shown already deletes the others: the key stays.
                let kept = scalar_at(original, container.as_deref(), &key, change.hash());
                let key = key.to_string();
                writes.push(match kept {
                    Some(value) => Write::Put { container, key, value },
                    None => Write::Delete { container, key },
                });
            }
            (Key::Map(key), OpType::Increment(by), None) => {
                writes.push(Write::Increment { key: key.to_string(), by })
            }
            (Key::Seq(_), _, Some(container)) if !texts.contains(&container) => texts.push(container),
            _ => {}
        }
    }
    for container in texts {
        if let Ok(Some((Value::Object(_), object))) = original.inner().get(ROOT, container.as_str()) {
            let text = |heads: &[automerge::ChangeHash]| original.inner().text_at(&object, heads);
            let old = text(change.deps()).unwrap_or_default();
            let new = text(&[change.hash()]).unwrap_or_default();
            writes.push(Write::Text { container, old, new });
        }
    }
    writes
}

/// The scalar at a key as it stood after a change.
fn scalar_at(
    document: &Document,
    container: Option<&str>,
    key: &str,
    after: automerge::ChangeHash,
) -> Option<ScalarValue> {
    let object = match container {
        None => ROOT,
        Some(name) => document.inner().get(ROOT, name).ok()??.1,
    };
    match document.inner().get_at(&object, key, &[after]).ok()?? {
        (Value::Scalar(scalar), _) => Some(scalar.into_owned()),
        (Value::Object(_), _) => None,
    }
}

/// The name of a genesis container by the id of the operation that made it.
fn container_of(document: &Document, counter: u64, actor: &automerge::ActorId) -> Option<String> {
    let schema = Schema::builtin(document.kind());
    let names = schema.fields.iter().filter_map(|field| match &field.place {
        Place::Entries(name) | Place::TextObject(name) => Some(name),
        _ => None,
    });
    let is_it = |name: &&String| match document.inner().get(ROOT, name.as_str()) {
        Ok(Some((_, ObjId::Id(made_at, made_by, _)))) => made_at == counter && made_by == *actor,
        _ => false,
    };
    let mut names = names;
    names.find(is_it).cloned()
}

pub(crate) fn perform(
    transaction: &mut automerge::transaction::Transaction<'_>,
    write: &Write,
) -> Result<(), EditError> {
    let object = |transaction: &automerge::transaction::Transaction<'_>, name: &Option<String>| match name {
        None => Ok(ROOT),
        Some(name) => match transaction.get(ROOT, name.as_str()) {
            Ok(Some((Value::Object(_), object))) => Ok(object),
            _ => Err(EditError::Engine(format!("the container {name} is missing"))),
        },
    };
    let done = match write {
        Write::Put { container, key, value } => {
            let object = object(transaction, container)?;
            transaction.put(&object, key.as_str(), value.clone())
        }
        Write::Delete { container, key } => {
            let object = object(transaction, container)?;
            transaction.delete(&object, key.as_str())
        }
        Write::Increment { key, by } => transaction.increment(ROOT, key.as_str(), *by),
        Write::Text { container, old, new } => {
            let object = object(transaction, &Some(container.clone()))?;
            let now = transaction.text(&object).map_err(|error| engine(&error))?;
            let text = text_again(old, new, &now);
            transaction.update_text(&object, text)
        }
    };
    done.map_err(|error| engine(&error))
}

/// The text as it is once what led from `old` to `new` is done on `now`.
fn text_again(old: &str, new: &str, now: &str) -> String {
    if now == old {
        return new.to_owned();
    }
    let shown = |text: &str| lines::shown(text.to_owned());
    lines::stored(&merge_text(&shown(old), &shown(new), &shown(now)), now)
}

fn engine(error: &dyn std::fmt::Display) -> EditError {
    EditError::Engine(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entropy, FieldValue, Kind, Moment, Operation, parse_assignment};

    struct Counting(u8);
    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    fn author(actor: u8) -> Author {
        Author { actor: Actor([actor; 16]), now: Moment(9_000) }
    }

    fn edit(document: &mut Document, actor: u8, operations: &[Operation]) -> Change {
        document
            .edit(author(actor), operations, &mut Counting(actor))
            .expect("edits")
            .expect("one change")
            .change
    }

    fn set(text: &str) -> Operation {
        Operation::Set(parse_assignment(Kind::Customer, text).expect("parses"))
    }

    #[test]
    fn everything_a_device_writes_survives_being_authored_again() {
        let mut base = Document::born(Kind::Customer);
        edit(&mut base, 1, &[set("name=Kim"), set("phone=1"), set("notes=first")]);
        let mut original = base.clone();
        let line = Operation::Append { field: "notes".into(), line: "second".into() };
        let visit = Operation::Increment { field: "visits".into(), by: 3 };
        let first = edit(
            &mut original,
            2,
            &[set("phone=2"), set("tag.vip=true"), line, visit, set("occupation=pilot")],
        );
        let second = edit(&mut original, 2, &[set("occupation="), set("notes=second alone")]);

        let mut again = base.clone();
        let one = again
            .replay(&original, &first, first.hash().into(), author(3), &base.heads())
            .expect("replays")
            .expect("one change");
        let two = again
            .replay(&original, &second, second.hash().into(), author(3), &[one.hash])
            .expect("replays")
            .expect("one change");
        assert_eq!(again.fields(), original.fields());
        assert_eq!(stands_for(&one.change), Some(first.hash().into()));
        assert_eq!((stands_for(&first), stands_for(&second)), (None, None));
        assert_eq!((one.change.timestamp(), two.change.deps().len()), (9, 1));
        assert!(again.clashes().is_empty());
    }

    #[test]
    fn what_a_text_holds_already_is_not_added_once_more() {
        let line = |text: &str| Operation::Append { field: "notes".into(), line: text.into() };
        let mut base = Document::born(Kind::Customer);
        edit(&mut base, 1, &[set("name=Kim"), line("first")]);
        // The device wrote its first line again, not knowing that history has it; then a second one.
        let mut original = base.clone();
        let first = edit(&mut original, 2, &[line("first")]);
        let second = edit(&mut original, 2, &[line("second")]);
        let mut again = base.clone();
        again
            .replay(&original, &second, second.hash().into(), author(3), &base.heads())
            .expect("replays")
            .expect("one change");
        assert_ne!(first.hash(), second.hash());
        assert_eq!(again.fields()["notes"], "first\nsecond".into());
    }

    #[test]
    fn a_clash_stays_a_clash_and_its_picking_stays_a_picking() {
        let mut base = Document::born(Kind::Customer);
        edit(&mut base, 1, &[set("name=Kim")]);
        let made_on = base.heads();
        let mut original = base.clone();
        let unsent = edit(&mut original, 2, &[set("name=Lee")]);
        edit(&mut base, 1, &[set("name=Park")]);
        let mut again = base.clone();
        again.replay(&original, &unsent, unsent.hash().into(), author(3), &made_on).expect("replays");
        assert_eq!(again.clashes().len(), 1);

        let shown = again.fields()["name"].clone();
        let mut picked = again.clone();
        let pick = edit(&mut picked, 2, &[set(&format!("name={}", shown.as_text().expect("text")))]);
        let mut settled = again.clone();
        settled
            .replay(&picked, &pick, pick.hash().into(), author(4), &again.heads())
            .expect("replays")
            .expect("one change");
        assert!(settled.clashes().is_empty());
        assert_eq!(settled.fields()["name"], shown);
        assert_ne!(shown, FieldValue::Nothing);
    }
}
