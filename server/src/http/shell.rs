//! What every handler shares.

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::console::Console;
use super::doors::Doors;
use super::error::ApiError;
use super::files::Files;
use super::live::Boards;
use super::pace::Pace;
use super::sockets::Sockets;
use super::view::{self, View};
use crate::app::{Clock, HeadsFile, Watch};
use crate::auth::Desk;
use crate::config::{Config, Layers};
use crate::hints::Hints;
use crate::hub::{Gate, Hub};
use crate::openid::OpenId;
use crate::storage::{Storage, StorageError, Stored};

/// Refusals of one device that are noted in the long run.
const REFUSALS_A_SECOND: NonZeroU32 = NonZeroU32::MIN;
/// The same at once.
const REFUSALS_AT_ONCE: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

/// Finds out whether what is written now becomes durable.
pub type Ready = Arc<dyn Fn() -> BoxFuture<'static, Stored<()>> + Send + Sync>;

/// What every handler shares. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Shell<S, G> {
    /// The hub.
    pub hub: Hub<S, G>,
    /// Who is signed in.
    pub desk: Desk,
    /// The time.
    pub clock: Clock,
    /// The settings.
    pub config: Arc<Config>,
    /// What stands over the settings an administrator makes.
    pub(crate) layers: Arc<Layers>,
    /// Whether what is written now becomes durable.
    pub ready: Ready,
    /// Whether browsers reach the hub by TLS: its cookies then travel by nothing else.
    pub(crate) is_private: bool,
    /// Who may be entered as without a password: a demo's accounts.
    pub(crate) doors: Doors,
    /// Where people sign in besides.
    pub(crate) openid: Option<OpenId>,
    /// The web console.
    pub(super) console: Console,
    /// What travels between hubs.
    pub(super) hints: Hints,
    /// Places for sockets.
    pub(super) sockets: Sockets,
    /// What sockets look at.
    pub(super) view: watch::Sender<Arc<View>>,
    /// Places for boards.
    pub(super) boards: Boards,
    /// Places for files.
    pub(super) files: Files,
    /// How often each device may ask.
    pub(super) pace: Pace,
    /// How often a device's refusals are noted.
    pub(super) refusals: Pace,
    /// How the hub is.
    pub(crate) watch: Watch,
    /// Where the ends of the ledgers and of the audit log are signed.
    pub(crate) heads: Option<HeadsFile>,
    /// Work that goes on when the one who asked for it has hung up.
    work: Arc<Semaphore>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl<S, G> Shell<S, G> {
    /// Everything handlers share, around a hub.
    #[must_use]
    pub fn new(
        hub: Hub<S, G>,
        desk: Desk,
        clock: Clock,
        config: Arc<Config>,
        ready: Ready,
        hints: Hints,
    ) -> Self {
        Self {
            hub,
            desk,
            clock: clock.clone(),
            sockets: Sockets::new(config.pokes.sockets),
            view: watch::Sender::default(),
            boards: Boards::new(),
            files: Files::new(),
            pace: Pace::new(config.http.device_requests_per_s, config.http.device_burst),
            refusals: Pace::new(REFUSALS_A_SECOND, REFUSALS_AT_ONCE),
            watch: Watch::new(&clock),
            heads: None,
            work: Arc::new(Semaphore::new(config.http.concurrent_requests)),
            config,
            layers: Arc::default(),
            ready,
            is_private: false,
            doors: Doors::default(),
            openid: None,
            console: Console::built(),
            hints,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// Runs `work` to its end whatever becomes of the caller: a client that hangs up drops its
    /// handler, and a write must not be cut off between two steps. Bounded like requests are, so that
    /// nobody can pile up work by hanging up.
    pub(super) async fn finish<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
    {
        let turn = self.work.clone().try_acquire_owned().map_err(|_| ApiError::from(StorageError::Busy))?;
        let task = async move {
            let done = work.await;
            drop(turn);
            done
        };
        match self.tasks.spawn(task.in_current_span()).await {
            Ok(done) => done.map_err(Into::into),
            // The panic was logged where it happened.
            Err(_) => Err(ApiError::internal()),
        }
    }

    /// Where sockets' conversations are counted: the hub waits for them when it stops.
    pub(super) fn tasks(&self) -> TaskTracker {
        self.tasks.clone()
    }

    /// Cancelled when the hub is about to stop.
    pub(super) fn closing_token(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Ends when the hub is about to stop.
    pub(super) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Keeps open sockets up to date until the hub stops. A served hub needs one of these running.
    pub async fn keep_sockets(&self)
    where
        S: Storage,
        G: Gate,
    {
        self.tasks.track_future(view::keep(self.clone())).await;
    }

    /// Asks sockets to close. Requests go on.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Ends when all sockets are closed and all begun work is done.
    pub async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
