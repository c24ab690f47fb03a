//! `/api/v1/devices`: what people signed in on, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::DeviceId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admin::Admin;
use super::error::{ApiError, Problem};
use super::extract::Asked;
use super::page::Stretch;
use super::shell::Shell;
use super::tag;
use crate::hub::{DeviceRow, DevicesWanted, Gate};
use crate::storage::Storage;

/// Where they live.
pub(super) const PATH: &str = "/api/v1/devices";
/// Where one is shut out.
pub(super) const REVOKE_PATH: &str = "/api/v1/devices/{device}/revoke";

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Which devices are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// A part of its id or name, or of the account's name.
    text: Option<String>,
    /// The account.
    user: Option<String>,
    /// Whether it is shut out.
    state: Option<DeviceState>,
    /// Only those that were not in contact for so many days.
    silent_days: Option<u32>,
    /// The order; without it by id.
    order: Option<DeviceOrder>,
    /// Devices of a page, up to 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The page after the one that told this as `next`.
    after: Option<String>,
}

/// Whether a device is shut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeviceState {
    /// It is not.
    Active,
    /// It is.
    Revoked,
}

/// An order of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeviceOrder {
    /// By id.
    Id,
    /// Those that hold unsent work or a tray first, the longest silent before others.
    Urgency,
}

/// Devices, or a page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Devices {
    /// The devices, in the order asked for.
    rows: Vec<DeviceRow>,
    /// How many there are on all pages.
    total: usize,
    /// Where there are more: what to ask `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Devices
///
/// For administrators.
#[utoipa::path(
    get,
    operation_id = "list_devices",
    path = PATH,
    tag = "administration",
    params(Wanted),
    responses(
        (
            status = 200,
            description = "The devices.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = Devices,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: Admin,
    asked: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let Wanted { text, user, state, silent_days, order, limit, after } = wanted;
    let stretch = Stretch::new(limit, after)?;
    let revoked = state.map(|state| state == DeviceState::Revoked);
    let now_ms = shell.clock.now().0;
    let silent_since_ms = silent_days.map(|days| now_ms.saturating_sub(i64::from(days) * DAY_MS));
    let wanted = DevicesWanted { text, user, revoked, silent_since_ms };
    let mut rows = shell.hub.device_rows(&wanted).await?;
    let total = rows.len();
    let next = if order == Some(DeviceOrder::Urgency) {
        rows.sort_by_cached_key(DeviceRow::urgency);
        stretch.cut(&mut rows, DeviceRow::urgency)
    } else {
        stretch.cut(&mut rows, |row| row.device.to_string())
    };
    tag::json(&asked, &Devices { rows, total, next })
}

/// Shut a device out
///
/// For administrators, and for good. Its unsent work stays on it; the person may sign in on another one.
#[utoipa::path(
    post,
    operation_id = "revoke_device",
    path = REVOKE_PATH,
    tag = "administration",
    params(("device" = String, Path, description = "The device's id.")),
    responses((status = 200, description = "The device.", body = DeviceRow), Problem)
)]
pub(super) async fn revoke<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Path(device): Path<String>,
) -> Result<Json<DeviceRow>, ApiError> {
    let id = id_of(&device)?;
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let device = shell.finish(async move { hub.revoke_device(&by, id, now).await }).await?;
    shell.sockets.hang_up(id);
    Ok(Json(shell.hub.device_row(device).await?))
}

/// The id that an address names.
pub(super) fn id_of(text: &str) -> Result<DeviceId, ApiError> {
    text.parse().map_err(|_| ApiError::Question("a device is named by the 32 letters of its id".to_owned()))
}
