//! Sealing: a stored payload is unreadable without the key of its document, and that key without a master
//! key, which is not in the database.
//!
//! A payload is encrypted and authenticated (XChaCha20-Poly1305, a random nonce each) together with the id
//! of its document: in another document's place it is as damaged as with a flipped bit. Whoever destroys a
//! document's key has destroyed the document, wherever copies of the database lie that lack the key. Another
//! master key costs one small row a document; no payload is touched.
//!
//! What sealing does *not* notice: a payload put back as it was earlier by somebody who can write the database.
//! `verify` does.

use std::fmt;

use document_model::{DocumentId, Entropy};
use sha2::{Digest, Sha256};
use sync_protocol::seal::{SEAL_FORMAT, SEALING_BYTES, SealKey, random_key};
use zeroize::Zeroizing;

/// What a master key's name is the hash of, before the key itself.
const NAMING: &[u8] = b"fieldbook master key";
/// What is authenticated beside a wrapped key, before the document's id.
const WRAPPING: &[u8] = b"fieldbook key of document";
/// Characters of a master key in text.
const TEXT_CHARS: usize = 64;

/// The name of a master key. It tells nothing of the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MasterId(pub [u8; 8]);

impl fmt::Display for MasterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MasterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterId({self})")
    }
}

/// A key that wraps the keys of documents.
#[derive(Clone)]
pub struct MasterKey {
    id: MasterId,
    key: SealKey,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

impl MasterKey {
    /// The key of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8; 32]) -> Self {
        let hash: [u8; 32] = Sha256::new().chain_update(NAMING).chain_update(bytes).finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Self { id: MasterId([a, b, c, d, e, f, g, h]), key: SealKey::of(bytes) }
    }

    /// The key that a text of 64 hexadecimal digits writes; `None` where it is no such text.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        if text.len() != TEXT_CHARS || !text.is_ascii() {
            return None;
        }
        let mut bytes = Zeroizing::new([0; 32]);
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).ok()?;
            *byte = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        }
        Some(Self::of(&bytes))
    }

    /// A new key, as text.
    #[must_use]
    pub fn new_text(entropy: &mut dyn Entropy) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(TEXT_CHARS));
        for byte in random_key(entropy).iter() {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> MasterId {
        self.id
    }

    /// Wraps a document's key.
    pub(super) fn wrap(&self, document: DocumentId, key: &RawKey, entropy: &mut dyn Entropy) -> WrappedKey {
        let sealed = self.key.seal(&wrapping(document), &key.0[..], entropy);
        WrappedKey { master: self.id, sealed }
    }

    /// Opens a document's key; `None` when it is not what was wrapped.
    pub(super) fn unwrap(&self, document: DocumentId, wrapped: &WrappedKey) -> Option<RawKey> {
        self.key.open_key(&wrapping(document), &wrapped.sealed).map(RawKey)
    }
}

/// The master keys at hand, oldest first.
#[derive(Debug, Clone, Default)]
pub struct KeyRing(Vec<MasterKey>);

impl KeyRing {
    /// These keys, oldest first.
    #[must_use]
    pub fn of(keys: Vec<MasterKey>) -> Self {
        Self(keys)
    }

    /// The key of a name.
    #[must_use]
    pub fn find(&self, id: MasterId) -> Option<&MasterKey> {
        self.0.iter().find(|key| key.id == id)
    }

    /// The newest.
    #[must_use]
    pub fn newest(&self) -> Option<&MasterKey> {
        self.0.last()
    }

    /// Their names, oldest first.
    pub fn ids(&self) -> impl Iterator<Item = MasterId> + '_ {
        self.0.iter().map(MasterKey::id)
    }
}

/// A document's key as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The master key it is wrapped by.
    pub master: MasterId,
    /// The key, sealed.
    pub sealed: Vec<u8>,
}

/// A document's key that is to be wrapped.
#[derive(Clone)]
pub(super) struct RawKey(Zeroizing<[u8; 32]>);

