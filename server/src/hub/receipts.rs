//! Receipts: what the hub once said, taken as true again by a hub that was restored from an older copy.

use std::collections::BTreeMap;

use document_model::{Actor, ChangeHash, DocumentId};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::bytes::ByteVec;
use sha2::Sha256;
use sync_protocol::{ActorOrigin, Proof, PushedDocument, RECEIPT_BYTES, Statement, signed};

/// What makes the key of receipts out of the hub's secret, apart from its other keys.
const PURPOSE: &[u8] = b"fieldbook receipts";

/// The key of receipts. It is kept outside the database, so that whoever has a copy of that can vouch for
/// nothing.
#[derive(Clone)]
pub struct ReceiptKey(Hmac<Sha256>);

impl std::fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceiptKey")
    }
}

impl ReceiptKey {
    /// The key that follows from the hub's secret.
    #[must_use]
    pub fn of(secret: &[u8; 32]) -> Self {
        Self(derived_key(secret, PURPOSE))
    }

    /// The receipt for these statements; `None` when nothing is stated.
    pub(super) fn sign(&self, statements: &[Statement]) -> Option<ByteVec> {
        let signed = signed(statements)?;
        let mac = self.0.clone().chain_update(signed).finalize().into_bytes();
        Some(mac[..RECEIPT_BYTES].to_vec().into())
    }

    fn holds(&self, proof: &Proof) -> bool {
        let signed = proof.signed().filter(|_| proof.receipt.len() == RECEIPT_BYTES);
        signed.is_some_and(|signed| {
            self.0.clone().chain_update(signed).verify_truncated_left(&proof.receipt).is_ok()
        })
    }

    /// What the proofs of a push show about this document; proofs that do not hold show nothing.
    pub(super) fn vouched(&self, document: DocumentId, push: &PushedDocument) -> Vouched {
        let mut vouched = Vouched::default();
        for proof in push.proofs.iter().flatten().filter(|proof| self.holds(proof)) {
            match &proof.statement {
                Statement::History { document: of, lineage, heads }
                    if *of == document && *lineage == push.lineage =>
                {
                    vouched.heads.extend(heads);
                }
                Statement::History { .. } => {}
                Statement::Origin(origin) => {
                    vouched.origins.insert(origin.actor, origin.clone());
                }
            }
        }
        vouched
    }
}

/// The key of one purpose that follows from the hub's secret.
pub(super) fn derived_key(secret: &[u8; 32], purpose: &[u8]) -> Hmac<Sha256> {
    keyed(&keyed(secret).chain_update(purpose).finalize().into_bytes())
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// What the hub said before it was restored.
#[derive(Debug, Default)]
pub(super) struct Vouched {
    /// Changes that were in the document's history, with all that they follow.
    pub(super) heads: Vec<ChangeHash>,
    /// Whose actors are.
    pub(super) origins: BTreeMap<Actor, ActorOrigin>,
}

#[cfg(test)]
mod tests {
    use document_model::{BookId, DeviceId, Kind};

    use super::*;

    fn statements() -> Vec<Statement> {
        let history = |n: u8| Statement::History {
            document: DocumentId([n; 16]),
            lineage: 1,
            heads: vec![ChangeHash([n; 32])],
        };
        let origin = ActorOrigin { actor: Actor([7; 16]), user: "kim".into(), device: DeviceId([8; 16]) };
        vec![history(1), history(2), Statement::Origin(origin)]
    }

    fn push(lineage: u32, proofs: Vec<Proof>) -> PushedDocument {
        PushedDocument {
            document: None,
            kind: Kind::Customer,
            lineage,
            book: BookId([3; 16]),
            changes: Vec::new(),
            proofs: Some(proofs),
        }
    }

    #[test]
    fn only_what_was_said_of_this_document_with_this_key_counts() {
        let key = ReceiptKey::of(&[1; 32]);
        let all = statements();
        let receipt = key.sign(&all).unwrap();
        let proofs: Vec<_> = (0..3).map(|index| Proof::of(&all, index, &receipt).unwrap()).collect();
        let vouched = key.vouched(DocumentId([1; 16]), &push(1, proofs.clone()));
        assert_eq!(vouched.heads, [ChangeHash([1; 32])]);
        assert_eq!(vouched.origins.keys().collect::<Vec<_>>(), [&Actor([7; 16])]);
        assert!(key.vouched(DocumentId([1; 16]), &push(2, proofs.clone())).heads.is_empty(), "lineage");
        assert!(key.vouched(DocumentId([9; 16]), &push(1, proofs.clone())).heads.is_empty(), "document");
        let stranger = ReceiptKey::of(&[2; 32]).vouched(DocumentId([1; 16]), &push(1, proofs.clone()));
        assert!(stranger.heads.is_empty() && stranger.origins.is_empty());
        let short =
            proofs.into_iter().map(|proof| Proof { receipt: proof.receipt[..1].to_vec().into(), ..proof });
        assert!(key.vouched(DocumentId([1; 16]), &push(1, short.collect())).heads.is_empty(), "cut short");
        assert_eq!(key.sign(&[]), None);
    }
}
