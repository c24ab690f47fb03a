//! The decision over every operation of every change: what no device may write, whatever it shows.
//!
//! A losing concurrent write changes no visible value, so looking at the merged document is not
//! enough; this looks at the operations themselves.

use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{Change, ScalarValue};

use crate::document::GENESIS_ACTOR;
use crate::limits;
use crate::schema::{Kind, Meaning, Schema};

/// Why a change is not accepted into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// More bytes, operations or parents than a change may have.
    #[error("the change is larger than a change may be")]
    TooLarge,
    /// A value or key larger than a field may hold.
    #[error("a value is larger than a field may hold")]
    ValueTooLarge,
    /// It creates, replaces or deletes a container, or nests one: only the genesis change does.
    #[error("the change rebuilds the structure of the document")]
    Structure,
    /// It writes with the actor of genesis changes.
    #[error("the change claims an actor nobody may use")]
    ReservedActor,
    /// It carries data this version does not know and cannot judge.
    #[error("the change holds operations this version does not know")]
    Unknown,
}

/// Looks at every operation of a change to a document of `kind`.
pub fn inspect_change(kind: Kind, change: &Change) -> Result<(), Objection> {
    if change.raw_bytes().len() > limits::CHANGE_BYTES
        || change.len() > limits::CHANGE_OPERATIONS
        || change.deps().len() > limits::CHANGE_DEPENDENCIES
    {
        return Err(Objection::TooLarge);
    }
    if change.actors().any(|actor| crate::Actor::of(actor).is_none())
        || *change.actor_id() == automerge::ActorId::from(GENESIS_ACTOR)
    {
        return Err(Objection::ReservedActor);
    }
    if !change.extra_bytes().is_empty() || change.author().is_some() {
        return Err(Objection::Unknown);
    }
    let schema = Schema::builtin(kind);
    change.decode().operations.iter().try_for_each(|operation| inspect_operation(schema, operation))
}

fn inspect_operation(schema: &Schema, operation: &Op) -> Result<(), Objection> {
    let at_root = operation.obj == ObjectId::Root;
    let key = match &operation.key {
        Key::Map(key) => Some(key.as_str()),
        Key::Seq(_) => None,
    };
    if key.is_some_and(|key| key.is_empty() || key.len() > limits::KEY_BYTES) {
        return Err(Objection::ValueTooLarge);
    }
    let container = if at_root { key.and_then(|key| schema.container(key)) } else { None };
    match &operation.action {
        OpType::Make(_) => Err(Objection::Structure),
        OpType::MarkBegin(..) | OpType::MarkEnd(_) => Err(Objection::Unknown),
        OpType::Delete | OpType::Put(_) if container.is_some() => Err(Objection::Structure),
        OpType::Increment(_) if container.is_some_and(|field| field.meaning == Meaning::AddUp) => Ok(()),
        OpType::Increment(_) => Err(Objection::Structure),
        OpType::Delete => Ok(()),
        OpType::Put(value) => inspect_value(value),
    }
}

fn inspect_value(value: &ScalarValue) -> Result<(), Objection> {
    match value {
        ScalarValue::Str(text) if text.len() > limits::VALUE_BYTES => Err(Objection::ValueTooLarge),
        ScalarValue::Bytes(bytes) if bytes.len() > limits::VALUE_BYTES => Err(Objection::ValueTooLarge),
        ScalarValue::Counter(_) => Err(Objection::Structure),
        ScalarValue::Unknown { .. } => Err(Objection::Unknown),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{Automerge, ObjType, ROOT, ReadDoc};

    use super::*;
    use crate::Document;

    /// A change made by bypassing the editing functions, as a modified client would.
    fn forged(actor: u8, write: impl FnOnce(&mut automerge::transaction::Transaction<'_>)) -> Change {
        let mut document = Automerge::load(&Document::born(Kind::Customer).save()).expect("loads");
        document.set_actor(automerge::ActorId::from([actor; 16]));
        let mut transaction = document.transaction();
        write(&mut transaction);
        let (hash, _) = transaction.commit();
        document.get_change_by_hash(&hash.expect("one change")).expect("there")
    }

    #[test]
    fn ordinary_edits_pass_and_unknown_scalar_fields_of_newer_versions_too() {
        let change = forged(7, |tx| {
            tx.put(ROOT, "name", "Kim").expect("puts");
            tx.put(ROOT, "field.of.tomorrow", 5).expect("puts");
            tx.increment(ROOT, "visits", 1).expect("counts");
        });
        assert_eq!(inspect_change(Kind::Customer, &change), Ok(()));
    }

    #[test]
    fn structure_belongs_to_the_genesis() {
        let cases: [fn(&mut automerge::transaction::Transaction<'_>); 5] = [
            |tx| drop(tx.put_object(ROOT, "phones", ObjType::Map).expect("puts")),
            |tx| drop(tx.put_object(ROOT, "mine", ObjType::List).expect("puts")),
            |tx| tx.delete(ROOT, "notes").expect("deletes"),
            |tx| tx.put(ROOT, "phones", "gone").expect("puts"),
            |tx| tx.put(ROOT, "visits", "many").expect("puts"),
        ];
        for (index, write) in cases.into_iter().enumerate() {
            assert_eq!(
                inspect_change(Kind::Customer, &forged(7, write)),
                Err(Objection::Structure),
                "case {index}"
            );
        }
    }

    #[test]
    fn sizes_and_the_reserved_actor_are_refused() {
        let long = forged(7, |tx| tx.put(ROOT, "name", "x".repeat(limits::VALUE_BYTES + 1)).expect("puts"));
        assert_eq!(inspect_change(Kind::Customer, &long), Err(Objection::ValueTooLarge));
        let key = forged(7, |tx| tx.put(ROOT, "k".repeat(limits::KEY_BYTES + 1), 1).expect("puts"));
        assert_eq!(inspect_change(Kind::Customer, &key), Err(Objection::ValueTooLarge));
        let genesis = forged(0, |tx| tx.put(ROOT, "name", "Kim").expect("puts"));
        assert_eq!(inspect_change(Kind::Customer, &genesis), Err(Objection::ReservedActor));
    }
}
