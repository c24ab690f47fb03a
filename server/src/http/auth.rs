//! `/auth/v1`: sign in, refresh, sign out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};

use super::error::ApiError;
use super::extract::{Form, SignedIn};
use super::shell::Shell;
use crate::app::SystemEntropy;
use crate::hub::Gate;
use crate::storage::Storage;

/// Name and password for tokens; registers a device.
pub(super) async fn sign_in<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Form(request): Form<SignInRequest>,
) -> Result<Json<SignInResponse>, ApiError> {
    let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
    let sign_in = async move { desk.sign_in(hub.storage(), request, now, &mut SystemEntropy).await };
    shell.finish(sign_in).await.map(Json)
}

/// A pairing code for tokens; registers a device.
pub(super) async fn pair<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Form(request): Form<PairRequest>,
) -> Result<Json<SignInResponse>, ApiError> {
    let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
    let pair = async move { desk.pair(hub.storage(), request, now, &mut SystemEntropy).await };
    shell.finish(pair).await.map(Json)
}

/// A refresh token for the next pair.
pub(super) async fn refresh<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Form(request): Form<RefreshRequest>,
) -> Result<Json<SignInResponse>, ApiError> {
    let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
    let refresh = async move { desk.refresh(hub.storage(), &request, now, &mut SystemEntropy).await };
    shell.finish(refresh).await.map(Json)
}

/// Ends the sign-in of the device that asks.
pub(super) async fn sign_out<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
) -> Result<StatusCode, ApiError> {
    let (hub, desk, device) = (shell.hub.clone(), shell.desk.clone(), principal.device);
    let now = shell.clock.now();
    shell.finish(async move { desk.sign_out(hub.storage(), device, now).await }).await?;
    shell.sockets.hang_up(device);
    Ok(StatusCode::NO_CONTENT)
}
