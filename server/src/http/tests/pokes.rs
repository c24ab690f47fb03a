//! Pokes over real sockets.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use document_model::DocumentId;
use futures::{SinkExt, StreamExt};
use sync_protocol::{Poke, encode};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::*;

/// Longer than anything here takes; a hang fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(30);

struct Served {
    world: World,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

type Socket = WebSocketStream<TcpStream>;

impl Served {
    async fn new() -> Self {
        let mut config = Config::default();
        config.pokes.recheck_s = 1;
        config.pokes.first_frame_timeout_s = 1;
        let world = World::with(config).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = world.app.clone();
        let serving = async move {
            let stop = async move { drop(stopped.await) };
            app.serve(listener, crate::app::Line::Clear, stop).await.unwrap();
        };
        Self { world, address, stop, serving: tokio::spawn(serving) }
    }

    async fn connect(&self, origin: Option<&'static str>) -> Result<Socket, Error> {
        let mut request = format!("ws://{}{}", self.address, http::POKES_PATH).into_client_request().unwrap();
        origin.map(|origin| request.headers_mut().insert("origin", origin.parse().unwrap()));
        let stream = TcpStream::connect(self.address).await.unwrap();
        client_async(request, stream).await.map(|(socket, _)| socket)
    }

    /// A socket of this person, which has heard of the shared book and perhaps the own one.
    async fn open(&self, signed: &SignInResponse) -> Socket {
        let mut socket = self.connect(None).await.unwrap();
        socket.send(Message::text(signed.access_token.clone())).await.unwrap();
        assert_eq!(next_poke(&mut socket).await.map(|poke| poke.book), Ok(BookId::SHARED));
        socket
    }
}

/// The next poke, or the code the hub hung up with.
async fn next_poke(socket: &mut Socket) -> Result<Poke, CloseCode> {
    loop {
        let frame = tokio::time::timeout(PATIENCE, socket.next()).await.expect("the hub says something");
        match frame {
            Some(Ok(Message::Binary(bytes))) => return Ok(sync_protocol::decode(&bytes, 100).unwrap()),
            Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code),
            Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(CloseCode::Abnormal),
            Some(Ok(_)) => {}
        }
    }
}

#[tokio::test]
async fn a_push_pokes_the_devices_of_its_book_alone() {
    let served = Served::new().await;
    let (kim, other, lee) = (
        served.world.signed_in("kim").await,
        served.world.signed_in("kim").await,
        served.world.signed_in("lee").await,
    );
    let (mut socket, mut lees) = (served.open(&other).await, served.open(&lee).await);
    let push = encode(&pushing(&kim, DocumentId([7; 16]), "김철수"));
    // The served hub shares pokes with the one the routes of this test stand for.
    assert_eq!(served.world.exchange(&kim.access_token, &[], push).await.status, 200);
    let poke = next_poke(&mut socket).await.unwrap();
    assert_eq!((poke.book, poke.seq), (BookId::of_rep(&"P1".into()), 2));
    let push = encode(&pushing(&lee, DocumentId([8; 16]), "이영희"));
    assert_eq!(served.world.exchange(&lee.access_token, &[], push).await.status, 200);
    assert_eq!(
        next_poke(&mut lees).await.unwrap().book,
        BookId::of_rep(&"P2".into()),
        "nothing of kim's came first"
    );
    served.stop.send(()).unwrap();
    assert_eq!(next_poke(&mut socket).await, Err(CloseCode::Away));
    tokio::time::timeout(PATIENCE, served.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn news_another_process_wrote_are_told_as_well() {
    let served = Served::new().await;
    let kim = served.world.signed_in("kim").await;
    let mut socket = served.open(&kim).await;
    // A hub of its own over the same storage: its pokes do not reach the serving one.
    let storage = served.world.app.hub.storage().clone();
    let zone = served.world.app.config.time_zone().unwrap();
    let elsewhere =
        crate::hub::Hub::new(storage, InlineGate, zone, Actor([8; 16]), crate::hub::ReceiptKey::of(&[8; 32]));
    let product =
        document_model::Product { code: "X1".into(), ..document_model::starter_products().remove(0) };
    elsewhere
        .write("import", &[crate::app::product_document(&product)], NOW, &mut SystemEntropy)
        .await
        .unwrap();
    assert_eq!(next_poke(&mut socket).await.unwrap().book, BookId::SHARED);
}

#[tokio::test]
async fn a_revoked_device_is_hung_up_on() {
    let served = Served::new().await;
    let kim = served.world.signed_in("kim").await;
    let mut socket = served.open(&kim).await;
    assert!(served.world.app.hub.storage().revoke_device(kim.device).await.unwrap());
    assert_eq!(next_poke(&mut socket).await, Err(CloseCode::Policy));
}

#[tokio::test]
async fn a_socket_needs_a_token_first() {
    let served = Served::new().await;
    for first in [Message::text("no token"), Message::binary(vec![1]), Message::text("x".repeat(100_000))] {
        let mut socket = served.connect(None).await.unwrap();
        // A frame far over the limit may be cut off while it is sent.
        drop(socket.send(first).await);
        assert!(matches!(next_poke(&mut socket).await, Err(CloseCode::Policy | CloseCode::Abnormal)));
    }
    let mut silent = served.connect(None).await.unwrap();
    assert_eq!(next_poke(&mut silent).await, Err(CloseCode::Policy));
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket() {
    let served = Served::new().await;
    for origin in ["https://evil.example", "null"] {
        let Err(Error::Http(response)) = served.connect(Some(origin)).await else {
            panic!("{origin} got a socket")
        };
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_device_that_comes_again_hangs_up_its_oldest_socket() {
    let served = Served::new().await;
    let kim = served.world.signed_in("kim").await;
    let mut oldest = served.open(&kim).await;
    let (_second, _third) = (served.open(&kim).await, served.open(&kim).await);
    assert_eq!(next_poke(&mut oldest).await, Err(CloseCode::Away));
}

#[tokio::test]
async fn chatter_is_hung_up_on() {
    let served = Served::new().await;
    let kim = served.world.signed_in("kim").await;
    let mut socket = served.open(&kim).await;
    for _ in 0..10_000 {
        if socket.send(Message::text("hello?")).await.is_err() {
            break;
        }
    }
    assert!(next_poke(&mut socket).await.is_err());
}
