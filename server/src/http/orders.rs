//! `/api/v1/organisation/orders` and `/api/v1/imports`: what administrators order of the organisation, and the files
//! they bring.

use axum::Json;
use axum::extract::{Path, State};
use document_model::UnitCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::admin::{Admin, Taken};
use super::error::{ApiError, Problem};
use super::extract::{Asked, FileBody, Form};
use super::shell::Shell;
use crate::figures::day;
use crate::hub::Gate;
use crate::import::{FileKind, ImportReport, OrderLine, take, take_orders, unpacked};
use crate::organisation::{code_rule, is_code};
use crate::storage::Storage;

/// Where orders are given.
pub(super) const ORDERS_PATH: &str = "/api/v1/organisation/orders";
/// Where files are brought.
pub(super) const IMPORT_PATH: &str = "/api/v1/imports/{kind}";

/// Bytes of orders: a thousand of them, with names.
pub(super) const ORDERS_BYTES: usize = 1024 * 1024;
/// Orders given at once.
const MOST_ORDERS: usize = 1_000;
/// Bytes of a file. Larger ones are for the command line, which reads them where they lie.
pub(super) const IMPORT_BYTES: usize = 16 * 1024 * 1024;

/// Orders to the organisation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Orders {
    /// The orders, each carried out on what the ones before it left.
    orders: Vec<OrderSent>,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
    /// The version of the organisation it is meant for.
    version: Option<String>,
}

/// One order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderSent {
    /// `hire`, `leave`, `move`, `split`, `merge`, `close`, `open`.
    order: String,
    /// The unit.
    unit: String,
    /// The first day it is so: `YYYY-MM-DD`, `today`, `yesterday`. A rep who leaves is gone that day.
    #[schema(example = "2026-07-01")]
    day: String,
    /// The branch of a hire, the place of a move, the new unit of a split, the unit that goes on after a merge or a
    /// closing, the unit above one that opens.
    to: Option<String>,
    /// The name of a new unit.
    name: Option<String>,
    /// The units that a split takes, or further ones of a merge.
    #[serde(default)]
    units: Vec<String>,
}

/// Order a change of the organisation
///
/// For administrators. All orders take effect together, or none does. Figures of days past follow by themselves.
#[utoipa::path(
    post,
    operation_id = "order_organisation",
    path = ORDERS_PATH,
    tag = "administration",
    request_body = Orders,
    responses((status = 200, description = "What is different, or what stands against it.", body = Taken), Problem)
)]
pub(super) async fn order<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Form(Orders { orders, dry_run, version }): Form<Orders, ORDERS_BYTES>,
) -> Result<Json<Taken>, ApiError> {
    if orders.len() > MOST_ORDERS {
        return Err(ApiError::Question(format!("{MOST_ORDERS} orders are taken at once, not more")));
    }
    let mut report = ImportReport { rows: orders.len(), ..ImportReport::default() };
    let today = shell.hub.current_rules().await?.day(shell.clock.now());
    let line = |(row, sent): (u64, OrderSent)| {
        let line = sent.line(row, |word| day(word, today).map_err(|why| why.to_string()));
        line.map_err(|reason| report.reject(row, reason)).ok()
    };
    let lines: Vec<_> = (1..).zip(orders).filter_map(line).collect();
    let (hub, terms) = (shell.hub.clone(), shell.terms(by, dry_run, version));
    let report = shell.finish(async move { take_orders(&hub, &lines, report, &terms).await }).await?;
    shell.taken(FileKind::Orders.as_str(), dry_run, report).await.map(Json)
}

impl OrderSent {
    fn line(
        self,
        row: u64,
        day: impl Fn(&str) -> Result<document_model::Date, String>,
    ) -> Result<OrderLine, String> {
        let codes = [&self.unit].into_iter().chain(&self.to).chain(&self.units);
        if let Some(wrong) = codes.into_iter().find(|code| !is_code(code)) {
            return Err(format!("{wrong:?} is no code; {}", code_rule()));
        }
        Ok(OrderLine {
            row,
            day: day(&self.day)?,
            order: self.order,
            unit: UnitCode(self.unit),
            to: self.to.map(UnitCode),
            name: self.name,
            units: self.units.into_iter().map(UnitCode).collect(),
        })
    }
}

/// How a file is to be taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Taking {
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
    /// The version of what the file changes that it is meant for.
    version: Option<String>,
}

/// Import a file
///
/// For administrators: CSV in UTF-8, or the first sheet of a workbook, told apart by content; 16 MiB at most. All of
/// it is taken, or nothing.
#[utoipa::path(
    post,
    operation_id = "import_file",
    path = IMPORT_PATH,
    tag = "administration",
    params(
        ("kind" = String, Path, description = "`orders`, `org`, `products`, `calendar`, `targets`."),
        Taking,
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The file itself."),
    responses((status = 200, description = "What is different, or what stands against it.", body = Taken), Problem)
)]
pub(super) async fn import<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Path(kind): Path<String>,
    Asked(Taking { dry_run, version }): Asked<Taking>,
    FileBody(file): FileBody<IMPORT_BYTES>,
) -> Result<Json<Taken>, ApiError> {
    let Some(kind) = FileKind::of_str(&kind) else {
        let kinds = FileKind::ALL.map(FileKind::as_str).join(", ");
        return Err(ApiError::Question(format!("{kind:?} is nothing that is imported; files are {kinds}")));
    };
    let content = shell.files.aside(move || unpacked(file.into())).await?;
    let (hub, terms) = (shell.hub.clone(), shell.terms(by, dry_run, version));
    let taking = async move { Box::pin(take(&hub, kind, &content, &terms)).await };
    let report = shell.finish(taking).await?;
    shell.taken(kind.as_str(), dry_run, report).await.map(Json)
}
