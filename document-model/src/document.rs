//! One document: an Automerge document of a known kind, born from its genesis change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use automerge::iter::MapRangeItem;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    Automerge, Change, LoadOptions, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding, ValueRef,
};

use crate::clash::{self, Clash};
use crate::lines;
use crate::schema::{Field, Kind, Meaning, Place, Schema, Slot};
use crate::value::FieldValue;
use crate::{Actor, ChangeHash};

/// The actor of genesis changes; no device may use it.
pub(crate) const GENESIS_ACTOR: Actor = Actor([0; 16]);
const ENCODING: TextEncoding = TextEncoding::UnicodeCodePoint;

/// Bytes that are no document, or changes that do not fit one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes cannot be read as a saved document.
    #[error("the saved document cannot be read: {0}")]
    Unreadable(String),
    /// A change cannot be applied.
    #[error("the change cannot be applied: {0}")]
    Unusable(String),
    /// The document is not of the kind it is said to be.
    #[error("the document did not begin as a {0:?}")]
    WrongKind(Kind),
}

/// An Automerge document with its kind. Reading and editing go through the kind's schema.
#[derive(Debug, Clone)]
pub struct Document {
    kind: Kind,
    inner: Automerge,
}

impl Document {
    /// A document just born: the genesis change of its kind and nothing else. Every device makes
    /// the same bytes, so containers created "twice" are one container.
    #[must_use]
    pub fn born(kind: Kind) -> Self {
        Newborn::of(kind).document.clone()
    }

    fn give_birth(kind: Kind) -> Self {
        let mut inner = Automerge::new_with_encoding(ENCODING).with_actor(GENESIS_ACTOR.into());
        let schema = Schema::builtin(kind);
        let mut transaction = inner.transaction();
        for field in &schema.fields {
            // Writing to the root of a fresh document cannot fail.
            let _made = match &field.place {
                Place::Entries(key) => transaction.put_object(ROOT, key.as_str(), ObjType::Map).map(drop),
                Place::TextObject(key) => transaction.put_object(ROOT, key.as_str(), ObjType::Text).map(drop),
                Place::Counter(key) => transaction.put(ROOT, key.as_str(), ScalarValue::counter(0)),
                Place::Root | Place::RootFamily => Ok(()),
            };
        }
        transaction.commit_with(CommitOptions::default().with_time(0));
        Self { kind, inner }
    }

    /// Reads a saved document and checks that it began as a `kind`.
    pub fn load(kind: Kind, saved: &[u8]) -> Result<Self, DocumentError> {
        let options = LoadOptions::new().text_encoding(ENCODING);
        let inner = Automerge::load_with_options(saved, options)
            .map_err(|error| DocumentError::Unreadable(error.to_string()))?;
        let document = Self { kind, inner };
        if Newborn::of(kind).heads.iter().all(|hash| document.contains(hash)) {
            Ok(document)
        } else {
            Err(DocumentError::WrongKind(kind))
        }
    }

