//! `GET /api/v1/me/standing`: where the rep who asks stands this month.

use axum::Json;
use axum::extract::State;

use super::error::{ApiError, Problem};
use super::extract::SignedIn;
use super::shell::Shell;
use crate::hub::{Gate, StandingShown};
use crate::storage::Storage;

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/me/standing";

/// Where a rep stands
///
/// For reps: the own month so far, what it is to come to, the place in the branch and how many customers are in the
/// book. Of other reps nothing is told but how many there are and how many sold more.
#[utoipa::path(
    get,
    path = PATH,
    tag = "figures",
    responses((status = 200, description = "Where the rep stands.", body = StandingShown), Problem)
)]
pub(super) async fn standing<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
) -> Result<Json<StandingShown>, ApiError> {
    let with_rank = shell.config.reps.branch_rank;
    Ok(Json(shell.hub.standing(&principal, with_rank, shell.clock.now()).await?))
}
