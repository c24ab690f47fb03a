//! `GET /sync/v1/pokes`: a WebSocket that says which books have news.
//!
//! A socket is told the newest entry of each book it may read when it opens, then whenever one has
//! more: of what this hub stores at once, of what another one stores at once where hints travel
//! ([`crate::hints`]). Every few seconds the hub looks again ([`super::view`]): a device that is not welcome any
//! more is hung up on, and news that nobody told of, or that got lost here, is told. A socket lives no
//! longer than its access token.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use document_model::BookId;
use sync_protocol::{ErrorCode, Poke, encode};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::ApiError;
use super::shell::Shell;
use super::sockets::Seat;
use super::view::View;
use crate::app::Clock;
use crate::auth::{ACCESS_TOKEN_BYTES, AccessToken};
use crate::hub::Gate;
use crate::storage::Storage;

/// Read and write buffers of one socket. The library's own choice is 128 KiB, which tens of thousands
/// of idle devices would pay for.
const BUFFER_BYTES: usize = 1024;
/// A socket that takes no byte for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Frames a client may send between two looks; it has nothing to say but pongs.
const FRAMES_PER_LOOK: usize = 64;

/// Opens the socket. Tokens come in the first frame, not here: addresses end up in logs.
pub(super) async fn pokes<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if !is_same_site(&headers) {
        return Err(ApiError::Wire(ErrorCode::NotAllowed));
    }
    let place = shell.sockets.enter().ok_or(ApiError::Wire(ErrorCode::Busy))?;
    let upgrade = upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(BUFFER_BYTES)
        .max_message_size(ACCESS_TOKEN_BYTES)
        .max_frame_size(ACCESS_TOKEN_BYTES);
    // Boxed, so that an idle socket does not keep the room of what opening it took.
    let opening = Box::new(shell);
    Ok(upgrade.on_upgrade(move |socket| {
        let tasks = opening.tasks();
        let opening = Box::pin(open(opening, socket));
        tasks.track_future(async move {
            if let Some(listener) = opening.await {
                listener.listen().await;
            }
            drop(place);
        })
    }))
}

/// Whether a browser's page may open the socket: only one of this very host. Programs send no origin.
fn is_same_site(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return headers.get(ORIGIN).is_none() };
    let authority = |text: &str, scheme: &str| {
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let text = text.to_ascii_lowercase();
        text.strip_suffix(default_port).map_or_else(|| text.clone(), str::to_owned)
    };
    let origin = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let (Some(origin), Some(host)) = (origin, host) else { return false };
    let (Some(scheme), Some(from)) = (origin.scheme_str(), origin.authority()) else { return false };
    matches!(scheme, "http" | "https") && authority(from.as_str(), scheme) == authority(host, scheme)
}

/// What happens on a socket.
enum Event {
    Closing,
    Look(Arc<View>),
    News(Result<Poke, RecvError>),
    Frame(Option<Result<Message, axum::Error>>),
}

/// Who opened the socket, told where the books stand; `None` when it is nobody the hub knows, or who is gone.
async fn open<S: Storage, G: Gate>(shell: Box<Shell<S, G>>, mut socket: WebSocket) -> Option<Listener> {
    // Listened to before the books are read: nothing falls between.
    let (news, looks) = (shell.hub.pokes().listen(), shell.view.subscribe());
    let Some((token, first)) = let_in(&shell, &mut socket).await else {
        hang_up(socket, close_code::POLICY).await;
        return None;
    };
    let mut listener = Listener {
        seat: shell.sockets.seat(token.principal.device),
        clock: shell.clock.clone(),
        closing: shell.closing_token(),
        news,
        looks,
        socket,
        token,
        told: HashMap::new(),
        frames: 0,
    };
    match listener.look(&first).await {
        Ok(()) => Some(listener),
        Err(code) => {
            hang_up(listener.socket, code).await;
            None
        }
    }
}

/// Who shows a token that holds, and the books as they are.
async fn let_in<S: Storage, G: Gate>(
    shell: &Shell<S, G>,
    socket: &mut WebSocket,
) -> Option<(AccessToken, View)> {
    let patience = Duration::from_secs(shell.config.pokes.first_frame_timeout_s);
    let Ok(Some(Ok(Message::Text(token)))) = timeout(patience, socket.recv()).await else { return None };
    let storage = shell.hub.storage();
    let token = shell.desk.authenticate(storage, &token, shell.clock.now()).await.ok()?;
    let books = storage.books_of(&token.principal.unit).await.ok()?;
    Some((token, View::of_books(books)))
}

