//! Two hubs on one PostgreSQL that tell each other of news over NATS: at once while there is a server, by
//! looking when there is none, and whatever else is said there.

use std::time::{Duration, Instant};

use client_sdk::transport::{NativeTransport, Transport};
use document_model::{BookId, Document, DocumentId, Kind, UnitCode};
use futures::{SinkExt, StreamExt};
use server::storage::conformance::scratch;
use sync_protocol::sign_in::SignInRequest;
use sync_protocol::{Poke, PushResult, decode, encode, http};
use tests::black_box::{HubProgram, PASSWORD, get_json};
use tests::forger::{Forger, edit, push_of};
use tests::nats::{Line, Server};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

const REP: &str = "P1";
/// Between two looks of a hub that is to hear of news by a hint or not at all, in seconds.
const SELDOM: u32 = 600;
/// Of a hub that is to find news by itself.
const OFTEN: u32 = 1;
/// Longer than anything here takes but a look of [`SELDOM`].
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than a push takes that waits for nobody.
const AT_ONCE: Duration = Duration::from_secs(4);

/// Two hubs and the server they meet at.
struct Stand {
    nats: Server,
    /// It looks as [`SELDOM`] as it may.
    far: HubProgram,
    /// It looks [`OFTEN`].
    near: HubProgram,
}

/// Runs a test with hubs that have found each other, where there are PostgreSQL and NATS.
async fn with_hubs(test: impl AsyncFnOnce(Stand)) {
    let Some(nats) = Server::start() else { return };
    scratch::with_databases(async |databases| {
        let settings = |recheck_s: u32| {
            format!(
                "[pokes]\nrecheck_s = {recheck_s}\n[hints]\nurl = \"{}\"\n[gate]\nworkers = 1\n",
                nats.url()
            )
        };
        let url = databases.empty().await;
        let far = HubProgram::start_on(Some(&url), &[REP], &settings(SELDOM));
        let near = far.beside_with(&settings(OFTEN));
        let stand = Stand { nats, far, near };
        stand.meet();
        test(stand).await;
    })
    .await;
}

impl Stand {
    /// Waits until both hubs listen; the subject they meet under.
    fn meet(&self) -> String {
        let begun = Instant::now();
        loop {
            let mut subjects = self.nats.listened_to();
            subjects.retain(|subject| subject.ends_with(".pokes"));
            if let [one, other] = &*subjects
                && [&self.far, &self.near].map(hints_of) == ["connected"; 2]
            {
                assert_eq!(one, other);
                return subjects.remove(0);
            }
            assert!(begun.elapsed() < PATIENCE, "hubs listen to {subjects:?}");
        }
    }
}

/// What a hub says of its hints; it is ready all the same.
fn hints_of(hub: &HubProgram) -> String {
    let told = get_json(&hub.address(), "/readyz");
    assert_eq!(told["status"], "ready", "{told}");
    told["hints"].as_str().expect("a word").to_owned()
}

fn book() -> BookId {
    BookId::of_rep(&UnitCode::from(REP))
}

/// A device that writes.
struct Writer(Forger, u64);

impl Writer {
    async fn at(hub: &HubProgram) -> Self {
        Self(Forger::sign_in(&hub.url(), REP, PASSWORD).await.expect("it signs in"), 0)
    }

    /// Pushes one more customer, which must be taken at once.
    async fn push(&mut self) {
        let Self(forger, number) = self;
        *number += 1;
        let mut customer = Document::born(Kind::Customer);
        let change = edit(&mut customer, forger.actor, &["name=김철수"]).expect("it is edited");
        let id = DocumentId::derived("customer", &format!("{} {number}", forger.actor));
        let push = push_of(id, Kind::Customer, book(), [change.raw_bytes().to_vec()]);
        let begun = Instant::now();
        assert_eq!(forger.push(vec![push]).await.expect("an answer"), [PushResult::Accepted]);
        assert!(begun.elapsed() < AT_ONCE, "a push waited for {:?}", begun.elapsed());
    }
}

/// A device that listens.
struct Listener(WebSocketStream<TcpStream>);

impl Listener {
    /// One that has heard what its hub knows already, of a rep whose own book is empty.
    async fn at(hub: &HubProgram) -> Self {
        let transport = NativeTransport::new().expect("a transport");
        let device_name = "a listening device".to_owned();
        let request = SignInRequest { user: REP.to_owned(), password: PASSWORD.to_owned(), device_name };
        let signed = transport.sign_in(&hub.url(), &request).await.expect("it signs in");
        let stream = TcpStream::connect(hub.address()).await.expect("the hub is there");
        let address = format!("ws://{}{}", hub.address(), http::POKES_PATH);
        let (mut socket, _) = client_async(address, stream).await.expect("a socket opens");
        socket.send(Message::text(signed.access_token)).await.expect("the hub reads");
        let mut listener = Self(socket);
        assert_eq!(listener.next().await.book, BookId::SHARED);
        listener
    }

