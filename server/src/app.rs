//! The hub put together: data folder, storage, keys, clock, background work.
//!
//! Everything that is ambient elsewhere enters here and is passed on: the time ([`Clock`]), randomness
//! ([`SystemEntropy`]), the listener, the signal to stop.

mod background;
mod backup;
mod database;
mod error;
mod folder;
mod heads;
mod listener;
mod settings;
mod shared_book;
mod watch;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use document_model::{Actor, Entropy, Moment};
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;

pub use backup::{Backup, back_up, restore};
pub use database::{Address, Database};
pub use error::{AppError, StorageTrouble};
pub use folder::{DataFolder, MasterPlace, served_at};
pub use heads::HeadsFile;
pub use listener::{Line, Reach, Tls, check_reach, listen};
pub use settings::{forget_setting, stored_settings};
pub use shared_book::product_document;
pub use watch::{Check, CheckState, JobRun, Jobs, Probe, Watch};

use crate::auth::{Attempts, Desk, Guesses, Passwords, TokenKeys};
use crate::config::{Config, GateConfig, Layers};
use crate::hints::Hints;
use crate::http::{Doors, Ready, Shell, router};
use crate::hub::gate::Workers;
use crate::hub::{Gate, Hub, ProcessGate, ReceiptKey, ThreadGate};
use crate::openid::OpenId;
use crate::storage::sealed::Sealed;
use crate::storage::{KeyStorage, SealedEngine, SettingStorage, Storage, Stored};

/// Requests have had their time when this begins: what is left is work whose client hung up.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Keeps the key of cookies on their way to a provider apart from others that follow from the hub's secret.
const OPENID_PURPOSE: &[u8] = b"fieldbook openid cookie v1";

/// A key that follows from the hub's secret, for one purpose.
fn derived_key(secret: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a MAC takes keys of any length");
    mac.chain_update(purpose).finalize().into_bytes().into()
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
    /// What stands over the settings an administrator makes.
    pub(crate) layers: Arc<Layers>,
    /// The time.
    pub clock: Clock,
    ready: Ready,
    /// What travels between this hub and the others.
    pub(crate) hints: Hints,
    /// Who may be entered as without a password, in a demo.
    pub(crate) doors: Doors,
    /// Where people sign in besides.
    pub(crate) openid: Option<OpenId>,
    /// Where the ends of the ledgers are signed; a hub without a data folder has no such place.
    pub heads: Option<HeadsFile>,
    /// How the hub is.
    pub(crate) watch: Watch,
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
        let layers = Layers::read(folder.path())?;
        layers.without_administrator()?;
        folder.check_secrets()?;
        if missing == Missing::Refuse || folder.remembers() {
            database.must_be_there(folder.path())?;
        }
        let storage = database.open(folder.path()).await?;
        folder.remember(&database)?;
        let config = layers.with(&SettingStorage::settings(&storage).await?.values)?;
        let storage = seal(folder, storage).await?;
        // Made last: a hub that could not begin leaves nothing that looks like one.
        let secret = folder.token_key(&mut SystemEntropy)?;
        let own_stream = Actor(folder.own_stream(&mut SystemEntropy)?);
        let watch = Watch::of(folder, &storage, &Clock::system());
        let checked = storage.clone();
        let ready: Ready = Arc::new(move || {
            let checked = checked.clone();
            Box::pin(async move { checked.inner().ready().await })
        });
        let gate = gate(&config).await?;
        let mut app = Self::new(storage, gate, config, &secret, own_stream, Clock::system(), ready)?;
        app.layers = Arc::new(layers);
        app.hints.show(folder.hints_login()?);
        app.openid = app.provider(folder, &secret)?;
        app.heads = Some(HeadsFile::of(folder, &secret));
        app.watch = watch;
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
            guesses: Guesses::default(),
            access_token_s: config.sign_in.access_token_s,
            session_ms: config.session_ms(),
        };
        let hints = Hints::at(config.hints_server()?, secret);
        Ok(Self {
            hub,
            desk,
            config: Arc::new(config),
            layers: Arc::default(),
            watch: Watch::new(&clock),
            clock,
            ready,
            hints,
            doors: Doors::default(),
            openid: None,
            heads: None,
        })
    }

    /// Where people sign in besides, by the settings and the secrets of a folder.
    fn provider(&self, folder: &DataFolder, secret: &[u8; 32]) -> Result<Option<OpenId>, AppError> {
        let key = derived_key(secret, OPENID_PURPOSE);
        let shown = folder.openid_secret()?;
        OpenId::of(&self.config.sign_in.openid, shown, &key)
            .map_err(|why| AppError::Serve(std::io::Error::other(why)))
    }

    /// Whether the storage takes writes: a hub that cannot store must not begin to serve.
    pub async fn ready(&self) -> Stored<()> {
        (self.ready)().await
    }

    /// The hub as handlers see it.
    #[must_use]
    pub fn shell(&self) -> Shell<S, G> {
        let Self { hub, desk, config, layers, clock, ready, hints, doors, openid, heads, watch } =
            self.clone();
        let mut shell = Shell::new(hub, desk, clock, config, ready, hints);
        shell.doors = doors;
        shell.layers = layers;
        shell.openid = openid;
        shell.heads = heads;
        shell.watch = watch;
        shell
    }

    /// Serves on `listener` until `stop` ends, then finishes what was begun: running requests, sockets,
    /// contact times and pending entries.
    pub async fn serve(
        &self,
        listener: std::net::TcpListener,
        line: Line,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), AppError> {
        self.publish_sale_rules().await?;
        let closing = self.config.closing_rules()?;
        let heads = self.heads.as_ref();
        let background = background::start(
            &self.hub,
            &self.config.background,
            closing,
            &self.watch.jobs,
            &self.hints,
            heads,
        );
        tokio::spawn(settings::take_zone_once_set_up(self.clone(), background.stopping()));
        let served = self.serve_beside(listener, line, stop).await;
        background.stop().await;
        served
    }

    /// The same at one more address of a hub that is served: its background work is done once.
    pub async fn serve_beside(
        &self,
        listener: std::net::TcpListener,
        line: Line,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), AppError> {
        let mut shell = self.shell();
        shell.is_private = line.is_private();
        let looking = shell.clone();
        tokio::spawn(async move { looking.keep_sockets().await });
        let served =
            listener::serve(router(shell.clone()), listener, line, &self.config.http, stop, || shell.close());
        let served = served.await.map_err(AppError::Serve);
        if tokio::time::timeout(LAST_WORK, shell.drained()).await.is_err() {
            tracing::warn!(
                "some requests were still running when the hub stopped; their devices will ask again"
            );
        }
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
}
