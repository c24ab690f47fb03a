//! The plain, typed value of a field.

use automerge::ScalarValue;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a field holds, as the person entered it. `Nothing` is a field that was cleared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(untagged)]
pub enum FieldValue {
    /// Cleared on purpose; shown as absent, but clashes with a concurrent value.
    #[n(0)]
    Nothing,
    /// Yes or no.
    #[n(1)]
    Flag(#[n(0)] bool),
    /// A whole number (won, counts).
    #[n(2)]
    Number(#[n(0)] i64),
    /// Text, codes and dates.
    #[n(3)]
    Text(#[n(0)] String),
}

impl FieldValue {
    /// Reads a stored scalar. Types Fieldbook never writes become text that says so, so that they
    /// stay visible and the rule engine can call them a problem.
    #[must_use]
    pub fn from_scalar(scalar: &ScalarValue) -> Self {
        match scalar {
            ScalarValue::Null => Self::Nothing,
            ScalarValue::Boolean(flag) => Self::Flag(*flag),
            ScalarValue::Int(number) | ScalarValue::Timestamp(number) => Self::Number(*number),
            ScalarValue::Uint(number) => {
                i64::try_from(*number).map_or_else(|_| Self::Text(number.to_string()), Self::Number)
            }
            ScalarValue::Counter(counter) => Self::Number(i64::from(counter)),
            ScalarValue::Str(text) => Self::Text(text.to_string()),
            ScalarValue::F64(float) => Self::Text(format!("{float}")),
            ScalarValue::Bytes(bytes) => Self::Text(format!("({} bytes)", bytes.len())),
            ScalarValue::Unknown { type_code, .. } => Self::Text(format!("(unknown type {type_code})")),
        }
    }

    /// The scalar that stores this value.
    #[must_use]
    pub fn to_scalar(&self) -> ScalarValue {
        match self {
            Self::Nothing => ScalarValue::Null,
            Self::Flag(flag) => ScalarValue::Boolean(*flag),
            Self::Number(number) => ScalarValue::Int(*number),
            Self::Text(text) => ScalarValue::Str(text.as_str().into()),
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Bytes this value takes, for the size limit.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 8,
        }
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for FieldValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}