async fn hang_up(mut socket: WebSocket, code: u16) {
    let frame = Message::Close(Some(CloseFrame { code, reason: "".into() }));
    if !matches!(timeout(SEND_TIMEOUT, socket.send(frame)).await, Ok(Ok(()))) {
        tracing::debug!("a socket was gone before it could be closed");
    }
}

/// One open socket. Tens of thousands wait at once: it holds what it needs and no more.
struct Listener {
    clock: Clock,
    closing: CancellationToken,
    seat: Seat,
    news: Receiver<Poke>,
    looks: watch::Receiver<Arc<View>>,
    socket: WebSocket,
    token: AccessToken,
    /// The books its person may read, and the newest entry told of each.
    told: HashMap<BookId, u64>,
    frames: usize,
}

impl Listener {
    /// Goes on until either side has enough.
    async fn listen(mut self) {
        let code = loop {
            let event = tokio::select! {
                () = self.closing.cancelled() => Event::Closing,
                () = self.seat.given_up() => Event::Closing,
                Ok(()) = self.looks.changed() => Event::Look(self.looks.borrow_and_update().clone()),
                poke = self.news.recv() => Event::News(poke),
                frame = self.socket.recv() => Event::Frame(frame),
            };
            // Boxed: room that is there only while something happens.
            if let Err(code) = Box::pin(self.handle(event)).await {
                break code;
            }
        };
        Box::pin(hang_up(self.socket, code)).await;
    }

    /// Does what an event asks for; an error is the code to hang up with.
    async fn handle(&mut self, event: Event) -> Result<(), u16> {
        match event {
            Event::Closing | Event::News(Err(RecvError::Closed)) => Err(close_code::AWAY),
            Event::Look(view) => self.look(&view).await,
            Event::News(Ok(poke)) => self.tell(poke).await,
            // It fell behind; the next look tells what it missed.
            Event::News(Err(RecvError::Lagged(_))) => Ok(()),
            Event::Frame(None | Some(Err(_)) | Some(Ok(Message::Close(_)))) => Err(close_code::NORMAL),
            Event::Frame(Some(Ok(_))) => {
                self.frames += 1;
                if self.frames > FRAMES_PER_LOOK { Err(close_code::POLICY) } else { Ok(()) }
            }
        }
    }

    /// Hangs up on who is not welcome any more; tells every book that has more than was told, and
    /// forgets those the person reads no more.
    async fn look(&mut self, view: &View) -> Result<(), u16> {
        self.frames = 0;
        if self.token.expires <= self.clock.now() {
            return Err(close_code::POLICY);
        }
        self.token.principal = view.standing(&self.token.principal).ok_or(close_code::POLICY)?;
        let heads = view.heads(&self.token.principal);
        self.told.retain(|book, _| heads.contains_key(book));
        for (book, seq) in heads {
            self.told.entry(book).or_insert(0);
            self.tell(Poke { book, seq }).await?;
        }
        Ok(())
    }

    /// Tells of one book, if it is one of the person's and has more than was told.
    async fn tell(&mut self, poke: Poke) -> Result<(), u16> {
        match self.told.get_mut(&poke.book) {
            Some(told) if *told < poke.seq => *told = poke.seq,
            _ => return Ok(()),
        }
        let frame = Message::Binary(encode(&poke).into());
        match timeout(SEND_TIMEOUT, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(close_code::ABNORMAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_other_sites_open_no_socket() {
        let site = |origin: &[&'static str], host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            for origin in origin {
                headers.append(ORIGIN, HeaderValue::from_static(origin));
            }
            is_same_site(&headers)
        };
        for (origin, host) in [
            ("https://hub.example", "hub.example"),
            ("https://HUB.example", "hub.example:443"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert!(site(&[origin], host), "{origin} on {host}");
        }
        for (origin, host) in [
            ("null", "hub.example"),
            ("", "hub.example"),
            ("https://hub.example.evil.example", "hub.example"),
            ("https://evil.example", "hub.example"),
            ("https://hub.example:8443", "hub.example"),
            ("https://hub.example@evil.example", "hub.example"),
            ("ftp://hub.example", "hub.example"),
            ("hub.example", "hub.example"),
        ] {
            assert!(!site(&[origin], host), "{origin} on {host}");
        }
        assert!(site(&[], "hub.example"), "programs send no origin");
        assert!(!site(&["https://hub.example", "https://hub.example"], "hub.example"), "one origin or none");
    }
}
