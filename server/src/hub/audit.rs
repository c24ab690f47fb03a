//! The audit log of a hub: noting, reading page by page, and checking that it is whole.

use document_model::{Date, DocumentId, Entropy, Moment, UnitCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApproveError, Approved, ClosingError, ClosingShown, ExceptionAsked, ExceptionEnded, ExceptionError,
    ExceptionShown, Gate, Hub, HubError, LedgerHead,
};
use crate::audit::{AuditAction, AuditEntry, AuditFact, AuditFilter, AuditWalk, By};
use crate::organisation::NATION;
use crate::storage::{AuditStretch, Storage, Stored};

/// Rows read at a time.
const PAGE: usize = 1_000;
/// Rows one answer looks at: where few are what is asked for, the next page goes on from there.
const LOOKED_AT: usize = 100_000;

/// A page of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The rows, the newest first.
    pub rows: Vec<AuditEntry>,
    /// Where there may be more: the number that the next page is before.
    pub next: Option<u64>,
}

/// Whether the log is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditCheck {
    /// Rows it has.
    pub entries: u64,
    /// Whether each row is as it was written, and none is missing.
    pub whole: bool,
    /// The number of the first row that is altered, missing or in another place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_wrong: Option<u64>,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Notes what was done.
    ///
    /// # Errors
    /// The storage's: what is not noted must not go unsaid.
    pub async fn note(&self, fact: AuditFact) -> Stored<()> {
        self.storage.note(vec![fact]).await
    }

    /// Closes a day, and notes it.
    pub async fn close_day_by(
        &self,
        by: &By,
        day: Date,
        unit: Option<&UnitCode>,
        is_final: bool,
        now: Moment,
    ) -> Result<Vec<ClosingShown>, ClosingError> {
        let closed = self.close_day(day, unit, is_final, by.stamp(), now).await?;
        let of = unit.map_or(NATION, UnitCode::as_str);
        let how = if is_final { ", final" } else { "" };
        let fact = by.did(AuditAction::DayClose, day.to_string(), now);
        self.note(fact.with(format!("{of}{how}: {} stamps", closed.len()))).await?;
        Ok(closed)
    }

    /// Opens an exception to a closed day, and notes it.
    pub async fn open_exception_by(
        &self,
        by: &By,
        asked: ExceptionAsked,
        now: Moment,
    ) -> Result<ExceptionShown, ExceptionError> {
        let opened = self.open_exception(asked, by.stamp(), now).await?;
        let ExceptionShown { id, unit, day, user, until, .. } = &opened;
        let fact = by.did(AuditAction::ExceptionOpen, id.to_string(), now);
        self.note(fact.with(format!("{unit} on {day} for {user} until {until}"))).await?;
        Ok(opened)
    }

    /// Ends an exception, and notes it.
    pub async fn end_exception_by(
        &self,
        by: &By,
        id: u64,
        now: Moment,
    ) -> Result<ExceptionEnded, ExceptionError> {
        let ended = self.end_exception(id, by.stamp(), now).await?;
        let fact = by.did(AuditAction::ExceptionEnd, id.to_string(), now);
        self.note(fact.with(format!("{} stamps", ended.stamps.len()))).await?;
        Ok(ended)
    }

    /// Approves a day of sale in the name of `author`, and notes it.
    pub async fn approve_by(
        &self,
        by: &By,
        author: &str,
        policy: DocumentId,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Approved, ApproveError> {
        let approved = self.approve(author, policy, now, entropy).await?;
        let fact = by.did(AuditAction::SaleApprove, policy.to_string(), now);
        self.note(fact.with(format!("sold on {}", approved.policy.sale_date)))
            .await
            .map_err(HubError::from)?;
        Ok(approved)
    }

    /// Rows of the log that are asked for, the newest first, before a number and between two instants.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        (from_ms, to_ms): (i64, i64),
        before: Option<u64>,
        limit: usize,
    ) -> Stored<AuditPage> {
        let mut page = AuditPage::default();
        let mut before = before.unwrap_or(u64::MAX);
        let mut left = LOOKED_AT;
        while left > 0 {
            let max = PAGE.min(left);
            let found = self.storage.audit(AuditStretch { before, from_ms, to_ms, max }).await?;
            let is_last = found.len() < max;
            left -= found.len();
            before = found.last().map_or(before, |entry| entry.number);
            for entry in found.into_iter().filter(|entry| filter.takes(entry)) {
                if page.rows.len() == limit {
                    page.next = page.rows.last().map(|entry| entry.number);
                    return Ok(page);
                }
                page.rows.push(entry);
            }
            if is_last {
                return Ok(page);
            }
        }
        page.next = Some(before);
        Ok(page)
    }

    /// Walks the whole log, against the end that was signed of it.
    pub async fn check_audit(&self, signed: Option<LedgerHead>) -> Stored<AuditCheck> {
        let mut walk = AuditWalk::default();
        let mut entries = 0;
        loop {
            let found = self.storage.audit_after(walk.number, PAGE).await?;
            walk.pass(&found, signed);
            entries += found.len() as u64;
            if found.len() < PAGE {
                break;
            }
        }
        walk.end(signed);
        Ok(AuditCheck { entries, whole: walk.wrong.is_none(), first_wrong: walk.wrong })
    }

    /// The end of the log; nothing where nothing was noted yet.
    pub(super) async fn audit_head(&self) -> Stored<Option<LedgerHead>> {
        let stretch = AuditStretch { before: u64::MAX, from_ms: i64::MIN, to_ms: i64::MAX, max: 1 };
        let last = self.storage.audit(stretch).await?.pop();
        Ok(last.map(|last| LedgerHead { number: last.number, chain: last.chain }))
    }

    /// The row of a number, as an end.
    pub(super) async fn audit_head_at(&self, number: u64) -> Stored<Option<LedgerHead>> {
        let found = self.storage.audit_after(number.saturating_sub(1), 1).await?.pop();
        let found = found.filter(|entry| entry.number == number);
        Ok(found.map(|entry| LedgerHead { number, chain: entry.chain }))
    }
}
