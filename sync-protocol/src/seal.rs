//! Sealing: what hub and devices keep is encrypted and authenticated (XChaCha20-Poly1305, a random nonce
//! each) together with the place it stands in, so that in another place it is as damaged as with a flipped
//! bit. One form for both; which keys there are, and what a place is, is theirs.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use document_model::Entropy;
use zeroize::Zeroizing;

/// The form; the first byte of everything sealed.
pub const SEAL_FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// Bytes that sealing adds: format, nonce, tag.
pub const SEALING_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// A key to seal and open with. It wipes itself when it is dropped.
#[derive(Clone)]
pub struct SealKey(XChaCha20Poly1305);

/// Randomness for one seal: it is used up by sealing.
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// 192 random bits: no two will ever be the same, so none is counted.
    #[must_use]
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut nonce = [0; NONCE_BYTES];
        nonce[..16].copy_from_slice(&entropy.sixteen());
        nonce[16..].copy_from_slice(&entropy.sixteen()[..8]);
        Self(nonce)
    }
}

impl SealKey {
    /// The key of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(bytes.into()))
    }

    /// Format byte, nonce, ciphertext with its tag.
    ///
    /// # Panics
    /// Beyond the 256 GiB that one nonce can seal.
    #[must_use]
    pub fn seal(&self, place: &[u8], content: &[u8], entropy: &mut dyn Entropy) -> Vec<u8> {
        self.seal_under(Nonce::random(entropy), place, content)
    }

    /// As [`Self::seal`], with randomness that was drawn before: so that several can be sealed side by side.
    ///
    /// # Panics
    /// Beyond the 256 GiB that one nonce can seal.
    #[must_use]
    pub fn seal_under(&self, Nonce(nonce): Nonce, place: &[u8], content: &[u8]) -> Vec<u8> {
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), Payload { msg: content, aad: place })
            .expect("what is sealed is far below the 256 GiB that one nonce can seal");
        [&[SEAL_FORMAT], &nonce[..], &sealed].concat()
    }

    /// What was sealed in this place; `None` when that is not what lies there.
    #[must_use]
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.strip_prefix(&[SEAL_FORMAT])?.split_first_chunk::<NONCE_BYTES>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place }).ok()
    }

    /// A key sealed in this place; `None` when it is not what lies there.
    #[must_use]
    pub fn open_key(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let opened = Zeroizing::new(self.open(place, sealed)?);
        <[u8; 32]>::try_from(opened.as_slice()).ok().map(Zeroizing::new)
    }
}

/// The bytes of a new key.
#[must_use]
pub fn random_key(entropy: &mut dyn Entropy) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    key[..16].copy_from_slice(&entropy.sixteen());
    key[16..].copy_from_slice(&entropy.sixteen());
    key
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

    #[test]
    fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
        let mut entropy = Counting(0);
        let key = SealKey::of(&random_key(&mut entropy));
        let sealed = key.seal(b"here", b"0101", &mut entropy);
        assert_eq!((sealed.len(), sealed[0]), (4 + SEALING_BYTES, SEAL_FORMAT));
        assert_eq!(key.open(b"here", &sealed).as_deref(), Some(&b"0101"[..]));
        assert_eq!(key.open(b"there", &sealed), None);
        assert_eq!(SealKey::of(&random_key(&mut entropy)).open(b"here", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(b"here", &changed), None, "byte {at}");
            assert_eq!(key.open(b"here", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_sealed_key_has_the_size_of_one() {
        let mut entropy = Counting(0);
        let (key, inner) = (SealKey::of(&[1; 32]), random_key(&mut entropy));
        let sealed = key.seal(b"", &inner[..], &mut entropy);
        assert_eq!(key.open_key(b"", &sealed), Some(inner));
        let short = key.seal(b"", b"short", &mut entropy);
        assert_eq!(key.open_key(b"", &short), None);
    }

    #[test]
    fn the_form_is_as_it_ever_was() {
        let sealed = SealKey::of(&[7; 32]).seal(b"place", b"content", &mut Counting(0));
        assert_eq!(sealed[..25], [&[1][..], &[1; 16], &[2; 8]].concat());
        assert_eq!(hex(&sealed[25..]), "583dc7b4307f2931ec5c4720312e3f704350f1892c024d");
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
