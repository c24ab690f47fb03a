//! Hints between the hubs of one database, over NATS: "book B is at 812".
//!
//! A hint makes other hubs look, and nothing more. What it says is not believed ([`Hub::hear`]), and losing
//! every one changes latency alone: open sockets look again every few seconds anyway. So nobody waits for
//! NATS. What cannot be sent is forgotten, oldest first; while there is no server, hubs go on without.
//!
//! Books and numbers travel, nothing else, under a subject that follows from the secret the hubs of one
//! database share: two installations on one NATS do not hear each other.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use futures::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sync_protocol::{Poke, decode, encode};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::hub::{Gate, Hub, gather, newest};
use crate::storage::Storage;

/// Bytes of a hint at most; the longest [`Poke`] has 27.
const HINT_BYTES: usize = 32;
/// Hints that wait to be looked into; further ones are forgotten.
const WAITING: usize = 1_024;
/// How often the server is asked whether it is there; one that is silent for longer than two of these is gone.
const PING_INTERVAL: Duration = Duration::from_secs(10);
/// A server that does not greet for so long is tried again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The wait before the first try to connect. It doubles with each that fails.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// What makes the installation's name out of the hubs' secret, apart from its keys.
const PURPOSE: &[u8] = b"fieldbook hints";
/// Bytes of that name.
const NAME_BYTES: usize = 16;

/// Why a text names no NATS server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// It is no address.
    #[error("this is no address of a NATS server; try \"nats://127.0.0.1:4222\", or \"tls://HOST:PORT\"")]
    Unreadable,
    /// It holds a secret.
    #[error(
        "the address holds a user or a password, and settings hold no secrets; leave them out and put USER:PASSWORD \
         into secrets/hints.login"
    )]
    Secret,
}

/// The address of a NATS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsAddress(ServerAddr);

impl NatsAddress {
    /// Reads `nats://HOST:PORT` or `tls://HOST:PORT`.
    pub fn of_url(url: &str) -> Result<Self, NoAddress> {
        let known = ["nats://", "tls://"].iter().any(|scheme| url.starts_with(scheme));
        let address: ServerAddr = url.parse().ok().filter(|_| known).ok_or(NoAddress::Unreadable)?;
        if address.has_user_pass() || address.password().is_some() {
            return Err(NoAddress::Secret);
        }
        let parts = address.clone().into_inner();
        let more = !matches!(parts.path(), "" | "/") || parts.query().is_some() || parts.fragment().is_some();
        if address.host().is_empty() || more { Err(NoAddress::Unreadable) } else { Ok(Self(address)) }
    }
}

/// Whether hints travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintsState {
    /// Nobody asked for them.
    Off,
    /// The NATS server is not there.
    Away,
    /// They do.
    Connected,
}

impl HintsState {
    /// The word for people and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Away => "away",
            Self::Connected => "connected",
        }
    }
}

/// What travels between this hub and the others. Clones share the state.
#[derive(Clone)]
pub struct Hints {
    server: Option<NatsAddress>,
    login: Option<String>,
    subject: String,
    standing: watch::Sender<Standing>,
}

impl Hints {
    /// Hints over a server, among the hubs that have this secret; over none there are none.
    #[must_use]
    pub fn at(server: Option<NatsAddress>, secret: &[u8; 32]) -> Self {
        let state = if server.is_some() { HintsState::Away } else { HintsState::Off };
        let standing = watch::Sender::new(Standing { state, complained: false });
        Self { server, login: None, subject: subject(secret), standing }
    }

    /// What to show the server, `USER:PASSWORD` or a token.
    pub fn show(&mut self, login: Option<String>) {
        self.login = login;
    }

    /// Whether they travel just now.
    #[must_use]
    pub fn state(&self) -> HintsState {
        self.standing.borrow().state
    }

