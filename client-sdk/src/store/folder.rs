//! The home folder of a store on disk: private to its owner, open in one program at a time.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The database inside the home folder.
const DATABASE: &str = "store.db";
/// SQLite's log beside it.
const LOG: &str = "store.db-wal";
/// The file whose lock says that a program has the store open. Its content means nothing.
const LOCK: &str = "lock";

/// A home folder that this program alone has open, until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    /// The system releases the lock with the file, also when the program is killed.
    _lock: File,
}

impl Folder {
    /// Creates the folder where it is missing and locks it. [`StoreError::Locked`] when another
    /// holder has it.
    pub(super) fn claim(path: &Path) -> Result<Self, StoreError> {
        // An absolute path, so that no folder name can look like a `file:` address to SQLite.
        let path = std::path::absolute(path).map_err(|error| from_io(&error))?;
        create_private_folder(&path).map_err(|error| from_io(&error))?;
        let lock = open_private_file(&path.join(LOCK)).map_err(|error| from_io(&error))?;
        match fs4::FileExt::try_lock(&lock) {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(fs4::TryLockError::WouldBlock) => Err(StoreError::Locked),
            Err(fs4::TryLockError::Error(error)) => Err(from_io(&error)),
        }
    }

    /// Whether there is a database in the folder, locked or not.
    pub(super) fn holds_database(path: &Path) -> Result<bool, StoreError> {
        path.join(DATABASE).try_exists().map_err(|error| from_io(&error))
    }

    /// The path of the database file, which exists and only its owner can read. SQLite gives the
    /// files it puts beside it the same mode.
    pub(super) fn database(&self) -> Result<PathBuf, StoreError> {
        let path = self.path.join(DATABASE);
        open_private_file(&path).map_err(|error| from_io(&error))?;
        Ok(path)
    }

    /// Whether a program that ended in the middle left a log beside the database.
    pub(super) fn holds_log(&self) -> Result<bool, StoreError> {
        match self.path.join(LOG).metadata() {
            Ok(log) => Ok(log.len() > 0),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(from_io(&error)),
        }
    }

    /// Makes the names of new files durable: syncing a file does not promise that its folder
    /// remembers it.
    pub(super) fn sync_names(&self) -> Result<(), StoreError> {
        let folders = [Some(self.path.as_path()), self.path.parent()];
        folders.into_iter().flatten().try_for_each(sync_folder).map_err(|error| from_io(&error))
    }
}

/// What a failed file operation means to a person.
pub(super) fn from_io(error: &io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::AlreadyExists
        | ErrorKind::NotFound => StoreError::Unwritable { what: error.to_string() },
        _ => StoreError::io(error),
    }
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens or creates a file that only its owner can read and write.
fn open_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    close_to_others(&file);
    Ok(file)
}

/// A home that was copied or unpacked may have lost its modes. Some file systems have none: then
/// nothing can be done, and refusing to open would help nobody.
#[cfg(unix)]
fn close_to_others(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = file.metadata() else { return };
    if metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600)).ok();
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(folder) => folder.sync_all(),
        // A parent that may be passed through but not read belongs to the system and is old.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    // Windows journals names and cannot open a folder as a file.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_claim_is_locked_until_the_first_ends() {
        let home = tempfile::tempdir().unwrap();
        let first = Folder::claim(home.path()).unwrap();
        assert_eq!(Folder::claim(home.path()).err(), Some(StoreError::Locked));
        drop(first);
        assert!(Folder::claim(home.path()).is_ok());
    }

    #[test]
    fn a_place_that_cannot_hold_a_folder_is_unwritable() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        std::fs::write(&file, "x").unwrap();
        for place in [file.join("store"), file.join("a/b"), file] {
            assert_eq!(Folder::claim(&place).err().unwrap().code(), "STORE-UNWRITABLE", "{place:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_private_even_after_a_careless_copy() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;

        let outer = tempfile::tempdir().unwrap();
        let home = outer.path().join("a/home");
        assert_eq!(Folder::holds_database(&home), Ok(false));
        let folder = Folder::claim(&home).unwrap();
        let database = folder.database().unwrap();
        assert_eq!(Folder::holds_database(&home), Ok(true));
        folder.sync_names().unwrap();
        assert_eq!(mode(&home), 0o700);
        assert_eq!(mode(&home.join(LOCK)), 0o600);
        assert_eq!(mode(&database), 0o600);

        std::fs::set_permissions(&database, PermissionsExt::from_mode(0o644)).unwrap();
        folder.database().unwrap();
        assert_eq!(mode(&database), 0o600);
    }

    #[test]
    fn causes_are_told_apart() {
        let code = |kind: ErrorKind| from_io(&io::Error::from(kind)).code();
        assert_eq!(code(ErrorKind::StorageFull), "STORE-FULL");
        assert_eq!(code(ErrorKind::QuotaExceeded), "STORE-FULL");
        assert_eq!(code(ErrorKind::ReadOnlyFilesystem), "STORE-UNWRITABLE");
        assert_eq!(code(ErrorKind::UnexpectedEof), "STORE-IO");
    }
}