impl RawKey {
    /// A new one.
    pub(super) fn new(entropy: &mut dyn Entropy) -> Self {
        Self(random_key(entropy))
    }

    /// To seal and open with.
    pub(super) fn key(&self) -> DocumentKey {
        DocumentKey(SealKey::of(&self.0))
    }
}

/// A document's key. It wipes itself when it is dropped.
#[derive(Clone)]
pub(super) struct DocumentKey(SealKey);

impl DocumentKey {
    /// Seals a payload of the document.
    pub(super) fn seal(&self, document: DocumentId, payload: &[u8], entropy: &mut dyn Entropy) -> Vec<u8> {
        self.0.seal(document.as_bytes(), payload, entropy)
    }

    /// Opens a payload of the document; `None` when it is not what was sealed.
    pub(super) fn open(&self, document: DocumentId, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.open(document.as_bytes(), sealed)
    }
}

/// Whether a payload is sealed: no document and no change begins like that. What begins otherwise was stored
/// before sealing was.
pub(super) fn is_sealed(payload: &[u8]) -> bool {
    payload.first() == Some(&SEAL_FORMAT)
}

/// The size of a payload once it is opened: what pages of them are measured by.
pub(super) fn opened_len(payload: &[u8]) -> usize {
    if is_sealed(payload) { payload.len().saturating_sub(SEALING_BYTES) } else { payload.len() }
}

fn wrapping(document: DocumentId) -> Vec<u8> {
    [WRAPPING, document.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(u8);

    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    const DOCUMENT: DocumentId = DocumentId([7; 16]);
    const OTHER: DocumentId = DocumentId([8; 16]);

    #[test]
    fn a_payload_opens_in_its_place_and_nowhere_else() {
        let mut entropy = Counting(0);
        let key = RawKey::new(&mut entropy).key();
        let sealed = key.seal(DOCUMENT, b"0101", &mut entropy);
        assert!(is_sealed(&sealed) && !sealed.windows(4).any(|part| part == b"0101"));
        assert_eq!(key.open(DOCUMENT, &sealed).as_deref(), Some(&b"0101"[..]));
        assert_eq!((opened_len(&sealed), opened_len(b"0101")), (4, 4));
        assert_eq!(key.open(OTHER, &sealed), None);
        assert_eq!(RawKey::new(&mut entropy).key().open(DOCUMENT, &sealed), None);
    }

    #[test]
    fn a_key_is_wrapped_for_one_document_by_one_master_key() {
        let mut entropy = Counting(0);
        let (master, another) = (MasterKey::of(&[1; 32]), MasterKey::of(&[2; 32]));
        let key = RawKey::new(&mut entropy);
        let wrapped = master.wrap(DOCUMENT, &key, &mut entropy);
        assert_eq!(wrapped.master, master.id());
        assert_eq!(master.unwrap(DOCUMENT, &wrapped).map(|key| *key.0), Some(*key.0));
        assert!(master.unwrap(OTHER, &wrapped).is_none());
        assert!(another.unwrap(DOCUMENT, &wrapped).is_none());
    }

    #[test]
    fn a_master_key_is_written_as_text() {
        let text = MasterKey::new_text(&mut Counting(0));
        let key = MasterKey::of_text(&text).expect("its own text");
        assert_eq!(key.id(), MasterKey::of_text(&text.to_uppercase()).expect("capitals").id());
        assert!(!text.contains(&key.id().to_string()), "the name tells nothing of the key");
        for none in ["", &text[1..], &format!("{}g", &text[1..]), &"+1".repeat(32), &"가".repeat(32)] {
            assert!(MasterKey::of_text(none).is_none(), "{none}");
        }
        let ring = KeyRing::of(vec![MasterKey::of(&[1; 32]), key.clone()]);
        assert_eq!(ring.newest().map(MasterKey::id), Some(key.id()));
        assert_eq!(ring.ids().count(), 2);
        assert!(ring.find(MasterId([0; 8])).is_none());
    }
}