    /// Tells other hubs what this one stores and lets it look where they did, until `stop`. Connecting, now
    /// and whenever the server was away, goes on beside it.
    pub(crate) async fn exchange<S: Storage, G: Gate>(self, hub: Hub<S, G>, stop: CancellationToken) {
        let Some(NatsAddress(server)) = self.server.clone() else { return };
        let own = hub.pokes().listen_to_own();
        let options = self.options(&server);
        let connected = options.connect(server).await;
        let Some(client) = self.usable(connected) else { return };
        let Some(heard) = self.usable(client.subscribe(self.subject.clone()).await) else { return };
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.tell(&client, own) => {}
            () = hear(&hub, heard) => {}
        }
    }

    fn options(&self, server: &ServerAddr) -> ConnectOptions {
        let (standing, server) = (self.standing.clone(), format!("{}:{}", server.host(), server.port()));
        let options = ConnectOptions::new()
            .name("fieldbook")
            .no_echo()
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(wait_before)
            .connection_timeout(CONNECT_TIMEOUT)
            .ping_interval(PING_INTERVAL)
            .subscription_capacity(WAITING)
            .event_callback(move |event| {
                note(&standing, &server, &event);
                std::future::ready(())
            });
        match self.login.as_deref().map(|login| login.split_once(':').ok_or(login)) {
            None => options,
            Some(Ok((user, password))) => options.user_and_password(user.to_owned(), password.to_owned()),
            Some(Err(token)) => options.token(token.to_owned()),
        }
    }

    /// What the library refuses before it speaks to anybody; it was checked, so this is a fault of the hub.
    fn usable<T, E: std::error::Error>(&self, made: Result<T, E>) -> Option<T> {
        made.inspect_err(|why| {
            tracing::error!(error.reason = %why, "there are no hints: hubs look for each other's news");
        })
        .ok()
    }

    /// Sends what this hub stores while there is a server; what happens meanwhile waits in the listener's
    /// queue, the newest of it.
    async fn tell(&self, client: &Client, mut own: broadcast::Receiver<Poke>) {
        let mut standing = self.standing.subscribe();
        while standing.wait_for(|now| now.state == HintsState::Connected).await.is_ok() {
            let Some(news) = gather(&mut own).await else { return };
            for poke in news {
                if let Err(why) = client.publish(self.subject.clone(), encode(&poke).into()).await {
                    tracing::debug!(error.reason = %why, "a hint was not sent");
                }
            }
        }
    }
}

/// Lets the hub look where others say there is news. Bytes that are no hint are nothing.
async fn hear<S: Storage, G: Gate>(hub: &Hub<S, G>, heard: Subscriber) {
    let mut heard = heard.ready_chunks(WAITING);
    while let Some(messages) = heard.next().await {
        let hints = messages.iter().filter_map(|message| read(&message.payload));
        for hint in newest(hints) {
            if let Err(why) = hub.hear(hint).await {
                tracing::debug!(error.reason = %why, "a hint was not looked into; the next look finds its news");
            }
        }
    }
}

fn read(bytes: &[u8]) -> Option<Poke> {
    decode(bytes, HINT_BYTES).ok()
}

/// Where hubs with this secret meet.
fn subject(secret: &[u8; 32]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    let name = mac.chain_update(PURPOSE).finalize().into_bytes();
    let name: String = name[..NAME_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("fieldbook.{name}.pokes")
}

/// The wait before a try to connect, counted from one since the last that succeeded.
fn wait_before(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WAIT)
}

/// How it stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    state: HintsState,
    /// Trouble was told since the server last came: it is told once, not with every try.
    complained: bool,
}

/// What the log gets.
#[derive(Debug, PartialEq, Eq)]
enum Report {
    Connected,
    Trouble(String),
}

impl Standing {
    /// Takes in what happened; what to say of it.
    fn after(&mut self, event: &Event) -> Option<Report> {
        let before = *self;
        match event {
            Event::Connected => *self = Self { state: HintsState::Connected, complained: false },
            Event::Disconnected | Event::ClientError(_) => self.state = HintsState::Away,
            // A right that is missing, for example: the connection stays.
            Event::ServerError(_) => {}
            // The hub stops, or hints came faster than it looks: nothing to mend.
            Event::Closed | Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) => return None,
        }
        let changed = self.state != before.state;
        if *event == Event::Connected {
            return changed.then_some(Report::Connected);
        }
        self.complained = true;
        (changed || !before.complained).then(|| Report::Trouble(event.to_string()))
    }
}

