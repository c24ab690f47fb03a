//! Looking through a document: its fields and clashes in one walk. To walk costs about as much as to load.

use std::collections::BTreeMap;

use automerge::iter::{DocItem, DocObjItem, MapRangeItem, Span};
use automerge::{Automerge, ChangeHash, ObjId, ROOT, ReadDoc, ValueRef};

use crate::clash::{self, Clash};
use crate::lines;
use crate::schema::{Field, Kind, Meaning, Schema};
use crate::value::FieldValue;

/// One walk through a document, from the root to what the schema's containers hold.
pub(crate) struct Look<'a> {
    document: &'a Automerge,
    schema: &'a Schema,
    heads: Option<&'a [ChangeHash]>,
    /// Containers met on the way, in the order in which they were made.
    containers: Vec<Container<'a>>,
    /// Every visible field by name.
    pub(crate) fields: BTreeMap<String, FieldValue>,
    /// Concurrent values that differ; none where the look is at a past state.
    pub(crate) clashes: Vec<Clash>,
}

/// A container and what was seen of it.
struct Container<'a> {
    field: &'a Field,
    id: ObjId,
    entries: usize,
    text: String,
    /// What is in the text besides text: nothing of ours writes it.
    blocks: bool,
}

impl<'a> Look<'a> {
    /// Looks at the document as it is, or as it stood at `heads`.
    pub(crate) fn at(document: &'a Automerge, kind: Kind, heads: Option<&'a [ChangeHash]>) -> Self {
        let schema = Schema::builtin(kind);
        let (containers, fields, clashes) = Default::default();
        let mut look = Self { document, schema, heads, containers, fields, clashes };
        for DocObjItem { obj, item } in document.iter_at(&ROOT, heads) {
            match item {
                DocItem::Map(item) if *obj == ROOT => look.root(&item),
                DocItem::Map(item) => look.entry(&obj, &item),
                DocItem::Text(span) => look.text(&obj, span),
                DocItem::List(_) => {}
            }
        }
        for container in std::mem::take(&mut look.containers) {
            look.texts(container);
        }
        look
    }

    fn root(&mut self, item: &MapRangeItem<'_>) {
        match (&item.value, self.schema.container(&item.key)) {
            (ValueRef::Object(_), Some(field)) => {
                let container =
                    Container { field, id: item.id(), entries: 0, text: String::new(), blocks: false };
                self.containers.push(container);
            }
            (ValueRef::Object(_), None) => {}
            (ValueRef::Scalar(scalar), container) => {
                let field = self.schema.of_root_key(&item.key);
                let restrictive = field.filter(|field| field.meaning == Meaning::MostRestrictive);
                let value = restrictive
                    .filter(|_| item.conflict)
                    .and_then(|field| clash::most_restrictive(self.document, &item.key, field, self.heads))
                    .unwrap_or_else(|| FieldValue::from_scalar(&scalar.into()));
                if item.conflict && container.is_none() && restrictive.is_none() {
                    self.clash(&ROOT, &item.key, &item.key);
                }
                self.see(item.key.to_string(), value);
            }
        }
    }

    fn entry(&mut self, object: &ObjId, item: &MapRangeItem<'_>) {
        let Some(container) = self.containers.iter_mut().find(|container| container.id == *object) else {
            return;
        };
        let (field, index) = (container.field, container.entries);
        container.entries += 1;
        let name = entry_name(&field.name, index, &item.key);
        if item.conflict && field.meaning == Meaning::KeepBoth {
            self.clash(object, &item.key, &name);
        }
        if let ValueRef::Scalar(scalar) = &item.value {
            self.see(name, FieldValue::from_scalar(&scalar.into()));
        }
    }

    fn text(&mut self, object: &ObjId, span: Span) {
        let container = self.containers.iter_mut().find(|container| container.id == *object);
        match (container, span) {
            (Some(container), Span::Text { text, .. }) => container.text.push_str(&text),
            (Some(container), Span::Block(_)) => container.blocks = true,
            (None, _) => {}
        }
    }

    fn texts(&mut self, container: Container<'_>) {
        let Container { field, id, text, blocks, .. } = container;
        let whole = match self.heads {
            _ if !blocks => text,
            Some(heads) => self.document.text_at(&id, heads).unwrap_or_default(),
            None => self.document.text(&id).unwrap_or_default(),
        };
        let shown = lines::shown(whole);
        if !shown.is_empty() {
            self.fields.insert(field.name.clone(), FieldValue::Text(shown));
        }
    }

