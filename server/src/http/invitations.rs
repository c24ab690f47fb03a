//! Invitations: codes that sign reps' devices in without a password, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use document_model::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::admin::Admin;
use super::error::{ApiError, Problem};
use super::extract::Form;
use super::shell::Shell;
use crate::app::SystemEntropy;
use crate::hub::{Gate, INVITATION_DAYS, Invited};
use crate::storage::Storage;

/// Where a code is made for one rep.
pub(super) const PATH: &str = "/api/v1/accounts/{name}/invitation";
/// Where codes are made for a branch.
pub(super) const BRANCH_PATH: &str = "/api/v1/invitations";

/// For how long a code is to hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Inviting {
    /// Days, up to 30; without it 7.
    #[schema(minimum = 1, maximum = 30)]
    days: Option<u32>,
}

/// A code that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationMade {
    /// Eight digits: told this once.
    code: String,
    /// The page of this hub that takes it, for a link or a QR code.
    #[schema(example = "/rep/#pair=12345678")]
    path: String,
    /// When it ends, milliseconds since the epoch.
    ends_ms: i64,
}

impl InvitationMade {
    fn of(invited: Invited) -> Self {
        Self { path: invited.path(), code: invited.code, ends_ms: invited.ends_ms }
    }
}

/// Invite a rep
///
/// For administrators. Makes a code that signs one device of a rep in, once, without a password. It takes the place
/// of the code before.
#[utoipa::path(
    post,
    operation_id = "invite_rep",
    path = PATH,
    tag = "administration",
    params(("name" = String, Path, description = "The account's name.")),
    request_body = Inviting,
    responses((status = 201, description = "The code.", body = InvitationMade), Problem)
)]
pub(super) async fn invite<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Path(name): Path<String>,
    Form(Inviting { days }): Form<Inviting>,
) -> Result<(StatusCode, Json<InvitationMade>), ApiError> {
    let (hub, keys, now) = (shell.hub.clone(), shell.desk.keys.clone(), shell.clock.now());
    let days = days.unwrap_or(INVITATION_DAYS);
    let inviting = async move { hub.invite(&by, &keys, &name, days, now, &mut SystemEntropy).await };
    let invited = shell.finish(inviting).await?;
    Ok((StatusCode::CREATED, Json(InvitationMade::of(invited))))
}

/// Which branch is invited, and for how long the codes are to hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitingBranch {
    /// The branch.
    #[schema(value_type = String)]
    branch: UnitCode,
    /// Days, up to 30; without it 7.
    #[schema(minimum = 1, maximum = 30)]
    days: Option<u32>,
}

/// A rep of a branch, and the code that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct RepInvited {
    /// The account.
    user: String,
    /// The rep's unit.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// The rep's name.
    name: String,
    /// The code.
    #[serde(flatten)]
    made: InvitationMade,
}

/// The codes of a branch.
#[derive(Serialize, ToSchema)]
pub(super) struct BranchInvited {
    /// Its reps of today who had no device.
    rows: Vec<RepInvited>,
    /// How many were passed over, because they have a device.
    with_device: usize,
}

/// Invite a branch
///
/// For administrators. Makes a code for each rep of today who has an account and no device yet, as inviting one rep
/// does. Where there is no room for all, nobody is invited.
#[utoipa::path(
    post,
    operation_id = "invite_branch",
    path = BRANCH_PATH,
    tag = "administration",
    request_body = InvitingBranch,
    responses((status = 201, description = "The codes.", body = BranchInvited), Problem)
)]
pub(super) async fn invite_branch<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Form(InvitingBranch { branch, days }): Form<InvitingBranch>,
) -> Result<(StatusCode, Json<BranchInvited>), ApiError> {
    let (hub, keys, now) = (shell.hub.clone(), shell.desk.keys.clone(), shell.clock.now());
    let days = days.unwrap_or(INVITATION_DAYS);
    let inviting = async move { hub.invite_branch(&by, &keys, &branch, days, now, &mut SystemEntropy).await };
    let together = shell.finish(inviting).await?;
    let row = |one: Invited| {
        let (user, unit, name) = (one.user.clone(), one.unit.clone(), one.name.clone());
        RepInvited { user, unit, name, made: InvitationMade::of(one) }
    };
    let rows = together.invited.into_iter().map(row).collect();
    Ok((StatusCode::CREATED, Json(BranchInvited { rows, with_device: together.with_device })))
}
