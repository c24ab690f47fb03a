//! What PostgreSQL says when it cannot, in the storage's words.

use std::time::Duration;

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::storage::StorageError;

/// Codes of PostgreSQL (SQLSTATE) that mean something to the hub; a whole class by its first two letters.
mod state {
    pub(super) const TRANSACTION_ROLLBACK: &str = "40";
    pub(super) const OUT_OF_RESOURCES: &str = "53";
    pub(super) const DISK_FULL: &str = "53100";
    pub(super) const NOT_PREPARED: &str = "55";
    pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub(super) const OPERATOR_INTERVENTION: &str = "57";
    pub(super) const QUERY_CANCELED: &str = "57014";
    pub(super) const CANNOT_CONNECT_NOW: &str = "57P03";
    pub(super) const IO_ERROR: &str = "58030";
    pub(super) const INTERNAL: &str = "XX";
    pub(super) const DATA_CORRUPTED: &str = "XX001";
    pub(super) const INDEX_CORRUPTED: &str = "XX002";
}

/// What a failure means for the transaction it happened in and for the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The database said no; the connection is as before.
    Refused,
    /// Another transaction came in between: the same work may succeed when done again.
    Crossed,
    /// The connection is gone, or nobody knows what it would say next.
    Lost,
    /// There is no connection to be had.
    Unreachable,
}

/// A failure on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What the caller is told.
    pub(super) error: StorageError,
    /// What follows from it.
    pub(super) kind: Kind,
}

/// Result of work inside this engine.
pub(super) type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// Something no other error says.
    pub(super) fn failed(what: impl Into<String>) -> Self {
        StorageError::Failed(what.into()).into()
    }

    /// A row that was free when it was looked for is taken now, or the other way round.
    pub(super) fn crossed() -> Self {
        Self { error: StorageError::Busy, kind: Kind::Crossed }
    }

    /// The database has not answered for long: the connection is given up.
    pub(super) fn silent(after: Duration) -> Self {
        let what = format!("the database has not answered for {} s", after.as_secs());
        Self { error: StorageError::Lost(what), kind: Kind::Lost }
    }

    /// The database gives no connection, although none is in use.
    pub(super) fn lost() -> Self {
        Self { error: StorageError::Lost("it gives no connection".to_owned()), kind: Kind::Unreachable }
    }

    /// The same failure while a COMMIT was under way. A database that answered has not committed; one
    /// that was lost may have, also when its disk was the reason.
    pub(super) fn while_committing(self) -> Self {
        if self.kind != Kind::Lost {
            return self;
        }
        let error = match self.error {
            StorageError::Full => StorageError::Unsynced("it is full".to_owned()),
            StorageError::Disk(what) => StorageError::Unsynced(what),
            StorageError::Lost(what) | StorageError::Failed(what) => StorageError::Unsure(what),
            other => StorageError::Unsure(other.to_string()),
        };
        Self { error, kind: Kind::Refused }
    }

    /// Whether the same work may be done again at once. Nothing of it has been stored.
    pub(super) fn again(&self) -> bool {
        matches!(self.kind, Kind::Crossed | Kind::Lost)
    }

    /// Whether any other write would have failed as well.
    pub(super) fn is_the_databases(&self) -> bool {
        matches!(self.kind, Kind::Lost | Kind::Unreachable) || self.error.is_everybodys()
    }

    /// Whether what was written together may succeed without the one that is at fault.
    pub(super) fn is_of_one(&self) -> bool {
        self.kind == Kind::Refused && matches!(self.error, StorageError::Damaged(_) | StorageError::Failed(_))
    }

    /// What a database says that answers.
    fn of_state(state: &str, fatal: bool, message: &str) -> Self {
        let told = || format!("PostgreSQL reports {state}: {message}");
        let class = &state[..state.len().min(2)];
        let error = match (class, state) {
            (_, state::DISK_FULL) => StorageError::Full,
            (state::TRANSACTION_ROLLBACK | state::OUT_OF_RESOURCES, _) => StorageError::Busy,
            (state::NOT_PREPARED, state::LOCK_NOT_AVAILABLE) => StorageError::Busy,
            (_, state::QUERY_CANCELED | state::CANNOT_CONNECT_NOW) => StorageError::Busy,
            (state::INTERNAL, state::DATA_CORRUPTED | state::INDEX_CORRUPTED) => {
                StorageError::Damaged(told())
            }
            (_, state::IO_ERROR) => StorageError::Disk(told()),
            (state::OPERATOR_INTERVENTION, _) if fatal => StorageError::Lost(told()),
            _ => StorageError::Failed(told()),
        };
        let kind = match class {
            state::TRANSACTION_ROLLBACK => Kind::Crossed,
            _ if fatal => Kind::Lost,
            _ => Kind::Refused,
        };
        Self { error, kind }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let lost = |what: String| Self { error: StorageError::Lost(what), kind: Kind::Lost };
        match error {
            sqlx::Error::Database(reported) => {
                let reported: &PgDatabaseError = reported.downcast_ref();
                let fatal = matches!(reported.severity(), PgSeverity::Panic | PgSeverity::Fatal);
                Self::of_state(reported.code(), fatal, reported.message())
            }
            sqlx::Error::PoolTimedOut => Self { error: StorageError::Busy, kind: Kind::Unreachable },
            sqlx::Error::Io(why) => lost(format!("the connection to the database was lost: {why}")),
            sqlx::Error::Protocol(why) => lost(format!("the database cannot be understood: {why}")),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StorageError::Damaged(error.to_string()).into()
            }
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Fault {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

/// Whatever the database has no part in.
impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self { error, kind: Kind::Refused }
    }
}

