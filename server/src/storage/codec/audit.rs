//! Rows of the audit log.

use std::borrow::Cow;

use document_model::DeviceId;
use sync_protocol::FeedChain;

use crate::audit::{AuditEntry, AuditFact, AuditOutcome};
use crate::storage::Stored;
use crate::storage::columns::{Columns, Fill, StoredRow};

macro_rules! audit_columns {
    () => {
        "number, at_ms, account, device, action, object, outcome, detail, chain"
    };
}

pub(in crate::storage) use audit_columns;

pub(in crate::storage) fn audit_entry(row: &impl StoredRow) -> Stored<AuditEntry> {
    let mut columns = Columns::of(row);
    let number = columns.number()?;
    let fact = AuditFact {
        at_ms: columns.integer()?,
        user: columns.string()?,
        device: columns.maybe_array()?.map(DeviceId),
        action: columns.string()?,
        object: columns.string()?,
        outcome: AuditOutcome::of_str(&columns.text()?)
            .ok_or_else(|| columns.damaged("an unknown outcome"))?,
        detail: columns.maybe_text()?.map(Cow::into_owned),
    };
    Ok(AuditEntry { number, fact, chain: FeedChain(columns.array()?) })
}

pub(in crate::storage) fn fill_audit_entry(row: &mut impl Fill, entry: &AuditEntry) {
    let AuditEntry { number, fact, chain } = entry;
    row.number(*number).integer(fact.at_ms).text(fact.user.as_str());
    row.bytes(fact.device.as_ref().map(DeviceId::as_bytes)).text(fact.action.as_str());
    row.text(fact.object.as_str()).text(fact.outcome.as_str()).text(fact.detail.as_deref());
    row.bytes(&chain.0[..]);
}
