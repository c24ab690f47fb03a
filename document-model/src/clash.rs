//! Clashes: concurrent edits of one field to different values.

use automerge::{Automerge, ObjId, ROOT, ReadDoc, Value};

use crate::schema::{Field, ValueType};
use crate::value::FieldValue;
use crate::{Actor, ChangeHash};

/// One value of a clash, with what the document itself says about its origin. Author and device
/// come from the hub's mapping of the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClashValue {
    /// The value.
    pub value: FieldValue,
    /// The stream of edits that wrote it.
    pub actor: Actor,
    /// The change that wrote it.
    pub change: ChangeHash,
    /// When, by the author's clock, seconds since the Unix epoch.
    pub made_at_s: i64,
    /// True for the one value shown until a person picks.
    pub shown: bool,
}

/// A field with several concurrent, different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The field's name.
    pub field: String,
    /// All values, smallest first; equal values appear once, with their first author.
    pub values: Vec<ClashValue>,
}

/// The clash at one key of a map, if its concurrent values differ.
pub(crate) fn find(document: &Automerge, object: &ObjId, key: &str, field: &str) -> Option<Clash> {
    let all = document.get_all(object, key).ok()?;
    // Automerge lists the winner last: the highest operation id.
    let winner = all.last().map(|(_, id)| id.clone());
    let mut values: Vec<ClashValue> = all
        .into_iter()
        .filter_map(|(value, id)| {
            let Value::Scalar(scalar) = value else { return None };
            let ObjId::Id(_, actor, _) = &id else { return None };
            let change = document.hash_for_opid(&id)?;
            let made_at_s = document.get_change_meta_by_hash(&change)?.timestamp;
            let value = FieldValue::from_scalar(&scalar);
            let shown = Some(&id) == winner.as_ref();
            Some(ClashValue { value, actor: Actor::of(actor)?, change: change.into(), made_at_s, shown })
        })
        .collect();
    values.sort_by(|a, b| (&a.value, a.made_at_s, a.actor).cmp(&(&b.value, b.made_at_s, b.actor)));
    values.dedup_by(|later, first| {
        let equal = later.value == first.value;
        first.shown |= equal && later.shown;
        equal
    });
    (values.len() > 1).then(|| Clash { field: field.to_owned(), values })
}

/// The most restrictive of the concurrent values of a choice: the one latest in its list of codes.
/// Anything outside the list counts as most restrictive of all.
pub(crate) fn most_restrictive(
    document: &Automerge,
    key: &str,
    field: &Field,
    heads: Option<&[automerge::ChangeHash]>,
) -> Option<FieldValue> {
    let ValueType::Choice(codes) = &field.value else { return None };
    let all = match heads {
        Some(heads) => document.get_all_at(ROOT, key, heads),
        None => document.get_all(ROOT, key),
    };
    let scalars = all.ok()?.into_iter().filter_map(|(value, _)| match value {
        Value::Scalar(scalar) => Some(FieldValue::from_scalar(&scalar)),
        Value::Object(_) => None,
    });
    let rank = |value: &FieldValue| match value.as_text() {
        Some(text) => codes.iter().position(|code| code == text).unwrap_or(codes.len()),
        None => codes.len(),
    };
    scalars.max_by_key(|value| (rank(value), value.clone()))
}
