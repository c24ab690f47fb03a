//! The plain, typed value of a field.

use automerge::ScalarValue;
use minicbor::{Decode, Encode};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What a field holds, as the person entered it. `Nothing` is a field that was cleared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Encode, Decode)]
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

/// Read by hand: the derived code tries one variant after the other, and each that does not fit is an error put into
/// words. A book of 2,000 customers has tens of thousands of texts.
impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

/// Takes whatever a field can hold.
struct Read;

impl Visitor<'_> for Read {
    type Value = FieldValue;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("null, a yes or no, a whole number or a text")
    }

    fn visit_unit<E: Error>(self) -> Result<FieldValue, E> {
        Ok(FieldValue::Nothing)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<FieldValue, E> {
        Ok(FieldValue::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<FieldValue, E> {
        let too_large = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
        number.try_into().map(FieldValue::Number).map_err(too_large)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let values = [
            FieldValue::Nothing,
            FieldValue::Flag(true),
            FieldValue::Number(i64::MIN),
            FieldValue::Number(i64::MAX),
            FieldValue::Text("김\"철수\"\n".to_owned()),
        ];
        for value in values {
            let written = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<FieldValue>(&written).unwrap(), value, "{written}");
            let through = serde_json::to_value(&value).unwrap();
            assert_eq!(serde_json::from_value::<FieldValue>(through).unwrap(), value, "{written}");
        }
        for other in ["1.5", "9223372036854775808", "[]", "{}", "1e3"] {
            let refused = serde_json::from_str::<FieldValue>(other).unwrap_err().to_string();
            assert!(refused.contains("whole number"), "{other}: {refused}");
        }
    }
}
