//! The hub put together: data folder, storage, keys, clock, background work.
//!
//! Everything that is ambient elsewhere enters here and is passed on: the time ([`Clock`]), randomness
//! ([`SystemEntropy`]), the listener, the signal to stop.

mod background;
mod backup;
mod database;
mod folder;
mod listener;
mod shared_book;

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use document_model::{Actor, Entropy, Moment};
use rand::TryRng;
use rand::rngs::SysRng;

pub use backup::{Backup, back_up, restore};
pub use database::{Address, Database};
pub use folder::{DataFolder, MasterPlace};
pub use listener::{Reach, Tls, check_reach, listen};
pub use shared_book::product_document;

use crate::auth::{Attempts, Desk, Passwords, TokenKeys};
use crate::config::{Config, ConfigError, GateConfig};
use crate::hints::Hints;
use crate::http::{Ready, Shell, router};
use crate::hub::gate::Workers;
use crate::hub::{Gate, GateDown, Hub, ProcessGate, ReceiptKey, ThreadGate};
use crate::storage::sealed::Sealed;
use crate::storage::{KeyStorage, SealedEngine, Storage, StorageError, Stored};

/// Requests have had their time when this begins: what is left is work whose client hung up.
const LAST_WORK: Duration = Duration::from_secs(2);

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

/// Where the time comes from. The system's clock is read here and nowhere else.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::of(system_now)
    }

    /// A clock of one's own, for tests.
    #[must_use]
    pub fn of(now: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
fn system_now() -> Moment {
    Moment(jiff::Timestamp::now().as_millisecond())
}

/// Randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        SysRng.try_fill_bytes(&mut bytes).expect("a system without randomness can keep no secret");
        bytes
    }
}

/// The hub with everything around it.
#[derive(Clone)]
pub struct App<S, G> {
    /// The hub.
    pub hub: Hub<S, G>,
    /// Who is signed in.
    pub desk: Desk,
    /// The settings.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    ready: Ready,
    /// What travels between this hub and the others.
    pub(crate) hints: Hints,
}

/// Whether a missing data folder is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is made, with what a fresh hub has.
    Create,
    /// It is an error: a mistyped folder must not answer "no sales".
    Refuse,
}

impl App<SealedEngine, ThreadGate> {
    /// Opens the hub of a data folder for a command, which writes headquarters' own documents alone and
    /// judges them in its own process. `database` is remembered in the folder.
    pub async fn open(data: &Path, database: Option<&str>, missing: Missing) -> Result<Self, AppError> {
        Self::open_with(data, database, missing, async |_| Ok(ThreadGate)).await
    }
}

impl App<SealedEngine, ProcessGate> {
    /// The same to serve devices: what they push is judged by `workers`, which the settings describe.
    pub async fn open_to_serve(
        data: &Path,
        database: Option<&str>,
        missing: Missing,
        workers: impl FnOnce(&GateConfig) -> Workers,
    ) -> Result<Self, AppError> {
        let gate = async |config: &Config| {
            let gate = ProcessGate::start(workers(&config.gate));
            gate.ready().await?;
            Ok(gate)
        };
        Self::open_with(data, database, missing, gate).await
    }
}

impl<G: Gate> App<SealedEngine, G> {
    async fn open_with(
        data: &Path,
        database: Option<&str>,
        missing: Missing,
        gate: impl AsyncFnOnce(&Config) -> Result<G, AppError>,
    ) -> Result<Self, AppError> {
        let folder = DataFolder::open(data, missing)?;
        let opened = Self::open_in(&folder, database, missing, gate).await;
        if opened.is_err() {
            folder.take_back();
        }
        opened
    }

    async fn open_in(
        folder: &DataFolder,
        database: Option<&str>,
        missing: Missing,
        gate: impl AsyncFnOnce(&Config) -> Result<G, AppError>,
    ) -> Result<Self, AppError> {
        let database = folder.database(database)?;
        let config = Config::load(folder.path())?;
        folder.check_secrets()?;
        if missing == Missing::Refuse || folder.remembers() {
            database.must_be_there(folder.path())?;
        }
        let storage = database.open(folder.path()).await?;
        folder.remember(&database)?;
        let storage = seal(folder, storage).await?;
        // Made last: a hub that could not begin leaves nothing that looks like one.
        let secret = folder.token_key(&mut SystemEntropy)?;
        let own_stream = Actor(folder.own_stream(&mut SystemEntropy)?);
        let checked = storage.clone();
        let ready: Ready = Arc::new(move || {
            let checked = checked.clone();
            Box::pin(async move { checked.inner().ready().await })
        });
        let gate = gate(&config).await?;
        let mut app = Self::new(storage, gate, config, &secret, own_stream, Clock::system(), ready)?;
        app.hints.show(folder.hints_login()?);
        if missing == Missing::Create {
            app.furnish().await?;
        }
        Ok(app)
    }
}

