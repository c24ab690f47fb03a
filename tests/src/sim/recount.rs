//! An independent recount of the figures, straight from the Automerge documents: none of the
//! shipping derivation is used here.

use std::collections::BTreeMap;

use automerge::{Automerge, ROOT, ReadDoc, ScalarValue, Value};

/// Sold, withdrawn, gross won, withdrawn won.
pub(crate) type Count = (i64, i64, i64, i64);

/// One policy as it stands.
pub(crate) struct Policy {
    pub(crate) product: String,
    pub(crate) day: String,
    premium_won: i64,
    withdrawn: bool,
}

impl Policy {
    /// Reads a policy; `None` when it lacks what counting needs.
    pub(crate) fn read(saved: &[u8]) -> Option<Self> {
        let document = Automerge::load(saved).ok()?;
        let scalar = |key: &str| match document.get(ROOT, key).ok()?? {
            (Value::Scalar(scalar), _) => Some(scalar.into_owned()),
            (Value::Object(_), _) => None,
        };
        let text = |key: &str| match scalar(key)? {
            ScalarValue::Str(text) => Some(text.to_string()),
            _ => None,
        };
        let premium_won = match scalar("premium_won")? {
            ScalarValue::Int(won) if won > 0 => won,
            _ => return None,
        };
        text("customer")?;
        Some(Self {
            product: text("product")?,
            day: text("sale_date")?,
            premium_won,
            withdrawn: text("withdrawn_on").is_some(),
        })
    }

    /// Adds the policy to a table under `key`.
    pub(crate) fn count<K: Ord>(&self, table: &mut BTreeMap<K, Count>, key: K) {
        let count = table.entry(key).or_default();
        count.0 += 1;
        count.2 += self.premium_won;
        if self.withdrawn {
            count.1 += 1;
            count.3 += self.premium_won;
        }
    }
}
