//! What an administrator set, and the link that makes the first one.

use crate::storage::columns::{Columns, Fill, StoredRow};
use crate::storage::{SetupLink, Stored, StoredSettings};

macro_rules! setting_columns {
    () => {
        "key, value"
    };
}

pub(in crate::storage) use setting_columns;

/// The version, and each setting; the version alone where there is none.
pub(in crate::storage) const SETTINGS: &str =
    "SELECT settings_version, key, value FROM hub LEFT JOIN settings ON TRUE ORDER BY key";

/// The link that makes the first administrator.
pub(in crate::storage) const SETUP_LINK: &str = "SELECT setup, setup_ends_ms FROM hub";

/// Whether there is any account.
pub(in crate::storage) const ANY_ACCOUNT: &str = "SELECT 1 FROM accounts LIMIT 1";

pub(in crate::storage) fn settings(rows: &[impl StoredRow]) -> Stored<StoredSettings> {
    let mut settings = StoredSettings::default();
    for row in rows {
        let mut columns = Columns::of(row);
        settings.version = columns.number()?;
        if let Some(key) = columns.maybe_text()? {
            settings.values.insert(key.into_owned(), columns.string()?);
        }
    }
    Ok(settings)
}

pub(in crate::storage) fn fill_setting(row: &mut impl Fill, (key, value): &(String, String)) {
    row.text(key.as_str()).text(value.as_str());
}

pub(in crate::storage) fn setup_link(row: &impl StoredRow) -> Stored<Option<SetupLink>> {
    let mut columns = Columns::of(row);
    let (hash, ends_ms) = (columns.maybe_array()?, columns.maybe_integer()?);
    Ok(hash.zip(ends_ms).map(|(hash, ends_ms)| SetupLink { hash, ends_ms }))
}