    /// The saved form: everything, history included, without inner compression (transport and
    /// storage compress many documents together far better).
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.inner.save_nocompress()
    }

    /// The saved form of a newborn: what the first change of a document may be appended to.
    #[must_use]
    pub fn newborn_saved(kind: Kind) -> &'static [u8] {
        &Newborn::of(kind).saved
    }

    /// True while history holds nothing but the genesis change.
    #[must_use]
    pub fn is_newborn(&self) -> bool {
        self.heads() == Newborn::of(self.kind).heads
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The heads, sorted.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        let mut heads: Vec<_> = self.inner.get_heads().into_iter().map(ChangeHash::from).collect();
        heads.sort_unstable();
        heads
    }

    /// True when history holds the change.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.inner.get_change_meta_by_hash(&(*hash).into()).is_some()
    }

    /// The change of a hash, from history.
    #[must_use]
    pub fn change(&self, hash: &ChangeHash) -> Option<Change> {
        self.inner.get_change_by_hash(&(*hash).into())
    }

    /// The operations of its whole history: what reading it costs.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.inner.stats().num_ops
    }

    /// The highest sequence number of an actor in history, 0 for none.
    #[must_use]
    pub fn last_seq(&self, actor: Actor) -> u64 {
        let id = automerge::ActorId::from(actor);
        let own = self.inner.get_changes_meta(&[]).into_iter().filter(|meta| *meta.actor == id);
        own.map(|meta| meta.seq).max().unwrap_or(0)
    }

    /// Hashes of all changes but the genesis, in causal order.
    #[must_use]
    pub fn history(&self) -> Vec<ChangeHash> {
        let genesis = automerge::ActorId::from(GENESIS_ACTOR);
        let all = self.inner.get_changes_meta(&[]).into_iter();
        all.filter(|meta| *meta.actor != genesis).map(|meta| meta.hash.into()).collect()
    }

    /// Who made the first change after the genesis.
    #[must_use]
    pub fn first_author(&self) -> Option<Actor> {
        let genesis = automerge::ActorId::from(GENESIS_ACTOR);
        let all = self.inner.get_changes_meta(&[]);
        all.iter().find(|meta| *meta.actor != genesis).and_then(|meta| Actor::of(&meta.actor))
    }

    /// Changes not in the history that ends in `have`, in causal order, without the genesis.
    #[must_use]
    pub fn changes_after(&self, have: &[ChangeHash]) -> Vec<Change> {
        let have: Vec<_> = have.iter().map(|hash| (*hash).into()).collect();
        let genesis = automerge::ActorId::from(GENESIS_ACTOR);
        self.inner.get_changes(&have).into_iter().filter(|change| *change.actor_id() != genesis).collect()
    }

    /// Parents of `changes` that neither history nor the batch holds.
    #[must_use]
    pub fn missing_parents(&self, changes: &[Change]) -> Vec<ChangeHash> {
        let batch: BTreeSet<_> = changes.iter().map(Change::hash).collect();
        let parents: BTreeSet<_> = changes.iter().flat_map(|change| change.deps().iter().copied()).collect();
        let absent = parents.difference(&batch).map(|hash| ChangeHash::from(*hash));
        absent.filter(|hash| !self.contains(hash)).collect()
    }

    /// Applies changes. The caller has made sure that no parent is missing: Automerge would queue
    /// such a change in silence.
    pub fn apply(&mut self, changes: Vec<Change>) -> Result<(), DocumentError> {
        self.inner.apply_changes(changes).map_err(|error| DocumentError::Unusable(error.to_string()))
    }

    /// Merges another copy of the same document.
    pub fn merge(&mut self, other: &Self) -> Result<(), DocumentError> {
        let mut other = other.inner.clone();
        self.inner.merge(&mut other).map(drop).map_err(|error| DocumentError::Unusable(error.to_string()))
    }

    /// Every visible field by name: unknown fields of newer versions too, cleared ones left out.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, FieldValue> {
        self.fields_seen(None)
    }

    /// As [`Self::fields`], as the document stood at `heads`.
    #[must_use]
    pub fn fields_at(&self, heads: &[ChangeHash]) -> BTreeMap<String, FieldValue> {
        let heads: Vec<_> = heads.iter().map(|hash| (*hash).into()).collect();
        self.fields_seen(Some(&heads))
    }

    /// The entries of a field that keeps several, by their ids, in the order of their birth.
    #[must_use]
    pub fn entries_of(&self, field: &str) -> Vec<(String, FieldValue)> {
        let schema = Schema::builtin(self.kind);
        let Some((_, Slot::Entry { container, entry: None })) = schema.slot(field) else { return Vec::new() };
        let Ok(Some((_, object))) = self.inner.get(ROOT, container) else { return Vec::new() };
        let entry = |item: MapRangeItem<'_>| match &item.value {
            ValueRef::Scalar(scalar) => {
                let value = FieldValue::from_scalar(&scalar.into());
                (value != FieldValue::Nothing).then(|| (item.key.to_string(), value))
            }
            ValueRef::Object(_) => None,
        };
        self.inner.map_range(&object, ..).filter_map(entry).collect()
    }

    /// Every clash, by field name. Values are sorted, the shown one is marked.
    #[must_use]
    pub fn clashes(&self) -> Vec<Clash> {
        let schema = Schema::builtin(self.kind);
        let mut clashes = Vec::new();
        for item in self.inner.map_range(ROOT, ..) {
            match (&item.value, schema.container(&item.key)) {
                (ValueRef::Scalar(_), None) if item.conflict => {
                    let meaning = schema.of_root_key(&item.key).map(|field| field.meaning);
                    if meaning != Some(Meaning::MostRestrictive) {
                        clashes.extend(clash::find(&self.inner, &ROOT, &item.key, &item.key));
                    }
                }
                (ValueRef::Object(_), Some(field)) if field.meaning == Meaning::KeepBoth => {
                    let container = item.id();
                    for (index, entry) in self.inner.map_range(&container, ..).enumerate() {
                        if entry.conflict {
                            let shown = entry_name(&field.name, index, &entry.key);
                            clashes.extend(clash::find(&self.inner, &container, &entry.key, &shown));
                        }
                    }
                }
                _ => {}
            }
        }
        clashes
    }

    pub(crate) fn inner(&self) -> &Automerge {
        &self.inner
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Automerge {
        &mut self.inner
    }

    fn fields_seen(&self, heads: Option<&[automerge::ChangeHash]>) -> BTreeMap<String, FieldValue> {
        let schema = Schema::builtin(self.kind);
        let mut fields = BTreeMap::new();
        for item in self.range(&ROOT, heads) {
            match (&item.value, schema.container(&item.key)) {
                (ValueRef::Object(ObjType::Text), Some(field)) => {
                    let text = lines::shown(self.text(&item.id(), heads));
                    if !text.is_empty() {
                        fields.insert(field.name.clone(), FieldValue::Text(text));
                    }
                }
                (ValueRef::Object(_), Some(field)) => self.entries(field, &item.id(), heads, &mut fields),
                (ValueRef::Object(_), None) => {}
                (ValueRef::Scalar(scalar), _) => {
                    let value = self.root_value(schema, &item, scalar, heads);
                    if value != FieldValue::Nothing {
                        fields.insert(item.key.to_string(), value);
                    }
                }
            }
        }
        fields
    }

    fn root_value(
        &self,
        schema: &Schema,
        item: &MapRangeItem<'_>,
        scalar: &automerge::ScalarValueRef<'_>,
        heads: Option<&[automerge::ChangeHash]>,
    ) -> FieldValue {
        let shown = FieldValue::from_scalar(&scalar.into());
        match schema.of_root_key(&item.key) {
            Some(field) if item.conflict && field.meaning == Meaning::MostRestrictive => {
                clash::most_restrictive(&self.inner, &item.key, field, heads).unwrap_or(shown)
            }
            _ => shown,
        }
    }

    fn entries(
        &self,
        field: &Field,
        container: &ObjId,
        heads: Option<&[automerge::ChangeHash]>,
        fields: &mut BTreeMap<String, FieldValue>,
    ) {
        for (index, entry) in self.range(container, heads).enumerate() {
            if let ValueRef::Scalar(scalar) = &entry.value {
                let value = FieldValue::from_scalar(&scalar.into());
                if value != FieldValue::Nothing {
                    fields.insert(entry_name(&field.name, index, &entry.key), value);
                }
            }
        }
    }

    fn range<'a>(
        &'a self,
        object: &ObjId,
        heads: Option<&[automerge::ChangeHash]>,
    ) -> automerge::iter::MapRange<'a> {
        match heads {
            Some(heads) => self.inner.map_range_at(object, .., heads),
            None => self.inner.map_range(object, ..),
        }
    }

    fn text(&self, object: &ObjId, heads: Option<&[automerge::ChangeHash]>) -> String {
        let text = match heads {
            Some(heads) => self.inner.text_at(object, heads),
            None => self.inner.text(object),
        };
        text.unwrap_or_default()
    }
}

