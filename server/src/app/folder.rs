//! The data folder: what the hub keeps beside the database.
//!
//! `secrets/` holds what a copy of the database must not: the key of tokens and the master keys. Files there
//! appear whole or not at all and are for this user alone; two processes that start at once agree on one. None
//! is ever replaced but that of the master keys, by command.

mod master;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use document_model::{Entropy, Moment};

pub use master::MasterPlace;

use super::{AppError, Database, Missing, StorageTrouble};

const SECRETS: &str = "secrets";
/// What access and refresh tokens are proved with.
const TOKEN_KEY: Secret<32> = Secret {
    name: "token.key",
    why: "it does not hold 32 bytes",
    without: "delete it: everybody then signs in again",
};
/// What the actors follow from that the hub writes headquarters' documents with.
const OWN_STREAM: Secret<16> = Secret {
    name: "own-stream.id",
    why: "it does not hold 16 bytes",
    without: "delete it: the hub then writes headquarters' documents as a new author",
};
/// The database's address; it may hold a password.
const DATABASE: &str = "database.url";
/// What the NATS server asks for to let a hub in. Whoever runs the hub puts it there.
const HINTS_LOGIN: &str = "hints.login";
/// What an OpenID Connect provider asks the hub for. Whoever runs the hub puts it there.
const OPENID: &str = "openid";
/// The same in the environment, which stands over the file.
const OPENID_VARIABLE: &str = "FIELDBOOK_OPENID_SECRET";

/// When the last backup was made of this folder's hub, milliseconds since the epoch.
const LAST_BACKUP: &str = "last-backup.ms";

/// Where a hub serves this folder, or served it last.
const SERVED_AT: &str = "served-at.url";

/// A file of `N` bytes.
struct Secret<const N: usize> {
    name: &'static str,
    /// What is wrong with one of another size.
    why: &'static str,
    /// What to do where there is no backup of it.
    without: &'static str,
}

impl<const N: usize> Secret<N> {
    fn read(&self, path: PathBuf, bytes: Vec<u8>) -> Result<[u8; N], AppError> {
        let Self { why, without, .. } = *self;
        bytes.try_into().map_err(|_| AppError::Secret { path, why, without })
    }
}

/// A data folder that is there.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    /// Made by this call.
    fresh: bool,
}

/// Where a hub serves a data folder, or served it last; nothing where none did, or nobody can tell.
#[must_use]
pub fn served_at(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(SERVED_AT)).ok()?;
    let address = text.trim();
    (address.starts_with("http://") || address.starts_with("https://")).then(|| address.to_owned())
}

impl DataFolder {
    /// Remembers where a hub serves the folder at `path`.
    pub fn remember_address(path: &Path, address: &str) -> Result<(), AppError> {
        Self { path: path.to_owned(), fresh: false }.note_address(address)
    }

    /// The folder at `path`.
    pub fn open(path: &Path, missing: Missing) -> Result<Self, AppError> {
        let secrets = path.join(SECRETS);
        let fresh = match (secrets.try_exists(), missing) {
            (Ok(true), _) => false,
            (Ok(false), Missing::Refuse) => return Err(AppError::NoFolder(path.to_owned())),
            (Ok(false), Missing::Create) => {
                make_private(&secrets).map_err(|why| unusable(path, &why))?;
                true
            }
            (Err(why), _) => return Err(unusable(path, &why)),
        };
        Ok(Self { path: path.to_owned(), fresh })
    }

    /// Takes back a folder that was made and into which nothing could be put: half a hub would answer
    /// "no sales". What is not empty stays.
    pub(super) fn take_back(&self) {
        if self.fresh && fs::remove_dir(self.path.join(SECRETS)).is_ok() {
            // It may hold other things of the operator's; then it was there before.
            fs::remove_dir(&self.path).ok();
        }
    }

    /// Remembers when a backup was made.
    pub(super) fn note_backup(&self, made: Moment) -> Result<(), AppError> {
        let path = self.path.join(LAST_BACKUP);
        fs::write(&path, made.0.to_string()).map_err(|why| unusable(&path, &why))
    }

    /// When the last backup was made; nothing where none was, or nobody can tell.
    pub(super) fn last_backup(&self) -> Option<Moment> {
        let text = fs::read_to_string(self.path.join(LAST_BACKUP)).ok()?;
        text.trim().parse().ok().map(Moment)
    }

