//! `POST /sync/v1`: one exchange.

use axum::extract::State;

use super::error::ApiError;
use super::extract::{Answer, Message, SignedIn};
use super::shell::Shell;
use crate::hub::Gate;
use crate::storage::Storage;

/// Takes a device's edits and answers what it lacks. Who asks is settled before the body is read.
pub(super) async fn exchange<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Message(request): Message,
) -> Result<Answer, ApiError> {
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let exchange = async move { Box::pin(hub.exchange(&principal, request, now)).await };
    shell.finish(exchange).await.map(Answer)
}
