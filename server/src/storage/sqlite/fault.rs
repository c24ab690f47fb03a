//! What SQLite says when it cannot, in the storage's words.

use std::io::ErrorKind;

use crate::storage::StorageError;

/// Primary result codes of SQLite: the lowest byte of what it reports.
mod code {
    pub(super) const PERM: i32 = 3;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
    /// Extended: a file, or the folder it stands in, was not synced.
    pub(super) const FSYNC: [i32; 2] = [IOERR | 4 << 8, IOERR | 5 << 8];
}

/// A failure on its way to the caller. Kept apart from [`StorageError`] because the writer must know
/// whether the disk itself failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What the caller is told.
    pub(super) error: StorageError,
    /// The disk failed: what it holds is uncertain until the database is opened again.
    pub(super) disk: bool,
}

/// Result of work inside this engine.
pub(super) type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// Something no other error says.
    pub(super) fn failed(what: impl Into<String>) -> Self {
        StorageError::Failed(what.into()).into()
    }

    fn of_code(code: i32, message: &str) -> Self {
        let told = || format!("SQLite reports {code}: {message}");
        let error = match code & 0xff {
            code::FULL => StorageError::Full,
            code::BUSY | code::LOCKED => StorageError::Busy,
            code::PERM | code::READONLY | code::CANTOPEN => StorageError::Unwritable(told()),
            code::CORRUPT | code::NOTADB => StorageError::Damaged(told()),
            code::IOERR if code::FSYNC.contains(&code) => StorageError::Unsynced(told()),
            code::IOERR => StorageError::Disk(told()),
            _ => StorageError::Failed(told()),
        };
        Self { error, disk: code & 0xff == code::IOERR }
    }

    /// The same failure of a read, which is nobody else's: whoever hears of it logs it.
    pub(super) fn while_reading(self) -> Self {
        if self.error.is_everybodys() { Self::failed(self.error.to_string()) } else { self }
    }

    /// Whether nothing more is written until the database has been opened again and has proved itself.
    pub(super) fn stops(&self) -> bool {
        self.disk || self.error.is_everybodys()
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(reported) => {
                let code = reported.code().and_then(|code| code.parse().ok()).unwrap_or_default();
                Self::of_code(code, reported.message())
            }
            sqlx::Error::PoolTimedOut => StorageError::Busy.into(),
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

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        let error = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageError::Full,
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::AlreadyExists => StorageError::Unwritable(error.to_string()),
            _ => StorageError::Failed(error.to_string()),
        };
        error.into()
    }
}

/// Whatever the disk has no part in.
impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self { error, disk: false }
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

    #[test]
    fn extended_codes_count_as_their_family() {
        let error = |code| Fault::of_code(code, "x").error;
        assert_eq!(error(13), StorageError::Full);
        assert_eq!(
            (error(5), error(5 | 2 << 8), error(6)),
            (StorageError::Busy, StorageError::Busy, StorageError::Busy)
        );
        assert!(matches!(error(11 | 1 << 8), StorageError::Damaged(_)));
        assert!(matches!(error(26), StorageError::Damaged(_)));
        assert!(
            [8, 8 | 4 << 8, 14].into_iter().all(|code| matches!(error(code), StorageError::Unwritable(_)))
        );
        assert!(matches!(error(19), StorageError::Failed(_)));
    }

    #[test]
    fn only_input_and_output_errors_are_the_disks() {
        let (fsync, write) = (Fault::of_code(10 | 4 << 8, "x"), Fault::of_code(10 | 3 << 8, "x"));
        assert!(fsync.disk && matches!(fsync.error, StorageError::Unsynced(_)), "{fsync:?}");
        assert!(write.disk && matches!(write.error, StorageError::Disk(_)), "{write:?}");
        assert!(![5, 11, 13, 19, 26].into_iter().any(|code| Fault::of_code(code, "x").disk));
    }

    #[test]
    fn a_full_or_failing_disk_stops_everybody() {
        let stops = |code| Fault::of_code(code, "x").stops();
        assert!([13, 8, 14, 10, 10 | 4 << 8].into_iter().all(stops));
        assert!(![5, 11, 19, 26].into_iter().any(stops), "one job's own trouble");
    }
}
