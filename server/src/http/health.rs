//! `/healthz` and `/readyz`, for whoever watches the process.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::error::{ApiError, Cause};
use super::shell::Shell;
use crate::hub::Gate;
use crate::storage::Storage;

/// How the hub is.
#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    /// Where edits are judged, and what limits that.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<&'static str>,
    /// Whether other hubs are told of news at once. Being without that makes no hub less ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    hints: Option<&'static str>,
}

impl Health {
    const fn of(status: &'static str) -> Self {
        Self { status, version: env!("CARGO_PKG_VERSION"), gate: None, hints: None }
    }
}

/// The process runs and answers.
pub(super) async fn alive() -> Json<Health> {
    Json(Health::of("alive"))
}

/// What is written becomes durable and the gate judges: edits would be acknowledged. If not, the answer says
/// why, in general: anybody may ask.
pub(super) async fn ready<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
) -> Result<Json<Health>, ApiError> {
    (shell.ready)().await.map_err(|error| ApiError::NotReady(Cause::of(error)))?;
    let gate = shell.hub.gate().state();
    if !gate.up {
        return Err(ApiError::NotReady(Cause::GATE));
    }
    let (gate, hints) = (Some(gate.place.as_str()), Some(shell.hints.state().as_str()));
    Ok(Json(Health { gate, hints, ..Health::of("ready") }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use document_model::Actor;
    use tower::ServiceExt;

    use super::super::{Ready, router};
    use crate::app::tests::NOW;
    use crate::app::{App, Clock};
    use crate::config::Config;
    use crate::hub::gate::{GateJob, GatePlace, GateState, GateVerdict};
    use crate::hub::{Gate, GateDown};
    use crate::storage::memory::MemoryStorage;

    /// A gate whose workers cannot be started.
    #[derive(Clone)]
    struct Down;

    impl Gate for Down {
        async fn judge(&self, _: Vec<GateJob>) -> Result<Vec<GateVerdict>, GateDown> {
            Err(GateDown)
        }

        fn state(&self) -> GateState {
            GateState { up: false, place: GatePlace::Here }
        }
    }

    #[tokio::test]
    async fn a_hub_whose_gate_is_down_is_alive_and_not_ready() {
        let clock = Clock::of(|| NOW);
        let storage = MemoryStorage::new();
        let ready: Ready = Arc::new(|| Box::pin(async { Ok(()) }));
        let app = App::new(storage, Down, Config::default(), &[9; 32], Actor([8; 16]), clock, ready);
        let router = router(app.unwrap().shell());
        let ask = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let status = answer.status();
            let told = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
            (status, String::from_utf8_lossy(&told).into_owned())
        };
        assert_eq!(ask("/healthz").await.0, StatusCode::OK);
        let (status, told) = ask("/readyz").await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && told.contains("HUB-GATE"), "{status}: {told}");
    }
}
