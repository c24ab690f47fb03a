//! `/api/v1/me/devices`: what the rep who asks is signed in on.

use axum::Json;
use axum::extract::{Path, State};
use document_model::DeviceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::devices::id_of;
use super::error::{ApiError, Problem};
use super::extract::SignedIn;
use super::shell::Shell;
use crate::hub::{Gate, OwnDevice};
use crate::storage::Storage;

/// Where they live.
pub(super) const PATH: &str = "/api/v1/me/devices";
/// Where one is shut out.
pub(super) const REVOKE_PATH: &str = "/api/v1/me/devices/{device}/revoke";

/// Devices of the account that asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnDevices {
    /// The devices, those seen last first; 100 at most.
    rows: Vec<OwnDevice>,
}

/// Own devices
///
/// For reps: what the account is signed in on, and was.
#[utoipa::path(
    get,
    operation_id = "list_own_devices",
    path = PATH,
    tag = "organisation",
    responses((status = 200, description = "The devices.", body = OwnDevices), Problem)
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
) -> Result<Json<OwnDevices>, ApiError> {
    Ok(Json(OwnDevices { rows: shell.hub.own_devices(&principal).await? }))
}

/// Shut an own device out
///
/// For reps who lost one, and for good: it gets nothing any more and removes what it holds. The device that asks signs
/// out instead.
#[utoipa::path(
    post,
    operation_id = "revoke_own_device",
    path = REVOKE_PATH,
    tag = "organisation",
    params(("device" = String, Path, description = "The device's id.")),
    responses((status = 200, description = "The device.", body = OwnDevice), Problem)
)]
pub(super) async fn revoke<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Path(device): Path<String>,
) -> Result<Json<OwnDevice>, ApiError> {
    let id: DeviceId = id_of(&device)?;
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let device = shell.finish(async move { hub.revoke_own_device(&principal, id, now).await }).await?;
    shell.sockets.hang_up(id);
    Ok(Json(device))
}
