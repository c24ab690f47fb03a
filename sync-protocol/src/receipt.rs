//! What a response vouches for: statements, hashed alike by both ends into one root that the hub signs,
//! and the proof that one statement stood under a receipt.
//!
//! The hub keeps nothing of it. A device keeps its responses' statements and receipts, and shows them to a
//! hub that was restored from an older copy: that hub takes back what it once acknowledged or sent.

use document_model::{ChangeHash, DocumentId, change_hash, saved_heads};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::message::{
    ActorOrigin, EntryBody, Payload, PushResult, PushedDocument, SyncRequest, SyncResponse,
};

/// Bytes of a receipt.
pub const RECEIPT_BYTES: usize = 16;
/// Bytes of a hash of the tree.
const HASH_BYTES: usize = 32;
/// Before what a leaf and what a node hashes, so that neither can stand for the other.
const LEAF: u8 = 0;
const NODE: u8 = 1;
/// Before what a receipt is the MAC of.
const DOMAIN: &[u8] = b"fieldbook receipt 1";

/// Something the hub says with a response.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Statement {
    /// These changes, and all that they follow, are in the document's history.
    #[n(0)]
    History {
        /// The document.
        #[n(0)]
        document: DocumentId,
        /// Its lineage.
        #[n(1)]
        lineage: u32,
        /// The changes.
        #[n(2)]
        heads: Vec<ChangeHash>,
    },
    /// Whose an actor is.
    #[n(1)]
    Origin(#[n(0)] ActorOrigin),
}

/// A statement, and the way from it up to the root that a receipt signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proof {
    /// The statement.
    #[n(0)]
    pub statement: Statement,
    /// Its place among the response's statements.
    #[n(1)]
    pub index: u32,
    /// How many there were.
    #[n(2)]
    pub of: u32,
    /// The hashes beside the way, from the leaf up, 32 bytes each.
    #[n(3)]
    pub path: ByteVec,
    /// The receipt of the response.
    #[n(4)]
    pub receipt: ByteVec,
}

impl Statement {
    /// The statement's leaf: SHA-256 over 0, the variant's number and its fields; see PROTOCOL.md.
    #[must_use]
    pub fn leaf(&self) -> [u8; HASH_BYTES] {
        let mut hasher = Sha256::new();
        match self {
            Self::History { document, lineage, heads } => {
                hasher.update([LEAF, 0]);
                hasher.update(document.as_bytes());
                hasher.update(lineage.to_be_bytes());
                heads.iter().for_each(|head| hasher.update(head.as_bytes()));
            }
            Self::Origin(origin) => {
                hasher.update([LEAF, 1]);
                hasher.update(origin.actor.as_bytes());
                hasher.update(origin.device.as_bytes());
                hasher.update(origin.user.as_bytes());
            }
        }
        hasher.finalize().into()
    }
}

impl Proof {
    /// Proves the statement at `index`; `None` when there is none.
    #[must_use]
    pub fn of(statements: &[Statement], index: usize, receipt: &[u8]) -> Option<Self> {
        let statement = statements.get(index)?.clone();
        let mut level: Vec<_> = statements.iter().map(Statement::leaf).collect();
        let (mut at, mut path) = (index, Vec::new());
        while level.len() > 1 {
            if let Some(beside) = level.get(at ^ 1) {
                path.extend_from_slice(beside);
            }
            level = parents(&level);
            at /= 2;
        }
        let (index, of) = (u32::try_from(index).ok()?, u32::try_from(statements.len()).ok()?);
        Some(Self { statement, index, of, path: path.into(), receipt: receipt.to_vec().into() })
    }

    /// What the receipt must be the MAC of; `None` when the path does not fit the place.
    #[must_use]
    pub fn signed(&self) -> Option<Vec<u8>> {
        let (mut hash, mut at, mut width) = (self.statement.leaf(), self.index, self.of);
        let mut beside = self.path.chunks(HASH_BYTES);
        if at >= width {
            return None;
        }
        while width > 1 {
            if at % 2 == 1 {
                hash = node(beside.next()?, &hash);
            } else if at + 1 < width {
                hash = node(&hash, beside.next()?);
            }
            at /= 2;
            width = width.div_ceil(2);
        }
        let whole = self.path.len().is_multiple_of(HASH_BYTES) && beside.next().is_none();
        whole.then(|| to_sign(self.of, &hash))
    }
}

/// What a response's receipt is the MAC of; `None` when it states nothing.
#[must_use]
pub fn signed(statements: &[Statement]) -> Option<Vec<u8>> {
    let mut level: Vec<_> = statements.iter().map(Statement::leaf).collect();
    while level.len() > 1 {
        level = parents(&level);
    }
    Some(to_sign(u32::try_from(statements.len()).ok()?, level.first()?))
}

/// Pairs of neighbours hashed; one left over goes up as it is.
fn parents(level: &[[u8; HASH_BYTES]]) -> Vec<[u8; HASH_BYTES]> {
    let pair = |pair: &[[u8; HASH_BYTES]]| match pair {
        [left, right] => node(left, right),
        rest => rest[0],
    };
    level.chunks(2).map(pair).collect()
}

