//! Golden inputs and outputs of the hashes both ends compute, and the genesis changes.

use document_model::schema::{Place, Schema};
use document_model::{ChangeHash, Document, DocumentId, Kind};
use serde_json::{Value, json};
use sync_protocol::{Cursor, Digest, FeedChain, Proof, cursors_hash, signed};

use crate::folder::{check_json, hex};
use crate::neutral::Neutral;
use crate::requests::statements;
use crate::values::{book, cursor, document, hash, other_document, other_hash};

/// The tables of this file, by name.
pub(crate) const TABLES: &[&str] = &["digest", "feed_chain", "cursors_hash", "receipt", "genesis"];

#[test]
fn the_digest_is_frozen() {
    let large = DocumentId([0xff; 16]);
    let holdings: [(DocumentId, u32, Vec<ChangeHash>); 4] = [
        (document(), 1, vec![other_hash(), hash()]),
        (other_document(), 70_000, vec![hash()]),
        (large, u32::MAX, vec![ChangeHash([0xff; 32]), ChangeHash([0; 32]), hash()]),
        (DocumentId([0; 16]), 1, Vec::new()),
    ];
    let mut sum = Digest::default();
    let mut documents = Vec::new();
    for (id, lineage, heads) in &holdings {
        let term = Digest::of_document(id, *lineage, heads);
        sum = sum.plus(term);
        documents.push(json!({
            "document": id.neutral(),
            "lineage": lineage,
            "heads": heads.neutral(),
            "term": term.neutral(),
            "sum_so_far": sum.neutral(),
        }));
    }
    let (id, lineage, heads) = &holdings[0];
    let without_first = sum.minus(Digest::of_document(id, *lineage, heads));
    let file =
        json!({ "documents": documents, "sum": sum.neutral(), "without_first": without_first.neutral() });
    check_json("digest", &file);
}

#[test]
fn the_feed_chain_is_frozen() {
    let heads = [hash().0, other_hash().0].concat();
    let links: [(u64, &str, u8, Vec<u8>); 6] = [
        (1, "Joined", 2, Vec::new()),
        (2, "Changes", 0, hash().0.to_vec()),
        (3, "Snapshot", 1, Vec::new()),
        (4, "Joined", 2, heads),
        (5, "Redirected", 4, other_document().0.to_vec()),
        (1 << 40, "Erased", 5, Vec::new()),
    ];
    let mut chain = FeedChain::default();
    let mut rows = Vec::new();
    for (seq, kind, number, bytes) in links {
        chain = chain.link(seq, &document(), number, &bytes);
        rows.push(json!({
            "seq": seq,
            "document": document().neutral(),
            "body": kind,
            "number": number,
            "hash": hex(&bytes),
            "chain": hex(&chain.0),
            "check": chain.check().neutral(),
        }));
    }
    check_json("feed_chain", &json!({ "start": hex(&FeedChain::default().0), "links": rows }));
}

#[test]
fn the_tree_under_a_receipt_is_frozen() {
    let cases = [1, 2, 3].map(|count| {
        let statements = &statements()[..count];
        let proofs = (0..count).map(|index| Proof::of(statements, index, &[]).expect("there"));
        let paths: Vec<_> = proofs.map(|proof| proof.path.neutral()).collect();
        let leaves: Vec<_> = statements.iter().map(|statement| hex(&statement.leaf())).collect();
        let told = signed(statements).expect("something is stated");
        let root = hex(&told[told.len() - 32..]);
        let statements: Vec<_> = statements.iter().map(Neutral::neutral).collect();
        json!({ "statements": statements, "leaves": leaves, "root": root, "paths": paths })
    });
    check_json("receipt", &json!({ "cases": cases }));
}

#[test]
fn the_hash_over_cursors_is_frozen() {
    let first = Cursor { book: document_model::BookId::SHARED, epoch: u64::MAX, seq: 1, check: 2 };
    let last = Cursor { book: document_model::BookId([0xff; 16]), epoch: 1, seq: 1 << 60, check: 0 };
    let cases = [Vec::new(), vec![cursor()], vec![last, Cursor { book: book(), ..cursor() }, first]];
    let case =
        |cursors: &Vec<Cursor>| json!({ "cursors": cursors.neutral(), "hash": hex(&cursors_hash(cursors)) });
    check_json("cursors_hash", &json!({ "cases": cases.iter().map(case).collect::<Vec<_>>() }));
}

#[test]
fn the_genesis_of_every_kind_is_frozen() {
    let kinds: Vec<Value> = Kind::ALL.into_iter().map(genesis).collect();
    check_json("genesis", &json!({ "kinds": kinds }));
}

/// The genesis change of a kind and the objects it makes, in order.
fn genesis(kind: Kind) -> Value {
    let object = |place: &Place| match place {
        Place::Entries(key) => Some(json!({ "key": key, "type": "map" })),
        Place::TextObject(key) => Some(json!({ "key": key, "type": "text" })),
        Place::Counter(key) => Some(json!({ "key": key, "type": "counter" })),
        Place::Root | Place::RootFamily => None,
    };
    let objects: Vec<Value> =
        Schema::builtin(kind).fields.iter().filter_map(|field| object(&field.place)).collect();
    let born = Document::born(kind);
    let change = born.heads().first().and_then(|head| born.change(head));
    let hash = change.as_ref().map(|change| ChangeHash::from(change.hash()));
    assert_eq!(
        hash.is_none(),
        objects.is_empty(),
        "{kind:?}: a genesis change makes containers or is not there"
    );
    let chunk = change.map(|change| hex(change.raw_bytes()));
    json!({ "kind": kind.neutral(), "objects": objects, "change": chunk, "hash": hash.neutral() })
}