    fn see(&mut self, name: String, value: FieldValue) {
        if value != FieldValue::Nothing {
            self.fields.insert(name, value);
        }
    }

    fn clash(&mut self, object: &ObjId, key: &str, field: &str) {
        if self.heads.is_none() {
            self.clashes.extend(clash::find(self.document, object, key, field));
        }
    }
}

/// The name of an entry: the first of phones and emails is plain `phone`, all others carry their id.
fn entry_name(field: &str, index: usize, entry: &str) -> String {
    if index == 0 && matches!(field, "phone" | "email") {
        field.to_owned()
    } else {
        format!("{field}.{entry}")
    }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{ObjType, ScalarValue};

    use super::*;
    use crate::{Actor, Document};

    /// A customer edited by hand, as no device of ours would.
    fn customer(edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>)) -> Document {
        let mut document = Document::born(Kind::Customer);
        document.inner_mut().set_actor(Actor([1; 16]).into());
        let mut transaction = document.inner_mut().transaction();
        edit(&mut transaction);
        transaction.commit();
        document
    }

    fn container(transaction: &automerge::transaction::Transaction<'_>, name: &str) -> ObjId {
        transaction.get(ROOT, name).unwrap().expect("the genesis made it").1
    }

    #[test]
    fn what_no_schema_knows_is_passed_over_and_the_rest_is_seen() {
        let document = customer(|transaction| {
            transaction.put(ROOT, "name", "Kim").unwrap();
            transaction.put(ROOT, "of a newer version", 7).unwrap();
            let unknown = transaction.put_object(ROOT, "unknown", ObjType::Map).unwrap();
            transaction.put(&unknown, "inside", 1).unwrap();
            let phones = container(transaction, "phones");
            transaction.put(&phones, "a1", "010-1").unwrap();
            transaction.put(&phones, "a2", ScalarValue::Null).unwrap();
            transaction.put(&phones, "a3", "010-3").unwrap();
            let nested = transaction.put_object(&phones, "a4", ObjType::Map).unwrap();
            transaction.put(&nested, "deeper", "no").unwrap();
            let list = transaction.put_object(ROOT, "tags", ObjType::List).unwrap();
            transaction.insert(&list, 0, "no").unwrap();
            let notes = container(transaction, "notes");
            transaction.splice_text(&notes, 0, 0, "one\n").unwrap();
        });
        let (fields, clashes) = document.fields_and_clashes();
        let seen: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let counted: FieldValue = 0.into();
        let expected: [(&str, FieldValue); 6] = [
            ("name", "Kim".into()),
            ("notes", "one".into()),
            ("of a newer version", 7.into()),
            ("phone", "010-1".into()),
            ("phone.a3", "010-3".into()),
            ("visits", counted),
        ];
        assert_eq!(seen, expected);
        assert!(clashes.is_empty());
    }

    #[test]
    fn a_text_with_a_block_in_it_is_told_as_automerge_tells_it() {
        let document = customer(|transaction| {
            let notes = container(transaction, "notes");
            transaction.splice_text(&notes, 0, 0, "onetwo").unwrap();
            transaction.split_block(&notes, 3).unwrap();
        });
        assert_eq!(document.fields()["notes"], "one\u{fffc}two".into());
        assert_eq!(document.fields_at(&document.heads()), document.fields());
    }

    #[test]
    fn clashes_are_told_by_name_and_only_of_the_present() {
        let mut one = customer(|transaction| {
            let phones = container(transaction, "phones");
            transaction.put(&phones, "a1", "010-1").unwrap();
            transaction.put(ROOT, "name", "Kim").unwrap();
        });
        let mut other = one.clone();
        for (document, actor, name) in [(&mut one, 2, "Kim A"), (&mut other, 3, "Kim B")] {
            document.inner_mut().set_actor(Actor([actor; 16]).into());
            let mut transaction = document.inner_mut().transaction();
            let phones = container(&transaction, "phones");
            transaction.put(ROOT, "occupation", name).unwrap();
            transaction.put(&phones, "a1", name).unwrap();
            transaction.put(ROOT, "name", "Lee").unwrap();
            transaction.commit();
        }
        one.merge(&other).unwrap();
        let (fields, clashes) = one.fields_and_clashes();
        let names: Vec<_> = clashes.iter().map(|clash| clash.field.as_str()).collect();
        assert_eq!(names, ["occupation", "phone"], "equal values are no clash");
        assert_eq!(fields, one.fields());
        assert_eq!(clashes, one.clashes());
        assert_eq!(fields["name"], "Lee".into());
    }
}