fn node(left: &[u8], right: &[u8]) -> [u8; HASH_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update([NODE]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

fn to_sign(count: u32, root: &[u8; HASH_BYTES]) -> Vec<u8> {
    [DOMAIN, &count.to_be_bytes(), root].concat()
}

/// An exchange as both ends know it.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The request.
    pub request: &'a SyncRequest,
    /// The document of each push.
    pub documents: &'a [Option<DocumentId>],
    /// Who is signed in.
    pub user: &'a str,
    /// The answer.
    pub response: &'a SyncResponse,
}

impl Exchange<'_> {
    /// What the response states, in the order that its receipt covers.
    #[must_use]
    pub fn statements(&self) -> Vec<Statement> {
        let mut statements = self.of_pushes();
        if !statements.is_empty() {
            let Self { request, user, .. } = self;
            let (actor, device) = (request.stream.actor, request.device);
            statements.push(Statement::Origin(ActorOrigin { actor, user: (*user).to_owned(), device }));
        }
        for page in &self.response.books {
            let downloaded = page.downloaded.iter().filter_map(|document| {
                let (lineage, heads) = (document.lineage, saved_heads(&document.snapshot)?);
                Some(Statement::History { document: document.document, lineage, heads })
            });
            statements.extend(downloaded);
            for entry in &page.entries {
                let about = entry.document.or_else(|| *self.documents.get(entry.pushed? as usize)?);
                let told = about.zip(told(&entry.body));
                statements.extend(told.map(|(document, heads)| Statement::History {
                    document,
                    lineage: entry.lineage,
                    heads,
                }));
            }
        }
        statements.extend(self.response.origins.iter().cloned().map(Statement::Origin));
        statements
    }

    /// The last change that each push brought into history.
    fn of_pushes(&self) -> Vec<Statement> {
        let Self { request, documents, response, .. } = self;
        let pushes = request.pushes.iter().zip(*documents).zip(&response.results);
        pushes.filter_map(|((push, document), result)| of_push(push, *document, result)).collect()
    }
}

fn of_push(push: &PushedDocument, document: Option<DocumentId>, result: &PushResult) -> Option<Statement> {
    let accepted = match result {
        PushResult::Accepted => push.changes.len(),
        PushResult::Refused { from, .. } => *from as usize,
        _ => 0,
    };
    let last = push.changes.get(accepted.checked_sub(1)?)?;
    let heads = vec![change_hash(&last.bytes)];
    Some(Statement::History { document: document?, lineage: push.lineage, heads })
}

/// The changes an entry says are in history; `None` when it says of none.
fn told(body: &EntryBody) -> Option<Vec<ChangeHash>> {
    let heads = match body {
        EntryBody::Changes { payload: Payload::Raw(changes), .. } => {
            changes.iter().map(|change| change_hash(change)).collect()
        }
        EntryBody::Changes { payload: Payload::Known(hashes), .. } => hashes.clone(),
        EntryBody::Joined { heads, .. } => heads.clone(),
        EntryBody::Snapshot { snapshot, .. } => saved_heads(snapshot).unwrap_or_default(),
        _ => Vec::new(),
    };
    (!heads.is_empty()).then_some(heads)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(count: u8) -> Vec<Statement> {
        let history = |n: u8| Statement::History {
            document: DocumentId([n; 16]),
            lineage: 1,
            heads: vec![ChangeHash([n; 32])],
        };
        (0..count).map(history).collect()
    }

    #[test]
    fn every_statement_of_every_number_of_them_is_proved_and_no_other() {
        for count in 1..=33 {
            let all = statements(count);
            let told = signed(&all);
            for index in 0..all.len() {
                let proof = Proof::of(&all, index, &[9; RECEIPT_BYTES]).expect("there");
                assert_eq!(proof.signed(), told, "{index} of {count}");
                let lie = Proof { statement: statements(77).remove(76), ..proof.clone() };
                assert_ne!(lie.signed(), told, "{index} of {count}");
                let elsewhere = Proof { index: proof.index + 1, ..proof.clone() };
                assert_ne!(elsewhere.signed(), told, "{index} of {count}");
                let fewer = Proof { of: proof.of - 1, ..proof };
                assert_ne!(fewer.signed(), told, "{index} of {count}");
            }
            assert_eq!(Proof::of(&all, all.len(), &[]), None);
        }
        assert_eq!(signed(&[]), None);
    }

    #[test]
    fn a_path_that_does_not_fit_proves_nothing() {
        let all = statements(5);
        let proof = Proof::of(&all, 2, &[]).expect("there");
        for bytes in [0, 31, 33, 64, 128] {
            let mut path = proof.path.to_vec();
            path.resize(bytes, 0);
            let bent = Proof { path: path.into(), ..proof.clone() };
            assert_ne!(bent.signed(), signed(&all), "{bytes} bytes");
        }
    }
}
