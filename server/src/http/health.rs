//! `/healthz` and `/readyz`, for whoever watches the process.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::error::ApiError;
use super::shell::Shell;
use crate::hub::{Gate, GateDown, HubError};
use crate::storage::Storage;

/// How the hub is.
#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    /// Where edits are judged, and what limits that.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<&'static str>,
}

impl Health {
    const fn of(status: &'static str, gate: Option<&'static str>) -> Json<Self> {
        Json(Self { status, version: env!("CARGO_PKG_VERSION"), gate })
    }
}

/// The process runs and answers.
pub(super) async fn alive() -> Json<Health> {
    Health::of("alive", None)
}

/// The storage takes writes and the gate judges: edits would be acknowledged.
pub(super) async fn ready<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
) -> Result<Json<Health>, ApiError> {
    (shell.ready)()?;
    let gate = shell.hub.gate().state();
    if !gate.up {
        return Err(HubError::from(GateDown).into());
    }
    Ok(Health::of("ready", Some(gate.place.as_str())))
}
