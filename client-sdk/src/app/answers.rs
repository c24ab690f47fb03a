//! The answers of calls, as the pages read them.

use std::collections::BTreeMap;

use document_model::{DocumentId, FieldValue, Kind};
use serde::Serialize;

use super::{CallProblem, Chip};
use crate::figures::SumsView;
use crate::records::RecordState;

/// Where the device stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    /// What the chip says.
    pub chip: Chip,
    /// Edits and closed days the hub has not acknowledged.
    pub unsent: u64,
    /// The closed days among them.
    pub closed_days: Vec<String>,
    /// Clashes and tray items.
    pub attention: u64,
    /// Records with a clash.
    pub clashes: u64,
    /// Items in the tray.
    pub tray: u64,
    /// The person must sign in again to send.
    pub sign_in_needed: bool,
    /// Whether the last try reached the hub.
    pub online: bool,
    /// When the hub was last reached.
    pub last_contact: Option<String>,
    /// When edits were last acknowledged.
    pub last_sent: Option<String>,
    /// When changes of others last came.
    pub last_received: Option<String>,
    /// Set with chip `problem`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<CallProblem>,
    /// Bytes of request bodies of this working day.
    pub bytes_up: u64,
    /// Bytes of answer bodies of this working day.
    pub bytes_down: u64,
    /// Whether the browser promised not to throw the book away.
    pub persisted: Option<bool>,
    /// Bytes the book takes.
    pub usage: Option<u64>,
    /// A first download under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download: Option<Download>,
    /// When the next try is due, milliseconds since the epoch; nothing while only a person can go on.
    pub next_sync_ms: Option<i64>,
}

/// How far a first download has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Download {
    /// Customers here.
    pub received: u64,
    /// Customers in all; 0 while nobody has said.
    pub total: u64,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Page<R> {
    pub(super) rows: Vec<R>,
    pub(super) total: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomerRow {
    pub(super) id: DocumentId,
    pub(super) name: String,
    pub(super) birth_date: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) last_contact: Option<String>,
    pub(super) next_contact_on: Option<String>,
    pub(super) policies: usize,
    pub(super) state: RecordState,
    pub(super) clashes: usize,
    pub(super) blocked: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyRow {
    pub(super) id: DocumentId,
    pub(super) customer: Option<DocumentId>,
    pub(super) customer_name: Option<String>,
    pub(super) product: String,
    pub(super) product_name: String,
    pub(super) product_type: String,
    pub(super) premium_won: i64,
    pub(super) payment_mode: String,
    pub(super) sale_date: String,
    pub(super) withdrawn_on: Option<String>,
    pub(super) status: Option<String>,
    pub(super) state: RecordState,
    pub(super) blocked: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ProductRow {
    pub(super) code: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) product_type: String,
}

/// A field of a document: one value, or entries with ids.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Shown {
    One(FieldValue),
    Several(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) value: FieldValue,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct DocumentAnswer {
    pub(super) id: DocumentId,
    pub(super) kind: Kind,
    pub(super) fields: BTreeMap<String, Shown>,
    pub(super) clashes: Vec<ClashAnswer>,
    pub(super) problems: Vec<crate::ProblemView>,
    pub(super) state: RecordState,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ClashAnswer {
    pub(super) document: DocumentId,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) field: String,
    pub(super) values: Vec<ClashValueAnswer>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ClashValueAnswer {
    pub(super) value: FieldValue,
    pub(super) shown: bool,
    pub(super) author: String,
    pub(super) device: String,
    pub(super) at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TimelineLine {
    pub(super) at: String,
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) author: String,
    pub(super) document: DocumentId,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct HistoryAnswer {
    pub(super) change: String,
    pub(super) author: String,
    pub(super) device: String,
    pub(super) time: String,
    pub(super) edits: Vec<EditAnswer>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct EditAnswer {
    pub(super) field: String,
    pub(super) old: FieldValue,
    pub(super) new: FieldValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TrayAnswer {
    pub(super) id: DocumentId,
    pub(super) document: DocumentId,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) reason: String,
    pub(super) at: String,
    pub(super) edits: Vec<EditAnswer>,
}

/// What was done, and how to take it back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Done {
    pub(super) document: DocumentId,
    pub(super) undo: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sums {
    sold: i64,
    withdrawn: i64,
    net: i64,
    premium_gross_won: i64,
    premium_net_won: i64,
    ape_net_won: i64,
}

impl From<SumsView> for Sums {
    fn from(sums: SumsView) -> Self {
        Self {
            sold: sums.sold,
            withdrawn: sums.withdrawn,
            net: sums.net,
            premium_gross_won: sums.premium_gross_won,
            premium_net_won: sums.premium_net_won,
            ape_net_won: sums.ape_net_won,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct OwnFigures {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) rows: Vec<FigureRow>,
    pub(super) total: Sums,
    pub(super) headquarters: Sums,
    pub(super) differences: Vec<DifferenceAnswer>,
    #[serde(rename = "byDay")]
    pub(super) by_day: Vec<DaySums>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct FigureRow {
    pub(super) product: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) product_type: String,
    pub(super) sums: Sums,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DifferenceAnswer {
    pub(super) policy: DocumentId,
    pub(super) customer_name: Option<String>,
    pub(super) why: &'static str,
    pub(super) count: i64,
    pub(super) won: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct DaySums {
    pub(super) day: String,
    pub(super) sums: Sums,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Today {
    pub(super) day: String,
    pub(super) closed: bool,
    pub(super) customers: usize,
    pub(super) sales: Sales,
    pub(super) due: Vec<CustomerRow>,
    pub(super) birthdays: Vec<CustomerRow>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Sales {
    pub(super) day: Sums,
    pub(super) month: Sums,
}

/// Diagnostics for support.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Diagnostics {
    pub(super) text: String,
}