/// Seals a storage with the master keys of a folder; a hub nothing was ever sealed in gets its first one.
async fn seal<S: Storage + KeyStorage>(folder: &DataFolder, storage: S) -> Result<Sealed<S>, AppError> {
    if storage.master().await?.is_none() && folder.make_master_key(&mut SystemEntropy)? {
        tracing::info!("made secrets/master.key: without it, neither the database nor a backup can be read");
    }
    let keys = folder.clone();
    let source = Box::new(move || keys.master_keys().map_err(|error| error.to_string()));
    Ok(Sealed::open(storage, source, Box::new(SystemEntropy)).await?)
}

impl<S: Storage, G: Gate> App<S, G> {
    /// A hub over any storage and gate.
    pub fn new(
        storage: S,
        gate: G,
        config: Config,
        secret: &[u8; 32],
        own_stream: Actor,
        clock: Clock,
        ready: Ready,
    ) -> Result<Self, AppError> {
        let hub = Hub::new(storage, gate, config.time_zone()?, own_stream, ReceiptKey::of(secret))
            .reporting(config.reporting_rules()?);
        let desk = Desk {
            keys: TokenKeys::new(secret),
            passwords: Passwords::new(config.sign_in.concurrent_checks),
            attempts: Attempts::default(),
            access_token_s: config.sign_in.access_token_s,
            session_ms: config.session_ms(),
        };
        let hints = Hints::at(config.hints_server()?, secret);
        Ok(Self { hub, desk, config: Arc::new(config), clock, ready, hints })
    }

    /// Whether the storage takes writes: a hub that cannot store must not begin to serve.
    pub async fn ready(&self) -> Stored<()> {
        (self.ready)().await
    }

    /// The hub as handlers see it.
    #[must_use]
    pub fn shell(&self) -> Shell<S, G> {
        let Self { hub, desk, config, clock, ready, hints } = self.clone();
        Shell::new(hub, desk, clock, config, ready, hints)
    }

    /// Serves on `listener` until `stop` ends, then finishes what was begun: running requests, sockets,
    /// contact times and pending entries.
    pub async fn serve(
        &self,
        listener: std::net::TcpListener,
        tls: Option<Tls>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), AppError> {
        self.publish_sale_rules().await?;
        let shell = self.shell();
        let background = background::start(&self.hub, &self.config.background, &self.clock, &self.hints);
        let looking = shell.clone();
        tokio::spawn(async move { looking.keep_sockets().await });
        let served =
            listener::serve(router(shell.clone()), listener, tls, &self.config.http, stop, || shell.close());
        let served = served.await.map_err(AppError::Serve);
        if tokio::time::timeout(LAST_WORK, shell.drained()).await.is_err() {
            tracing::warn!(
                "some requests were still running when the hub stopped; their devices will ask again"
            );
        }
        background.stop().await;
        served
    }
}

/// Ends when the process is asked to stop: Ctrl-C, or SIGTERM.
pub fn asked_to_stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::hub::InlineGate;
    use crate::storage::memory::MemoryStorage;

    /// A moment on 2026-09-21 in Seoul.
    pub(crate) const NOW: Moment = Moment(1_790_000_000_000);

    /// A fresh hub in memory.
    pub(crate) async fn app() -> App<MemoryStorage, InlineGate> {
        app_with(Config::default()).await
    }

    /// The same with settings of one's own.
    pub(crate) async fn app_with(config: Config) -> App<MemoryStorage, InlineGate> {
        app_over(MemoryStorage::new(), config).await
    }

    /// The same over any storage.
    pub(crate) async fn app_over<S: Storage>(storage: S, config: Config) -> App<S, InlineGate> {
        let clock = Clock::of(|| NOW);
        let ready: Ready = Arc::new(|| Box::pin(async { Ok(()) }));
        let app = App::new(storage, InlineGate, config, &[9; 32], Actor([8; 16]), clock, ready).unwrap();
        app.furnish().await.unwrap();
        app
    }

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