/// A newborn document of a kind: the same for ever, so it is made once.
struct Newborn {
    document: Document,
    heads: Vec<ChangeHash>,
    saved: Vec<u8>,
}

impl Newborn {
    fn of(kind: Kind) -> &'static Self {
        static ALL: LazyLock<[Newborn; Kind::ALL.len()]> = LazyLock::new(|| {
            Kind::ALL.map(|kind| {
                let document = Document::give_birth(kind);
                Newborn { heads: document.heads(), saved: document.save(), document }
            })
        });
        &ALL[usize::from(kind.number()) - 1]
    }
}

/// True for the change every document of a kind begins with.
#[must_use]
pub fn is_genesis(kind: Kind, change: &ChangeHash) -> bool {
    Newborn::of(kind).heads.contains(change)
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
    use super::*;

    #[test]
    fn genesis_is_frozen() {
        let hash = |kind| Document::born(kind).heads().first().map(ToString::to_string).unwrap_or_default();
        assert_eq!(hash(Kind::Customer), GOLDEN_CUSTOMER_GENESIS);
        assert_eq!(hash(Kind::Policy), "", "a kind without containers begins empty");
    }

    const GOLDEN_CUSTOMER_GENESIS: &str = "dd339372fc6e1af3011c6244e759462a47f9276c2e9accbdc404e1a63534e430";

    #[test]
    fn changes_may_be_appended_to_a_saved_document() {
        for kind in Kind::ALL {
            let mut document = Document::born(kind);
            assert!(document.is_newborn() && document.first_author().is_none());
            let mut appended = Document::newborn_saved(kind).to_vec();
            for (number, actor) in [(1, 7), (2, 9), (3, 7)] {
                document.inner_mut().set_actor(Actor([actor; 16]).into());
                let mut transaction = document.inner_mut().transaction();
                transaction.put(ROOT, "name", number).expect("puts");
                let (hash, _) = transaction.commit();
                let change = document.change(&hash.expect("one change").into()).expect("there");
                appended.extend(change.raw_bytes());
            }
            let loaded = Document::load(kind, &appended).expect("loads");
            assert_eq!((loaded.heads(), loaded.save()), (document.heads(), document.save()), "{kind:?}");
            assert!(!loaded.is_newborn());
            assert_eq!(loaded.first_author(), Some(Actor([7; 16])));
        }
    }

    #[test]
    fn a_saved_document_knows_its_kind() {
        let saved = Document::born(Kind::Customer).save();
        assert!(Document::load(Kind::Customer, &saved).is_ok());
        let policy = Document::born(Kind::Policy).save();
        assert_eq!(
            Document::load(Kind::Customer, &policy).err(),
            Some(DocumentError::WrongKind(Kind::Customer))
        );
        assert!(matches!(Document::load(Kind::Policy, b"nonsense"), Err(DocumentError::Unreadable(_))));
    }
}
