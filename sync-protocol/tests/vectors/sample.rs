//! One golden message: its bytes, its neutral form, and how its bytes are read back.

use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use sync_protocol::{DecodeError, decode, encode, limits};

use crate::neutral::Neutral;

/// How bytes are read as the sample's type; true when they give the sample's value.
type Read = Box<dyn Fn(&[u8]) -> Result<bool, DecodeError>>;

/// A message with everything the checks need, its type forgotten.
pub(crate) struct Sample {
    /// Name of its files.
    pub(crate) name: String,
    /// Its type, by the name PROTOCOL.md gives it.
    pub(crate) message: &'static str,
    /// What the Rust encoder makes of it.
    pub(crate) bytes: Vec<u8>,
    /// Its neutral form.
    pub(crate) value: Value,
    read: Read,
}

impl Sample {
    /// A sample of any message or part of one.
    pub(crate) fn new<T>(name: impl Into<String>, value: T) -> Self
    where
        T: Neutral + Encode<()> + for<'b> Decode<'b, ()> + PartialEq + 'static,
    {
        let (bytes, neutral) = (encode(&value), value.neutral());
        let read = move |bytes: &[u8]| decode::<T>(bytes, limits::RESPONSE_BYTES).map(|read| read == value);
        Self { name: name.into(), message: T::NAME, bytes, value: neutral, read: Box::new(read) }
    }

    /// Reads bytes as this message; true when they give its value.
    pub(crate) fn read(&self, bytes: &[u8]) -> Result<bool, DecodeError> {
        (self.read)(bytes)
    }

    /// What the `.json` file holds.
    pub(crate) fn file(&self) -> Value {
        json!({ "message": self.message, "value": self.value })
    }
}

/// A sample for each value of an enumeration, named after the variant.
pub(crate) fn each<T>(prefix: &str, values: impl IntoIterator<Item = T>) -> Vec<Sample>
where
    T: Neutral + Encode<()> + for<'b> Decode<'b, ()> + PartialEq + 'static,
{
    let name = |value: &T| format!("{prefix}_{}", snake(&variant(&value.neutral())));
    values.into_iter().map(|value| Sample::new(name(&value), value)).collect()
}

/// The variant of an enumeration's neutral form.
pub(crate) fn variant(value: &Value) -> String {
    let of_object = || value.as_object().and_then(|object| object.keys().next());
    value.as_str().map(str::to_owned).or_else(|| of_object().cloned()).unwrap_or_default()
}

/// A variant's name as a file name has it.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
