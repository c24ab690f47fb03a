//! What keeps a hub from being put together or from running, in words for whoever runs it.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::hub::GateDown;
use crate::storage::StorageError;

/// Why the hub could not be put together or could not run. Each says what happened, what is safe and
/// what to do.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no data folder, and the command does not make one.
    #[error("there is no hub in {}. Nothing was made. Give the right folder with --data, or start one with `fieldbook serve`", .0.display())]
    NoFolder(PathBuf),
    /// The folder or a file of it cannot be used.
    #[error("{} cannot be used: {why}. Nothing was changed. Make it readable and writable for this user, or give another folder with --data", .path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A file of secrets does not hold what it must.
    #[error("{} is damaged: {why}. Books and figures are safe. Restore the file from a backup of the data folder; without one, {without}", .path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
        /// What to do where there is no backup.
        without: &'static str,
    },
    /// Something is where a backup should go, or a database should be put aside.
    #[error("{} is there already. Nothing was changed. Give another name, or move it away", .0.display())]
    BackupExists(PathBuf),
    /// The file cannot be put back.
    #[error("{} cannot be put back: {why}. Nothing was changed. Give a file that `fieldbook backup` made", .path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is a database where the backup should go.
    #[error("this hub has a database with something in it. Nothing was changed. {}", not_empty_to_do(*replaceable))]
    NotEmpty {
        /// Whether it can be put aside.
        replaceable: bool,
    },
    /// The folder had a database, and it is not where it was: a new one would answer "no sales".
    #[error("the database is not at {}, or is empty. Nothing was made in its place. Bring it back there, or restore the newest backup; to begin a new hub, give another folder with --data", .0.display())]
    DatabaseGone(PathBuf),
    /// The master keys are of no use, or not where they can be changed.
    #[error("{0}")]
    MasterKeys(String),
    /// The database's address is of no use.
    #[error("{0}")]
    Database(String),
    /// The settings are of no use.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The storage does not open or does not work.
    #[error(transparent)]
    Storage(#[from] StorageTrouble),
    /// No edit can be judged.
    #[error(
        "no gate worker can be started, so no edit could be taken in; the log says why. Nothing was changed. Check \
         the settings under [gate], then try again"
    )]
    Gate(#[from] GateDown),
    /// Where to listen is of no use.
    #[error("{0}")]
    Listen(String),
    /// Something else listens there.
    #[error(
        "{address} is taken: {why}. Nothing was changed. Stop what listens there, or choose another address with --listen"
    )]
    PortTaken {
        /// The address.
        address: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// Certificate or key are of no use.
    #[error("the TLS certificate {} with the key {} cannot be used: {why}. Nothing was started. Both must be PEM files that belong together", .cert.display(), .key.display())]
    Tls {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// What is wrong with them.
        why: std::io::Error,
    },
    /// The server ended by itself.
    #[error(
        "the server stopped: {0}. What was acknowledged is stored. Start it again with `fieldbook serve`"
    )]
    Serve(std::io::Error),
}

/// What storage trouble means for whoever runs the hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}. {}. {}", self.what(), self.safe(), self.to_do())]
pub enum StorageTrouble {
    /// The disk is full.
    Full,
    /// The database cannot be written.
    Unwritable(String),
    /// The disk failed.
    Disk(String),
    /// The disk did not keep what was written.
    Unsynced(String),
    /// The database is not there.
    Lost(String),
    /// Another process holds the database.
    Busy,
    /// The database is damaged.
    Damaged(String),
    /// The database was lost in the middle.
    Unsure(String),
    /// A master key is not at hand.
    MasterKey(String),
    /// Something else.
    Failed(String),
}

impl From<StorageError> for StorageTrouble {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full => Self::Full,
            StorageError::Unwritable(what) => Self::Unwritable(what),
            StorageError::Disk(what) => Self::Disk(what),
            StorageError::Unsynced(what) => Self::Unsynced(what),
            StorageError::Lost(what) => Self::Lost(what),
            StorageError::Busy => Self::Busy,
            StorageError::Damaged(what) => Self::Damaged(what),
            StorageError::Unsure(what) => Self::Unsure(what),
            StorageError::MasterKey(what) => Self::MasterKey(what),
            StorageError::Failed(what) => Self::Failed(what),
        }
    }
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error.into())
    }
}

fn not_empty_to_do(replaceable: bool) -> &'static str {
    if replaceable {
        "Stop the hub and say --replace: the database is put aside under another name"
    } else {
        "Stop the hub, make an empty database, and give its address"
    }
}

