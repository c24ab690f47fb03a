//! Exceptions to closings: opening, ending and listing them.

use document_model::{Date, Moment, UnitCode, format_moment};
use serde::Serialize;
use utoipa::ToSchema;

use super::closing::shown;
use super::{COMMIT_ATTEMPTS, ClosingShown, Gate, Hub, HubError};
use crate::auth::Role;
use crate::organisation::Level;
use crate::storage::{
    EndOutcome, Exception, ExceptionEnd, ExceptionOrder, ExceptionOutcome, OPEN_EXCEPTIONS, Storage,
    StorageError,
};

/// Days an exception may be open.
const LONGEST_DAYS: i64 = 31;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Bytes of a reason.
const REASON_BYTES: usize = 1_000;
/// Exceptions one answer lists.
const LISTED: usize = 1_000;
/// Who ends exceptions whose instant has come.
const BY_TIME: &str = "rule: until";

/// Why an exception was not opened or ended. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// There is no such unit on that day.
    #[error("there was no unit {0} on {1}")]
    UnknownUnit(UnitCode, Date),
    /// Exceptions are for branches.
    #[error("{0} is a {level}; an exception is for a branch", level = .1.as_str())]
    NotBranch(UnitCode, Level),
    /// There is no such account.
    #[error("there is no account {0:?}")]
    UnknownUser(String),
    /// The account is no rep's.
    #[error("{0:?} is no rep's account")]
    NotRep(String),
    /// The rep was not in the branch that day.
    #[error("{user:?} was not in {unit} on {day}")]
    Elsewhere {
        /// The account.
        user: String,
        /// The branch.
        unit: UnitCode,
        /// The day.
        day: Date,
    },
    /// The instant it ends at is over.
    #[error("{0} is over")]
    Past(String),
    /// The instant it ends at is too far away.
    #[error("{0} is more than {LONGEST_DAYS} days away")]
    TooFar(String),
    /// The reason is too long.
    #[error("the reason is longer than {REASON_BYTES} bytes")]
    LongReason,
    /// The branch's day is not closed.
    #[error("{1} is not closed for {0}: what comes now is in it")]
    NotClosed(UnitCode, Date),
    /// The branch stood elsewhere when its day was closed.
    #[error("{0} was closed for {1} under another region than it is known to have stood under")]
    Moved(UnitCode, Date),
    /// The day is final.
    #[error("{1} is final for {0}")]
    Final(UnitCode, Date),
    /// There is one already.
    #[error("exception {id} for {user:?} in {unit} on {day} is open already")]
    Again {
        /// Its number.
        id: u64,
        /// The account.
        user: String,
        /// The branch.
        unit: UnitCode,
        /// The day.
        day: Date,
    },
    /// As many are open as may be.
    #[error("{OPEN_EXCEPTIONS} exceptions are open, which is as many as may be")]
    TooMany,
    /// There is none of that number.
    #[error("there is no exception {0}")]
    Unknown(u64),
    /// It had ended before.
    #[error("exception {0} has ended already")]
    Ended(u64),
    /// The hub could not do it.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<StorageError> for ExceptionError {
    fn from(error: StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// What an exception is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionAsked {
    /// The branch.
    pub unit: UnitCode,
    /// The business day.
    pub day: Date,
    /// The account of the rep.
    pub user: String,
    /// The instant it ends at by itself.
    pub until: Moment,
    /// Why.
    pub reason: Option<String>,
}

/// An exception as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionShown {
    /// Its number.
    pub id: u64,
    /// The branch.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// The business day.
    pub day: String,
    /// The account it is for.
    pub user: String,
    /// The rep of that account.
    #[schema(value_type = String)]
    pub rep: UnitCode,
    /// `open` or `ended`.
    pub state: &'static str,
    /// When it was opened.
    pub opened_at: String,
    /// Who opened it.
    pub opened_by: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The instant it ends at by itself.
    pub until: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    /// The number of the branch's stamp that it led to; none where nothing had come in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamp: Option<u32>,
}

/// An exception that has ended, with the stamps it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionEnded {
    /// The exception.
    #[serde(flatten)]
    pub exception: ExceptionShown,
    /// The branch's stamp and those of units above; none where nothing had come in time.
    pub stamps: Vec<ClosingShown>,
}

impl From<Exception> for ExceptionShown {
    fn from(exception: Exception) -> Self {
        let at = |at_ms| format_moment(Moment(at_ms));
        let ended = exception.ended;
        Self {
            id: exception.id,
            unit: exception.unit,
            day: exception.day.to_string(),
            user: exception.account,
            rep: exception.rep,
            state: if ended.is_some() { "ended" } else { "open" },
            opened_at: at(exception.opened_ms),
            opened_by: exception.opened_by,
            reason: exception.reason,
            until: at(exception.until_ms),
            ended_at: ended.as_ref().map(|ended| at(ended.at_ms)),
            stamp: ended.as_ref().and_then(|ended| ended.stamp),
            ended_by: ended.map(|ended| ended.by),
        }
    }
}