fn note(standing: &watch::Sender<Standing>, server: &str, event: &Event) {
    let mut report = None;
    standing.send_modify(|standing| report = standing.after(event));
    match report {
        None => {}
        Some(Report::Connected) => {
            tracing::info!(hints.server = server, "hints travel: other hubs hear of news at once")
        }
        Some(Report::Trouble(why)) => {
            tracing::warn!(
                hints.server = server,
                error.reason = why,
                "hints do not travel: hubs look for each other's news until they do. Nothing else changes"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use async_nats::ClientError;
    use document_model::BookId;

    use super::*;
    use crate::app::tests::app;
    use crate::storage::DocumentStorage;

    #[test]
    fn an_address_is_a_server_and_no_secret() {
        for good in
            ["nats://127.0.0.1:4222", "tls://nats.example:4222", "nats://nats.example", "nats://[::1]:4222/"]
        {
            assert!(NatsAddress::of_url(good).is_ok(), "{good}");
        }
        for bad in [
            "127.0.0.1:4222",
            "http://nats:4222",
            "ws://nats:80",
            "nats://",
            "nats://a:99999",
            "nats://a/b",
            "x",
        ] {
            assert_eq!(NatsAddress::of_url(bad), Err(NoAddress::Unreadable), "{bad}");
        }
        for secret in ["nats://me:pw@nats:4222", "nats://token@nats:4222", "nats://:pw@nats:4222"] {
            assert_eq!(NatsAddress::of_url(secret), Err(NoAddress::Secret), "{secret}");
        }
    }

    #[test]
    fn installations_meet_under_names_of_their_own() {
        let (one, other) = (subject(&[1; 32]), subject(&[2; 32]));
        assert_eq!(one, subject(&[1; 32]));
        assert_ne!(one, other);
        assert!(one.starts_with("fieldbook.") && one.ends_with(".pokes") && one.len() == 48, "{one}");
    }

    #[test]
    fn a_hint_is_a_whole_poke_of_few_bytes() {
        let longest = Poke { book: BookId([255; 16]), seq: u64::MAX };
        let bytes = encode(&longest);
        assert_eq!((bytes.len(), read(&bytes)), (27, Some(longest)));
        assert_eq!(read(&bytes[..26]), None);
        assert_eq!(read(&[bytes.as_slice(), &[0]].concat()), None);
        // A field that a newer hub added: CBOR skips it, as long as the whole is short.
        let with_more = |field: &[u8]| [&[0x83], &bytes[1..], field].concat();
        assert_eq!(read(&with_more(&[7])), Some(longest));
        assert_eq!(read(&with_more(&[&[0x59, 0x03, 0xe8][..], &[0; 1_000]].concat())), None);
    }

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (1..=9).map(|attempt| wait_before(attempt).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
        assert_eq!(wait_before(usize::MAX), LONGEST_WAIT);
        assert_eq!(wait_before(0), FIRST_WAIT);
    }

    #[test]
    fn trouble_is_told_once_until_the_server_comes() {
        let mut standing = Standing { state: HintsState::Away, complained: false };
        let failed = || Event::ClientError(ClientError::Other("refused".to_owned()));
        let mut told = |event: Event| (standing.after(&event), standing.state);
        let trouble = |words: &str| Some(Report::Trouble(words.to_owned()));
        assert_eq!(told(failed()), (trouble("client error: nats: refused"), HintsState::Away));
        assert_eq!(told(failed()), (None, HintsState::Away));
        assert_eq!(told(Event::Connected), (Some(Report::Connected), HintsState::Connected));
        assert_eq!(told(Event::SlowConsumer(1)), (None, HintsState::Connected));
        let refused = || Event::ServerError(async_nats::ServerError::Other("no right".to_owned()));
        assert_eq!(told(refused()), (trouble("server error: nats: no right"), HintsState::Connected));
        assert_eq!(told(refused()), (None, HintsState::Connected));
        assert_eq!(told(Event::Disconnected), (trouble("disconnected"), HintsState::Away));
        assert_eq!(told(failed()), (None, HintsState::Away));
        assert_eq!(told(Event::Closed), (None, HintsState::Away), "the hub stops");
    }

    #[tokio::test]
    async fn of_a_hint_only_the_book_is_believed() {
        let app = app().await;
        let mut news = app.hub.pokes().listen();
        let mut own = app.hub.pokes().listen_to_own();
        app.hub.hear(Poke { book: BookId([99; 16]), seq: 5 }).await.unwrap();
        app.hub.hear(Poke { book: BookId::SHARED, seq: u64::MAX }).await.unwrap();
        let seq = app.hub.storage().book(BookId::SHARED).await.unwrap().unwrap().seq;
        assert_eq!(news.try_recv(), Ok(Poke { book: BookId::SHARED, seq }));
        assert!(
            news.try_recv().is_err() && own.try_recv().is_err(),
            "nothing unknown, and nothing to send back"
        );
    }
}