impl AppError {
    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFolder(_) => "HUB-NO-FOLDER",
            Self::Unusable { .. } => "HUB-FOLDER",
            Self::Secret { .. } => "HUB-SECRET",
            Self::BackupExists(_) => "BACKUP-EXISTS",
            Self::NoBackup { .. } => "RESTORE-NO-BACKUP",
            Self::NotEmpty { .. } => "RESTORE-NOT-EMPTY",
            Self::DatabaseGone(_) => "HUB-DATABASE-GONE",
            Self::MasterKeys(_) => "HUB-MASTER-KEY",
            Self::Database(_) => "HUB-DATABASE",
            Self::Config(_) => "HUB-CONFIG",
            Self::Storage(trouble) => trouble.code(),
            Self::Gate(_) => "HUB-GATE",
            Self::Listen(_) => "HUB-LISTEN",
            Self::PortTaken { .. } => "HUB-PORT-TAKEN",
            Self::Tls { .. } => "HUB-TLS",
            Self::Serve(_) => "HUB-SERVE",
        }
    }
}

impl StorageTrouble {
    /// What happened, in general: nothing of it comes from the machine.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Full => "the disk is full",
            Self::Unwritable(_) => "the database cannot be written",
            Self::Disk(_) => "the disk failed",
            Self::Unsynced(_) => "the disk did not keep what was written",
            Self::Lost(_) => "the database cannot be reached",
            Self::Busy => "the database is busy: another program has been writing for long",
            Self::Damaged(_) => "the database is damaged",
            Self::Unsure(_) => "the database was lost while it stored",
            Self::MasterKey(_) => "a master key is missing",
            Self::Failed(_) => "the database cannot be used",
        }
    }

    /// What happened.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Full | Self::Busy => self.kind().to_owned(),
            Self::Unwritable(why)
            | Self::Disk(why)
            | Self::Unsynced(why)
            | Self::Lost(why)
            | Self::Damaged(why)
            | Self::Unsure(why)
            | Self::MasterKey(why)
            | Self::Failed(why) => format!("{}: {why}", self.kind()),
        }
    }

    /// What is safe all the same.
    #[must_use]
    pub fn safe(&self) -> &'static str {
        match self {
            Self::Unsure(_) | Self::Unsynced(_) => {
                "Everything stored before is as it was; whether this was stored is not known"
            }
            // Of the database itself nothing can be promised.
            Self::Damaged(_) => "Nothing was changed; backups and what is on devices are untouched",
            _ => "Nothing was changed, and everything stored before is as it was",
        }
    }

    /// What whoever runs the hub does about it.
    #[must_use]
    pub fn to_do(&self) -> &'static str {
        match self {
            Self::Full => "Make room, then try again",
            Self::Unwritable(_) => {
                "Make the folder and its files writable for this user, or give another folder with --data"
            }
            Self::Disk(_) | Self::Unsynced(_) => {
                "Look after the disk, then try again; a hub that serves goes on by itself"
            }
            Self::Lost(_) => {
                "Start the database, or mend the line to it; a hub that serves goes on by itself"
            }
            Self::Busy => "Try again in a moment",
            Self::Damaged(_) => {
                "Stop the hub, keep a copy of the data folder, restore the newest backup, then run `fieldbook verify`"
            }
            Self::MasterKey(_) => {
                "Put the key into secrets/master.key of the data folder, from the hub that has it or from a copy kept elsewhere"
            }
            Self::Unsure(_) => "Look whether it was, and do it again if not",
            Self::Failed(_) => {
                "Try again; if it stays so, keep a copy of the data folder and show this message to whoever looks after the hub"
            }
        }
    }

    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full => "HUB-DISK-FULL",
            Self::Unwritable(_) => "HUB-UNWRITABLE",
            Self::Disk(_) => "HUB-DISK-FAILED",
            Self::Unsynced(_) => "HUB-DISK-UNSYNCED",
            Self::Lost(_) => "HUB-DATABASE-LOST",
            Self::Busy => "HUB-BUSY",
            Self::Damaged(_) => "HUB-DAMAGED",
            Self::Unsure(_) => "HUB-UNSURE",
            Self::MasterKey(_) => "HUB-MASTER-KEY",
            Self::Failed(_) => "HUB-STORAGE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_says_what_is_safe_and_what_to_do() {
        let what = || "x".to_owned();
        for error in [
            StorageError::Full,
            StorageError::Unwritable(what()),
            StorageError::Disk(what()),
            StorageError::Lost(what()),
            StorageError::Busy,
            StorageError::Damaged(what()),
            StorageError::Failed(what()),
        ] {
            let words = AppError::from(error).to_string();
            assert!(words.contains("Nothing was changed") && words.matches(". ").count() == 2, "{words}");
        }
    }
}