/// Whether an exception may end at this instant and give this reason.
fn check(asked: &ExceptionAsked, now: Moment) -> Result<(), ExceptionError> {
    let until = format_moment(asked.until);
    match asked.until.0.saturating_sub(now.0) {
        ..=0 => Err(ExceptionError::Past(until)),
        away if away > LONGEST_DAYS * DAY_MS => Err(ExceptionError::TooFar(until)),
        _ if asked.reason.as_ref().is_some_and(|reason| reason.len() > REASON_BYTES) => {
            Err(ExceptionError::LongReason)
        }
        _ => Ok(()),
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Opens an exception: what the rep's account sends until its instant still counts for the branch's closed day,
    /// in a stamp of its own.
    pub async fn open_exception(
        &self,
        asked: ExceptionAsked,
        by: &str,
        now: Moment,
    ) -> Result<ExceptionShown, ExceptionError> {
        let rules = self.rules.current(&self.storage).await?;
        let ExceptionAsked { unit, day, user, .. } = &asked;
        match rules.roster.on(unit, *day).map(|span| span.level) {
            Some(Level::Branch) => {}
            Some(other) => return Err(ExceptionError::NotBranch(unit.clone(), other)),
            None if rules.roster.level(unit) == Some(Level::Nation) => {
                return Err(ExceptionError::NotBranch(unit.clone(), Level::Nation));
            }
            None => return Err(ExceptionError::UnknownUnit(unit.clone(), *day)),
        }
        check(&asked, now)?;
        let account = self.storage.account(user).await?;
        let account = account.ok_or_else(|| ExceptionError::UnknownUser(user.clone()))?;
        if account.role != Role::Rep {
            return Err(ExceptionError::NotRep(account.name));
        }
        let path = rules.roster.path(&account.unit, *day).filter(|path| path.branch == *unit);
        let ExceptionAsked { unit, day, user, until, reason } = asked;
        let Some(path) = path else { return Err(ExceptionError::Elsewhere { user, unit, day }) };
        let (at_ms, by, until_ms) = (now.0, by.to_owned(), until.0);
        let order = ExceptionOrder { day, path, account: user.clone(), at_ms, by, reason, until_ms };
        match self.storage.open_exception(order).await? {
            ExceptionOutcome::Opened(exception) => Ok(exception.into()),
            ExceptionOutcome::NotClosed => Err(ExceptionError::NotClosed(unit, day)),
            ExceptionOutcome::Moved => Err(ExceptionError::Moved(unit, day)),
            ExceptionOutcome::Final(unit) => Err(ExceptionError::Final(unit, day)),
            ExceptionOutcome::Open(Exception { id, .. }) => {
                Err(ExceptionError::Again { id, user, unit, day })
            }
            ExceptionOutcome::TooMany => Err(ExceptionError::TooMany),
        }
    }

    /// The newest exceptions: all, or those that are open.
    pub async fn exceptions(&self, only_open: bool) -> Result<Vec<ExceptionShown>, HubError> {
        let found = self.storage.exceptions(only_open, LISTED).await?;
        Ok(found.into_iter().map(ExceptionShown::from).collect())
    }

    /// Ends an exception and stamps what came in time.
    pub async fn end_exception(
        &self,
        id: u64,
        by: &str,
        now: Moment,
    ) -> Result<ExceptionEnded, ExceptionError> {
        for _ in 0..COMMIT_ATTEMPTS {
            self.judge_by_newest(now).await?;
            let rules = self.rules.current(&self.storage).await?;
            let all = self.storage.exceptions(true, OPEN_EXCEPTIONS).await?;
            // Of one that is not open the storage says what it is.
            let of_id = all.iter().find(|one| one.id == id);
            let path = of_id.and_then(|one| rules.roster.path(&one.rep, one.day));
            let end = ExceptionEnd { id, rules: rules.version, path, at_ms: now.0, by: by.to_owned() };
            match self.storage.end_exception(end).await? {
                EndOutcome::Ended(exception, stamps) => {
                    let stamps = stamps.iter().map(|closing| shown(closing, &rules)).collect();
                    return Ok(ExceptionEnded { exception: exception.into(), stamps });
                }
                EndOutcome::Unknown => return Err(ExceptionError::Unknown(id)),
                EndOutcome::Before(_) => return Err(ExceptionError::Ended(id)),
                // Somebody else was at it: look again.
                EndOutcome::RulesChanged => {}
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Ends the exceptions whose instant has come, those that were to end first before the others.
    pub async fn end_due_exceptions(&self, now: Moment) -> Result<Vec<ExceptionEnded>, HubError> {
        let mut due = self.storage.exceptions(true, OPEN_EXCEPTIONS).await?;
        due.retain(|exception| exception.until_ms <= now.0);
        due.sort_by_key(|exception| (exception.until_ms, exception.id));
        let mut ended = Vec::new();
        for exception in due {
            match self.end_exception(exception.id, BY_TIME, now).await {
                Ok(one) => ended.push(one),
                Err(ExceptionError::Hub(error)) => return Err(error),
                // Another hub was first.
                Err(_) => {}
            }
        }
        Ok(ended)
    }
}