impl From<Fault> for StorageError {
    fn from(fault: Fault) -> Self {
        fault.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(state: &str) -> Fault {
        Fault::of_state(state, false, "x")
    }

    #[test]
    fn states_become_the_storages_words() {
        assert_eq!(answered("53100").error, StorageError::Full);
        for busy in ["40001", "40P01", "53200", "53300", "55P03", "57014", "57P03"] {
            assert_eq!(answered(busy).error, StorageError::Busy, "{busy}");
        }
        for damaged in ["XX001", "XX002"] {
            assert!(matches!(answered(damaged).error, StorageError::Damaged(_)), "{damaged}");
        }
        for failed in ["23505", "25006", "28P01", "3D000", "42P01", "55006", "57P01", "XX000", ""] {
            assert!(matches!(answered(failed).error, StorageError::Failed(_)), "{failed}");
        }
        assert!(matches!(answered("58030").error, StorageError::Disk(_)));
        let killed = Fault::of_state("57P01", true, "x");
        assert!(matches!(killed.error, StorageError::Lost(_)) && killed.is_the_databases());
    }

    #[test]
    fn only_what_came_in_between_or_was_lost_is_done_again() {
        let again = |state, fatal| Fault::of_state(state, fatal, "x").again();
        assert!(again("40001", false) && again("40P01", false) && again("57P01", true));
        assert!(!again("53100", false) && !again("55P03", false) && !again("23505", false));
        let full = Fault::from(sqlx::Error::PoolTimedOut);
        assert_eq!((full.again(), full.error), (false, StorageError::Busy));
        assert!(Fault::from(sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into())).again());
    }

    #[test]
    fn a_commit_whose_answer_was_lost_is_unsure_and_not_done_again() {
        let unsure = Fault::of_state("57P01", true, "going down").while_committing();
        assert!(matches!(unsure.error, StorageError::Unsure(_)) && !unsure.again(), "{unsure:?}");
        let panicked = Fault::of_state("58030", true, "x").while_committing();
        assert!(matches!(panicked.error, StorageError::Unsynced(_)) && !panicked.again(), "{panicked:?}");
        let crossed = answered("40001").while_committing();
        assert!(crossed.again() && crossed.error == StorageError::Busy, "an answer is an answer");
        assert_eq!(answered("53100").while_committing().error, StorageError::Full);
    }
}