    /// Remembers where a hub serves the folder.
    pub(super) fn note_address(&self, address: &str) -> Result<(), AppError> {
        let path = self.path.join(SERVED_AT);
        fs::write(&path, address).map_err(|why| unusable(&path, &why))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database the folder belongs to: the one remembered, or the one given, or SQLite in the
    /// folder itself.
    pub fn database(&self, given: Option<&str>) -> Result<Database, AppError> {
        let file = self.secret(DATABASE);
        let remembered = match fs::read_to_string(&file) {
            Ok(url) => Some(Database::of_url(url.trim()).map_err(|_| no_address(file.clone()))?),
            Err(why) if why.kind() == ErrorKind::NotFound => None,
            Err(why) if why.kind() == ErrorKind::InvalidData => return Err(no_address(file)),
            Err(why) => return Err(unusable(&file, &why)),
        };
        let given = given.map(Database::of_url).transpose()?;
        match (given, remembered) {
            (None, None) => Ok(Database::Own),
            (Some(only), None) | (None, Some(only)) => Ok(only),
            (Some(given), Some(remembered)) if given == remembered => Ok(given),
            (Some(_), Some(_)) => Err(AppError::Database(format!(
                "this data folder belongs to another database than the one given with --database. Nothing was \
                 changed. Leave --database out to use its own; to move it to the other one for good, put that \
                 address into {}",
                file.display()
            ))),
        }
    }

    /// Whether a database was opened here before.
    pub(super) fn remembers(&self) -> bool {
        self.secret(DATABASE).exists()
    }

    /// Remembers the database, once it has been opened: another one would answer "no sales".
    pub fn remember(&self, database: &Database) -> Result<(), AppError> {
        if self.remembers() {
            return Ok(());
        }
        self.keep(DATABASE, database.url().as_bytes()).map(drop)
    }

    /// Refuses when a secret that is there is none. Makes nothing.
    pub fn check_secrets(&self) -> Result<(), AppError> {
        self.kept(&TOKEN_KEY)?;
        self.kept(&OWN_STREAM)?;
        self.master_keys()?;
        Ok(())
    }

    /// The key of tokens, made at the first call.
    pub fn token_key(&self, entropy: &mut dyn Entropy) -> Result<[u8; 32], AppError> {
        let fresh = [entropy.sixteen(), entropy.sixteen()].concat();
        self.bytes(&TOKEN_KEY, &fresh)
    }

    /// What the actors follow from that the hub itself writes with, made at the first call.
    pub fn own_stream(&self, entropy: &mut dyn Entropy) -> Result<[u8; 16], AppError> {
        let fresh = entropy.sixteen();
        self.bytes(&OWN_STREAM, &fresh)
    }

    /// What the hub shows the NATS server, `USER:PASSWORD` or a token; `None` where it asks for nothing.
    pub(super) fn hints_login(&self) -> Result<Option<String>, AppError> {
        self.line_of(HINTS_LOGIN)
    }

    /// What the hub shows an OpenID Connect provider; `None` where that asks for nothing.
    pub(super) fn openid_secret(&self) -> Result<Option<String>, AppError> {
        let said = std::env::var(OPENID_VARIABLE).ok().filter(|secret| !secret.is_empty());
        said.map_or_else(|| self.line_of(OPENID), |secret| Ok(Some(secret)))
    }

    /// What a file of one line says; `None` where there is none, or nothing in it.
    fn line_of(&self, name: &str) -> Result<Option<String>, AppError> {
        let file = self.secret(name);
        match fs::read_to_string(&file) {
            Ok(login) => Ok(Some(login.trim().to_owned()).filter(|login| !login.is_empty())),
            Err(absent) if absent.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(unusable(&file, &why)),
        }
    }

    /// Forgets what the actors follow from that the hub itself writes with: the next one to open the hub makes another.
    pub(super) fn forget_own_stream(&self) -> Result<(), AppError> {
        let path = self.secret(OWN_STREAM.name);
        match fs::remove_file(&path) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(unusable(&path, &why)),
            _ => Ok(()),
        }
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.path.join(SECRETS).join(name)
    }

    /// What the file of a secret holds; `None` where there is none.
    fn kept<const N: usize>(&self, secret: &Secret<N>) -> Result<Option<[u8; N]>, AppError> {
        let path = self.secret(secret.name);
        match fs::read(&path) {
            Ok(bytes) => secret.read(path, bytes).map(Some),
            Err(absent) if absent.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(unusable(&path, &why)),
        }
    }

    /// The same; `fresh` where there was none.
    fn bytes<const N: usize>(&self, secret: &Secret<N>, fresh: &[u8]) -> Result<[u8; N], AppError> {
        if let Some(bytes) = self.kept(secret)? {
            return Ok(bytes);
        }
        secret.read(self.secret(secret.name), self.keep(secret.name, fresh)?)
    }

