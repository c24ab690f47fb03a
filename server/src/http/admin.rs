//! What the routes of administrators have in common: who may ask, refusals noted, changes told.

use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use document_model::Moment;
use serde::Serialize;
use sync_protocol::ErrorCode;
use utoipa::ToSchema;

use super::error::{ApiError, Refusal};
use super::extract::SignedIn;
use super::shell::Shell;
use crate::app::AppError;
use crate::audit::{AuditAction, By};
use crate::auth::{Action, Object, Principal, may};
use crate::hub::{AccountRefused, Gate};
use crate::import::{CutOff, DiffLine, ImportReport, Terms};
use crate::storage::Storage;

/// How long an answer waits for figures to follow an order; a hub at work goes on by itself.
const FIGURES_FOLLOW: Duration = Duration::from_secs(5);

/// Somebody who may run the system. Who may not is refused, and that is noted.
pub(super) struct Admin(pub(super) By);

impl<S: Storage, G: Gate> FromRequestParts<Shell<S, G>> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shell: &Shell<S, G>) -> Result<Self, ApiError> {
        let SignedIn(principal) = SignedIn::from_request_parts(parts, shell).await?;
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        shell.allow(&principal, Action::Administer, &format!("{} {route}", parts.method)).await?;
        Ok(Self(By::from(&principal)))
    }
}

impl<S: Storage, G: Gate> Shell<S, G> {
    /// Refuses who may not do this to the system, and notes that.
    pub(super) async fn allow(
        &self,
        principal: &Principal,
        action: Action,
        route: &str,
    ) -> Result<(), ApiError> {
        if may(principal, action, Object::System) {
            return Ok(());
        }
        // One that asks without end must not fill the log.
        if self.refusals.ask(principal.device).is_ok() {
            let refused = By::from(principal).did(AuditAction::Administer, route, self.clock.now()).refused();
            self.hub.note(refused).await?;
        }
        Err(ApiError::Wire(ErrorCode::NotAllowed))
    }

    /// The terms of something that is to be taken over.
    pub(super) fn terms(&self, by: By, dry_run: bool, version: Option<String>) -> Terms {
        Terms { by, dry_run, version, now: self.clock.now(), at_once: false }
    }

    /// Lets figures of days past follow what was taken over, and tells what came of it.
    pub(super) async fn taken(
        &self,
        kind: &'static str,
        dry_run: bool,
        report: ImportReport,
    ) -> Result<Taken, ApiError> {
        if report.unreadable {
            let why: Vec<_> = report.rejected.into_iter().map(|note| note.reason).collect();
            return Err(Refusal::bad("IMPORT-FILE", why.join("; "), "give a file of this kind"));
        }
        let mut taken = Taken::of(kind, dry_run, report);
        if taken.done {
            taken.rejudged = self.figures_follow(self.clock.now()).await?;
        }
        Ok(taken)
    }

    /// Judges all policies again; nothing where that takes too long to wait for.
    async fn figures_follow(&self, now: Moment) -> Result<Option<usize>, ApiError> {
        let hub = self.hub.clone();
        let following = self.finish(async move { hub.rejudge(now).await });
        tokio::time::timeout(FIGURES_FOLLOW, following).await.ok().transpose()
    }
}

/// What was taken over, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Taken {
    /// What it is of: `orders`, `org`, `products`, `calendar`, `targets`.
    kind: &'static str,
    /// Whether it was only tried.
    dry_run: bool,
    /// Whether it was done. Where there are problems nothing is.
    done: bool,
    /// The version of what it changes, as it is now: what a change is sent back with.
    version: String,
    /// Rows there are.
    rows: usize,
    /// What did not exist.
    new: usize,
    /// What is different.
    changed: usize,
    /// What was so already.
    unchanged: usize,
    /// Rows that cannot be taken.
    problems: Vec<RowProblem>,
    /// How many problems there are in all.
    problems_count: usize,
    /// Rows that are taken, with something a person should know.
    warnings: Vec<RowProblem>,
    /// What is different, or would be; 1,000 lines at most.
    diff: Vec<DiffLine>,
    /// How many lines there are besides.
    diff_left_out: usize,
    /// Policies that count differently now; nothing while figures still follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejudged: Option<usize>,
}

/// Something about a row.
#[derive(Debug, Serialize, ToSchema)]
struct RowProblem {
    /// Its line in the file, the header being line 1, or its place among those sent, from 1.
    row: u64,
    /// What, in words.
    problem: String,
    /// The stable code of it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl Taken {
    fn of(kind: &'static str, dry_run: bool, report: ImportReport) -> Self {
        let problems = |notes: Vec<crate::import::RowNote>| {
            let problem = |note: crate::import::RowNote| RowProblem {
                row: note.line,
                problem: note.reason,
                code: note.code,
            };
            notes.into_iter().map(problem).collect()
        };
        Self {
            kind,
            dry_run,
            done: report.imported,
            version: report.version,
            rows: report.rows,
            new: report.created,
            changed: report.changed,
            unchanged: report.unchanged,
            problems: problems(report.rejected),
            problems_count: report.rejections,
            warnings: problems(report.warnings),
            diff: report.diff,
            diff_left_out: report.diff_left_out,
            rejudged: None,
        }
    }
}

impl From<AccountRefused> for ApiError {
    fn from(refused: AccountRefused) -> Self {
        let (code, to_do) = (refused.code(), refused.to_do());
        match refused {
            AccountRefused::Hub(error) => error.into(),
            AccountRefused::Unknown(_) | AccountRefused::UnknownDevice(_) => {
                Refusal::absent(code, refused, to_do)
            }
            AccountRefused::Exists(_)
            | AccountRefused::LastAdmin(_)
            | AccountRefused::ThisDevice(_)
            | AccountRefused::TooManyInvitations
            | AccountRefused::Changed(_) => Refusal::conflict(code, refused, to_do),
            AccountRefused::Name(_)
            | AccountRefused::UnknownUnit(_)
            | AccountRefused::Unit { .. }
            | AccountRefused::NotInvited(_)
            | AccountRefused::InvitationDays(_)
            | AccountRefused::NoBranch(_) => Refusal::bad(code, refused, to_do),
        }
    }
}

impl From<CutOff> for ApiError {
    fn from(why: CutOff) -> Self {
        match why {
            CutOff::Before(error) | CutOff::Between(error) => error.into(),
            CutOff::Changed => {
                Refusal::conflict("CHANGED-MEANWHILE", why, "look at it as it is now, then decide again")
            }
        }
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        tracing::error!(error.code = error.code(), error.reason = %error, "the hub's folder does not give it");
        Self::internal()
    }
}
