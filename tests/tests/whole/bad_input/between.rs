//! Something between device and hub: passes everything on, or does what networks do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use sync_protocol::http::SYNC_PATH;

/// Longer than anything here takes; a hang fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it does to an exchange. Signing in always passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Nothing.
    Pass,
    /// The hub gets bytes that are no message.
    NoMessage,
    /// The hub gets the message of a program of another protocol version.
    OldVersion,
    /// The device gets bytes that are no message.
    NoMessageBack,
    /// A hotel's sign-in page answers.
    Page,
    /// The hub gets everything, the device no answer.
    AnswerLost,
}

/// Has one address as long as the test runs.
#[derive(Clone)]
pub(crate) struct Between {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    hub: String,
    habit: Habit,
    closing: bool,
    listening: Option<JoinHandle<()>>,
}

impl Between {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State { hub: String::new(), habit: Habit::Pass, closing: false, listening: None };
        let between = Self { port, state: Arc::new(Mutex::new(state)) };
        between.listen(listener);
        between
    }

    fn listen(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.state);
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.lock().unwrap().closing {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        self.state.lock().unwrap().listening = Some(listening);
    }

    /// From now on nobody listens at the address.
    pub(crate) fn close(&self) {
        let listening = {
            let mut state = self.state.lock().unwrap();
            state.closing = true;
            state.listening.take().unwrap()
        };
        // Wakes the listener, which finds out.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        listening.join().unwrap();
    }

    /// Listens at the same address again.
    pub(crate) fn open(&self) {
        self.state.lock().unwrap().closing = false;
        self.listen(TcpListener::bind(("127.0.0.1", self.port)).unwrap());
    }

    /// Where devices find it.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn lead_to(&self, hub: &str) {
        hub.clone_into(&mut self.state.lock().unwrap().hub);
    }

    pub(crate) fn habit(&self, habit: Habit) {
        self.state.lock().unwrap().habit = habit;
    }
}

/// One request, one answer.
fn serve(mut device: TcpStream, state: &Mutex<State>) {
    let Some((head, body)) = read_request(&mut device) else { return };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (hub, habit) = {
        let state = state.lock().unwrap();
        (state.hub.clone(), if path == SYNC_PATH { state.habit } else { Habit::Pass })
    };
    let answer = match habit {
        Habit::Page => page("text/html", b"<h1>Welcome to our hotel</h1>"),
        Habit::NoMessageBack => page(sync_protocol::http::MEDIA_TYPE, b"\xff no message"),
        Habit::Pass => ask(&hub, &head, &body, false),
        Habit::NoMessage => ask(&hub, &head, b"\xff no message", true),
        Habit::OldVersion => ask(&hub, &head, &with_version(&head, &body, 0), true),
        Habit::AnswerLost => {
            ask(&hub, &head, &body, false);
            return;
        }
    };
    // A device that went away has nothing to be told.
    drop(device.write_all(&answer));
}

fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        if bytes.len() - end - 4 >= length {
            return Some((head, bytes[end + 4..].to_vec()));
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The hub's answer, byte for byte; `plain` when the body is no longer in the encoding that was said. No
/// answer at all is an empty one.
fn ask(hub: &str, head: &str, body: &[u8], plain: bool) -> Vec<u8> {
    let ours = ["content-length", "connection"];
    let kept = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        !(ours.contains(&name.as_str()) || plain && name == "content-encoding")
    });
    let kept: Vec<_> = kept.collect();
    let head =
        format!("{}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", kept.join("\r\n"), body.len());
    let Ok(mut stream) = TcpStream::connect(hub.trim_start_matches("http://")) else { return Vec::new() };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = Vec::new();
    // What came before the hub hung up is what it said.
    drop(stream.write_all(&[head.as_bytes(), body].concat()).and_then(|()| stream.read_to_end(&mut answer)));
    answer
}

fn with_version(head: &str, body: &[u8], protocol: u16) -> Vec<u8> {
    let packed = header(head, "content-encoding") == Some("zstd");
    let body = if packed { zstd::stream::decode_all(body).unwrap() } else { body.to_vec() };
    let request = sync_protocol::decode_request(&body).unwrap();
    sync_protocol::encode(&sync_protocol::SyncRequest { protocol, ..request })
}

fn page(media_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