    /// Stores a file that is not there yet, durably; if another process was first, its content holds.
    fn keep(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, AppError> {
        let path = self.secret(name);
        let folder = self.path.join(SECRETS);
        let store = || {
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            match file.persist_noclobber(&path) {
                Ok(_) => {}
                Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => return fs::read(&path),
                Err(failed) => return Err(failed.error),
            }
            fs::File::open(&folder)?.sync_all()?;
            Ok(content.to_owned())
        };
        store().map_err(|why| unusable(&path, &why))
    }
}

/// Makes a folder and those above it, for this user alone.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// The file that names the database names none.
fn no_address(path: PathBuf) -> AppError {
    let without =
        "write the address of the hub's database into it, `sqlite:` where that is in the data folder";
    AppError::Secret { path, why: "it holds no address of a database", without }
}

/// What the system says of a file or folder.
pub(super) fn unusable(path: &Path, why: &std::io::Error) -> AppError {
    if matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return AppError::Storage(StorageTrouble::Full);
    }
    AppError::Unusable { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
pub(in crate::app) mod tests {
    use super::super::SystemEntropy;
    use super::*;

    pub(in crate::app) fn fresh() -> (tempfile::TempDir, DataFolder) {
        let above = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&above.path().join("a/data"), Missing::Create).unwrap();
        (above, folder)
    }

    #[test]
    fn secrets_are_made_once_and_for_this_user_alone() {
        let (_above, folder) = fresh();
        let key = folder.token_key(&mut SystemEntropy).unwrap();
        assert_eq!(folder.token_key(&mut SystemEntropy).unwrap(), key);
        let stream = folder.own_stream(&mut SystemEntropy).unwrap();
        assert_eq!(folder.own_stream(&mut SystemEntropy).unwrap(), stream);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder.secret(TOKEN_KEY.name)), mode(&folder.path)), (0o600, 0o700));
        }
    }

    #[test]
    fn a_cut_key_is_named_and_not_replaced() {
        let (_above, folder) = fresh();
        fs::write(folder.secret(TOKEN_KEY.name), [1; 31]).unwrap();
        let error = folder.token_key(&mut SystemEntropy).unwrap_err();
        assert_eq!(error.code(), "HUB-SECRET");
        assert!(error.to_string().contains("token.key is damaged"), "{error}");
        assert_eq!(fs::read(folder.secret(TOKEN_KEY.name)).unwrap().len(), 31);
    }

    #[test]
    fn secrets_are_looked_at_without_making_any() {
        let (_above, folder) = fresh();
        folder.check_secrets().unwrap();
        assert!(fs::read_dir(folder.path.join(SECRETS)).unwrap().next().is_none());
        fs::write(folder.secret(OWN_STREAM.name), [1; 15]).unwrap();
        let error = folder.check_secrets().unwrap_err();
        assert!(error.to_string().contains("as a new author"), "{error}");
    }

    #[test]
    fn an_address_of_the_database_that_is_none_is_the_files_fault() {
        let (_above, folder) = fresh();
        for none in [&b""[..], b"mysql://x", b"\xff\xfe"] {
            fs::write(folder.secret(DATABASE), none).unwrap();
            assert_eq!(folder.database(None).unwrap_err().code(), "HUB-SECRET");
        }
    }

    #[test]
    fn a_database_that_was_there_must_be_there() {
        let (_above, folder) = fresh();
        let file = folder.path.join("hub.db");
        let code = || Database::Own.must_be_there(&folder.path).map_err(|error| error.code());
        assert_eq!(code(), Err("HUB-DATABASE-GONE"));
        fs::write(&file, "").unwrap();
        assert_eq!(code(), Err("HUB-DATABASE-GONE"));
        fs::write(&file, "a database").unwrap();
        assert_eq!(code(), Ok(()));
    }

    #[test]
    fn what_the_nats_server_asks_for_may_be_there() {
        let (_above, folder) = fresh();
        assert_eq!(folder.hints_login().unwrap(), None);
        fs::write(folder.secret(HINTS_LOGIN), "hub:secret\n").unwrap();
        assert_eq!(folder.hints_login().unwrap().as_deref(), Some("hub:secret"));
        fs::write(folder.secret(HINTS_LOGIN), [0xff]).unwrap();
        assert_eq!(folder.hints_login().unwrap_err().code(), "HUB-FOLDER");
    }

    #[test]
    fn a_mistyped_folder_is_not_made() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("dta");
        let error = DataFolder::open(&path, Missing::Refuse).unwrap_err();
        assert_eq!(error.code(), "HUB-NO-FOLDER");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_in_the_way_is_said() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("data");
        fs::write(&path, "a file").unwrap();
        let error = DataFolder::open(&path, Missing::Create).unwrap_err();
        assert_eq!(error.code(), "HUB-FOLDER");
    }

    #[test]
    fn a_database_given_once_is_remembered() {
        let (_above, folder) = fresh();
        assert_eq!(folder.database(None).unwrap(), Database::Own);
        let other = folder.database(Some("sqlite:/elsewhere")).unwrap();
        assert_eq!(folder.database(None).unwrap(), Database::Own, "not before it was opened");
        folder.remember(&other).unwrap();
        assert_eq!(folder.database(None).unwrap(), other);
        assert_eq!(folder.database(Some("sqlite:///elsewhere")).unwrap(), other);
        let error = folder.database(Some("sqlite:")).unwrap_err();
        assert!(error.to_string().contains("belongs to another database"), "{error}");
    }
}
