//! Identifiers: newtypes, so that no two kinds of id can be mixed up, and their text and CBOR forms.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// A text that is no identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: expected {digits} hexadecimal digits")]
pub struct IdError {
    kind: &'static str,
    digits: usize,
    text: String,
}

/// Source of random bytes, passed in so that a simulation can replay a run from its seed.
pub trait Entropy {
    /// Sixteen bytes that nobody has seen before.
    fn sixteen(&mut self) -> [u8; 16];
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The raw bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// From raw bytes; `None` when the length is not the id's.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
                digits.map(|digit| HEX[usize::from(digit)]).try_for_each(|digit| f.write_char(digit))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bad = || IdError { kind: $kind, digits: $len * 2, text: text.chars().take(80).collect() };
                if text.len() != $len * 2 || !text.is_ascii() {
                    return Err(bad());
                }
                let mut bytes = [0u8; $len];
                for (index, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| bad())?;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                let at = d.position();
                Self::from_slice(d.bytes()?).ok_or_else(|| DecodeError::message(concat!("length of ", $kind)).at(at))
            }
        }
    };
}

byte_id!(
    /// One document (a customer, a policy...). Chosen by whoever creates it; never reused.
    DocumentId, 16, "document id"
);
byte_id!(
    /// One book: the unit of access and of sync.
    BookId, 16, "book id"
);
byte_id!(
    /// One registered device of one user.
    DeviceId, 16, "device id"
);
byte_id!(
    /// One linear stream of edits: an Automerge actor. One per store generation of a device.
    Actor, 16, "actor id"
);
byte_id!(
    /// The SHA-256 hash that names one Automerge change.
    ChangeHash, 32, "change hash"
);

impl DocumentId {
    /// A new id: 48 bits of `now_ms`, so that ids sort by birth, then randomness (the layout of a
    /// version 7 UUID, RFC 9562).
    #[must_use]
    pub fn generate(now_ms: i64, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = entropy.sixteen();
        bytes[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
        bytes[6] = (bytes[6] & 0x0f) | 0x70;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The id that a name of the outside world always maps to, so that an import run twice meets
    /// its own documents again. `namespace` keeps different sources apart.
    #[must_use]
    pub fn derived(namespace: &str, name: &str) -> Self {
        let digest = Sha256::new().chain_update(namespace).chain_update([0]).chain_update(name).finalize();
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

impl BookId {
    /// The read-only book every device holds: product catalogue and schemas.
    pub const SHARED: Self = Self([0; 16]);

    /// The first book of a rep, derived from the rep's code.
    #[must_use]
    pub fn of_rep(code: &UnitCode) -> Self {
        Self(DocumentId::derived("book of rep", code.as_str()).0)
    }
}

impl From<automerge::ChangeHash> for ChangeHash {
    fn from(hash: automerge::ChangeHash) -> Self {
        Self(hash.0)
    }
}

impl From<ChangeHash> for automerge::ChangeHash {
    fn from(hash: ChangeHash) -> Self {
        Self(hash.0)
    }
}

impl From<Actor> for automerge::ActorId {
    fn from(actor: Actor) -> Self {
        Self::from(actor.0)
    }
}

impl Actor {
    /// The actor behind an Automerge actor id; `None` when its length is not ours.
    #[must_use]
    pub fn of(id: &automerge::ActorId) -> Option<Self> {
        Self::from_slice(id.to_bytes())
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub String);

        impl $name {
            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                Self(code.to_owned())
            }
        }
    };
}

text_id!(
    /// The code of a unit of the organisation: nation, region, branch or rep.
    UnitCode
);
text_id!(
    /// The code of a product in the catalogue.
    ProductCode
);
text_id!(
    /// The name a person signs in with.
    UserId
);

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 = self.0.wrapping_add(1);
            [self.0; 16]
        }
    }

    #[test]
    fn text_form_round_trips() {
        let id = DocumentId::generate(1_750_000_000_000, &mut Fixed(0));
        assert_eq!(id.to_string().parse::<DocumentId>(), Ok(id));
        assert!("zz".parse::<DocumentId>().is_err());
        assert!("é".repeat(16).parse::<DocumentId>().is_err());
    }

    #[test]
    fn later_documents_sort_after_earlier_ones() {
        let mut entropy = Fixed(200);
        let first = DocumentId::generate(1_000, &mut entropy);
        let second = DocumentId::generate(1_001, &mut entropy);
        assert!(first < second);
    }

    #[test]
    fn cbor_refuses_a_wrong_length() {
        let bytes = minicbor::to_vec(Actor([7; 16])).expect("encodes");
        assert_eq!(minicbor::decode::<Actor>(&bytes).expect("decodes"), Actor([7; 16]));
        assert!(minicbor::decode::<ChangeHash>(&bytes).is_err());
    }
}