    async fn next(&mut self) -> Poke {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("it hears in time");
            match frame.expect("the hub stays").expect("a frame") {
                Message::Binary(bytes) => return decode(&bytes, bytes.len()).expect("a poke"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("the hub said {other:?}"),
            }
        }
    }

    /// Hears of the rep's book; its newest entry.
    async fn hear(&mut self) -> u64 {
        let poke = self.next().await;
        assert_eq!(poke.book, book());
        poke.seq
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_at_one_hub_hears_at_once_of_a_push_through_the_other() {
    with_hubs(async |stand| {
        let mut line = Line::open(&stand.nats, "fieldbook.>");
        let (mut writer, mut listener) = (Writer::at(&stand.near).await, Listener::at(&stand.far).await);
        let mut last = 0;
        for _ in 0..3 {
            writer.push().await;
            let seq = listener.hear().await;
            assert!(seq > last, "{seq} after {last}");
            last = seq;
            // What travels is a poke, without headers and without anything else; nobody sends it back.
            let heard = line.hear();
            assert_eq!(heard.payload, encode(&Poke { book: book(), seq }));
            assert_eq!(heard.words, format!("MSG {} 1 {}", stand.meet(), heard.payload.len()));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_server_hubs_look_and_with_it_they_hear_again() {
    with_hubs(async |mut stand| {
        let (mut at_far, mut at_near) = (Listener::at(&stand.far).await, Listener::at(&stand.near).await);
        let (mut through_far, mut through_near) =
            (Writer::at(&stand.far).await, Writer::at(&stand.near).await);
        through_near.push().await;
        assert_eq!(at_far.hear().await, at_near.hear().await, "by a hint");
        stand.nats.kill();
        let begun = Instant::now();
        while [&stand.far, &stand.near].map(hints_of) != ["away"; 2] {
            assert!(begun.elapsed() < PATIENCE, "the hubs have not noticed");
        }
        for _ in 0..3 {
            through_far.push().await;
            assert_eq!(at_far.hear().await, at_near.hear().await, "by a look");
        }
        stand.nats.run();
        stand.meet();
        // What was stored meanwhile may be told late; it is no news any more.
        through_near.push().await;
        assert_eq!(at_far.hear().await, at_near.hear().await, "by a hint");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_said_on_the_subject_a_hub_says_what_is_true() {
    with_hubs(async |stand| {
        let subject = stand.meet();
        let (mut writer, mut listener) = (Writer::at(&stand.near).await, Listener::at(&stand.far).await);
        writer.push().await;
        let seq = listener.hear().await;
        let mut line = Line::open(&stand.nats, "fieldbook.>");
        let hint = |book, seq| encode(&Poke { book, seq });
        let trailing = [hint(book(), seq + 1), vec![0]].concat();
        let cut = hint(book(), seq + 1)[..10].to_vec();
        let false_ones = [hint(book(), u64::MAX), hint(BookId([7; 16]), 9), hint(book(), 0)];
        let garbage = [Vec::new(), vec![0xff; 27], b"hello".to_vec(), vec![0x9f; 1_000_000], trailing, cut];
        for bytes in garbage.into_iter().chain(false_ones) {
            line.publish(&subject, &bytes);
        }
        writer.push().await;
        let next = listener.hear().await;
        assert!(next > seq && next < u64::MAX, "{next} after {seq}");
        assert_eq!(line.hear().payload, hint(book(), next), "the hubs said nothing in between");
        assert_eq!([&stand.far, &stand.near].map(hints_of), ["connected"; 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_starts_where_no_server_is_and_finds_it_once_there_is() {
    let Some(mut nats) = Server::start() else { return };
    nats.kill();
    let config = format!("[hints]\nurl = \"{}\"\n[gate]\nworkers = 1\n", nats.url());
    let hub = HubProgram::start(&[REP], &config);
    assert_eq!(hints_of(&hub), "away");
    Writer::at(&hub).await.push().await;
    nats.run();
    let begun = Instant::now();
    while hints_of(&hub) != "connected" {
        assert!(begun.elapsed() < PATIENCE, "the hub has not noticed");
    }
}
