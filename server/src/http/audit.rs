//! `/api/v1/audit`: who did what, for administrators.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use document_model::{Date, DeviceId, add_days, format_moment};
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admin::Admin;
use super::error::{ApiError, Problem};
use super::extract::Asked;
use super::page::checked;
use super::shell::Shell;
use crate::audit::{AuditAction, AuditEntry, AuditFilter, By};
use crate::export::harmless;
use crate::figures::day;
use crate::hub::{AuditCheck, AuditPage, Gate, Rules};
use crate::organisation::instant_at;
use crate::storage::Storage;

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/audit";
/// Where it is checked.
pub(super) const CHECK_PATH: &str = "/api/v1/audit/check";

/// Rows of a file.
const FILE_ROWS: usize = 100_000;
/// The mark by which spreadsheet programs know UTF-8.
const BOM: &str = "\u{feff}";

/// Which rows are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// First day: `YYYY-MM-DD`, `today`, `yesterday`; without one, from the beginning.
    from: Option<String>,
    /// Last day, likewise; without one, up to now.
    to: Option<String>,
    /// The account's name; `(command line)` for whoever holds the data folder.
    user: Option<String>,
    /// What was done: `sign_in`, `account_add`, `import`...
    action: Option<String>,
    /// A part of what it was done to, of what else is said, or of the account's name.
    text: Option<String>,
    /// Rows of a page, up to 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The page after the one that told this as `next`.
    after: Option<u64>,
    /// `json`, as if it were left out; `csv` for a file with the newest 100,000 rows.
    format: Option<String>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Audit {
    /// The rows, the newest first.
    rows: Vec<AuditRow>,
    /// Where there may be more: what to ask `after` for the next page. A page may have fewer rows than asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// A row of the audit log.
#[derive(Debug, Serialize, ToSchema)]
struct AuditRow {
    /// Its number.
    number: u64,
    /// When, milliseconds since the epoch.
    at_ms: i64,
    /// The account's name; empty for a sign-in with a name that nobody has.
    user: String,
    /// The device, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    device: Option<DeviceId>,
    /// What the device calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_name: Option<String>,
    /// What was done.
    action: String,
    /// To what.
    object: String,
    /// `done` or `refused`.
    outcome: &'static str,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The audit log
///
/// For administrators; the newest first. Nothing of a customer is in it, and no password or token.
#[utoipa::path(
    get,
    operation_id = "list_audit",
    path = PATH,
    tag = "administration",
    params(Wanted),
    responses(
        (status = 200, description = "The rows.", content((Audit = "application/json"), (String = "text/csv"))),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let times = wanted.times(rules.day(shell.clock.now()), &rules)?;
    let Wanted { user, action, text, limit, after, format, .. } = wanted;
    let filter = AuditFilter { user, action, text };
    match format.as_deref() {
        None | Some("json") => {
            let page = shell.hub.audit_page(&filter, times, after, checked(limit)?).await?;
            let AuditPage { rows, next } = page;
            Ok(Json(Audit { rows: shell.named(rows).await?, next }).into_response())
        }
        Some("csv") if limit.is_none() && after.is_none() => shell.audit_file(&by, &filter, times).await,
        Some("csv") => {
            Err(ApiError::Question("a file has all rows; `limit` and `after` are for JSON".to_owned()))
        }
        Some(word) => Err(ApiError::Question(format!("{word:?} is no format; formats are json, csv"))),
    }
}

impl Wanted {
    /// The instants of the days asked for: from the first on, before the second.
    fn times(&self, today: Date, rules: &Rules) -> Result<(i64, i64), ApiError> {
        let of = |word: &Option<String>| word.as_deref().map(|word| day(word, today)).transpose();
        let (from, to) = (of(&self.from)?, of(&self.to)?);
        let begins = |day: Date| instant_at(day, Time::midnight(), &rules.zone).0;
        let to = to.map_or(i64::MAX, |to| begins(add_days(to, 1)));
        Ok((from.map_or(i64::MIN, begins), to))
    }
}

impl<S: Storage, G: Gate> Shell<S, G> {
    /// Rows with the names of their devices.
    async fn named(&self, rows: Vec<AuditEntry>) -> Result<Vec<AuditRow>, ApiError> {
        let mut names: BTreeMap<DeviceId, Option<String>> = BTreeMap::new();
        for id in rows.iter().filter_map(|row| row.fact.device) {
            if let Entry::Vacant(unknown) = names.entry(id) {
                let device = self.hub.storage().device(id).await?;
                unknown.insert(device.map(|device| device.name));
            }
        }
        let row = |AuditEntry { number, fact, .. }: AuditEntry| AuditRow {
            number,
            at_ms: fact.at_ms,
            user: fact.user,
            device: fact.device,
            device_name: fact.device.and_then(|id| names.get(&id).cloned().flatten()),
            action: fact.action,
            object: fact.object,
            outcome: fact.outcome.as_str(),
            detail: fact.detail,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// The log as a file. That it left the hub is noted.
    async fn audit_file(
        &self,
        by: &By,
        filter: &AuditFilter,
        times: (i64, i64),
    ) -> Result<Response, ApiError> {
        let page = self.hub.audit_page(filter, times, None, FILE_ROWS).await?;
        let rows = self.named(page.rows).await?;
        let noted = by.did(AuditAction::AuditExport, "csv", self.clock.now());
        self.hub.note(noted.with(format!("{} rows", rows.len()))).await?;
        let file = self.files.aside(move || written(&rows)).await?;
        let headers = [
            (CONTENT_TYPE, "text/csv; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"fieldbook-audit.csv\""),
        ];
        Ok((headers, file).into_response())
    }
}

/// The rows as CSV.
fn written(rows: &[AuditRow]) -> Vec<u8> {
    let mut lines = csv::Writer::from_writer(BOM.as_bytes().to_vec());
    let headings = ["number", "at", "user", "device", "device name", "action", "object", "outcome", "detail"];
    let into_memory = "writing into memory does not fail";
    lines.write_record(headings).expect(into_memory);
    for row in rows {
        let (number, at) = (row.number.to_string(), format_moment(document_model::Moment(row.at_ms)));
        let device = row.device.map(|device| device.to_string()).unwrap_or_default();
        let texts = [
            row.user.as_str(),
            row.device_name.as_ref().map_or("", String::as_str),
            row.action.as_str(),
            row.object.as_str(),
        ];
        let [user, device_name, action, object] = texts.map(harmless);
        let detail = harmless(row.detail.as_deref().unwrap_or_default());
        let fields =
            [&*number, &*at, &*user, &*device, &*device_name, &*action, &*object, row.outcome, &*detail];
        lines.write_record(fields).expect(into_memory);
    }
    lines.into_inner().expect(into_memory)
}

/// Check the audit log
///
/// For administrators: whether each row is as it was written and none is missing, up to the end that was signed
/// outside the database.
#[utoipa::path(
    post,
    operation_id = "check_audit",
    path = CHECK_PATH,
    tag = "administration",
    responses((status = 200, description = "What was found.", body = AuditCheck), Problem)
)]
pub(super) async fn check<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: Admin,
) -> Result<Json<AuditCheck>, ApiError> {
    let signed = match shell.heads.clone() {
        Some(file) => shell.files.aside(move || file.read()).await??.audit(),
        None => None,
    };
    Ok(Json(shell.hub.check_audit(signed).await?))
}
