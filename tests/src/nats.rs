//! A NATS server of one's own, thrown away at the end, and a line to it in NATS's own words.
//!
//! Like the balancer it is a driver for tests: it stops at the first surprise.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::black_box::get_json;
use crate::programs::folder;

/// The program.
const PROGRAM: &str = "nats-server";
/// How it says where it is.
const CLIENTS: &str = "Listening for client connections on ";
/// How it says where it tells who is connected.
const MONITOR: &str = "Starting http monitor on ";
/// What it says once it takes connections.
const READY: &str = "Server is ready";
/// Longer than anything here takes; a hang fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that only this machine reaches; it is killed when dropped.
pub struct Server {
    folder: TempDir,
    program: PathBuf,
    process: Option<Child>,
    address: String,
    monitor: String,
}

impl Server {
    /// Starts a server; `None` with a notice where NATS is not installed.
    ///
    /// # Panics
    /// When it does not start, and with `CI` set when it is not installed: nothing is left out there.
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(program) = installed() else {
            assert!(std::env::var_os("CI").is_none(), "there is no {PROGRAM}");
            println!("skipped: {PROGRAM} is not installed; `cargo xtask setup` installs it");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("fieldbook-nats-").tempdir().expect("a folder");
        let address = "127.0.0.1:-1".to_owned();
        let mut server = Self { folder, program, process: None, address, monitor: String::new() };
        server.run();
        Some(server)
    }

    /// Runs it again after [`Self::kill`], at the same address.
    pub fn run(&mut self) {
        let (host, port) = self.address.rsplit_once(':').expect("an address has a port");
        let mut command = Command::new(&self.program);
        command.args(["--addr", host, "--port", port, "--http_port", "-1"]).current_dir(self.folder.path());
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let told = read_log(process.stderr.take().expect("it was piped"));
        self.process = Some(process);
        while let Ok(line) = told.recv_timeout(PATIENCE) {
            let after = |words: &str| line.split_once(words).map(|(_, rest)| rest.trim().to_owned());
            if let Some(address) = after(CLIENTS) {
                self.address = address;
            } else if let Some(address) = after(MONITOR) {
                self.monitor = address;
            } else if line.contains(READY) {
                return;
            }
        }
        panic!("the NATS server is not ready");
    }

    /// Kills it where it stands.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the server is killed");
            process.wait().expect("the server ends");
        }
    }

    /// Where hubs reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// What everybody who is connected listens to, as the server sees it.
    #[must_use]
    pub fn listened_to(&self) -> Vec<String> {
        let told = get_json(&self.monitor, "/connz?subs=1");
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let of_all = list(&told["connections"]).into_iter();
        let subjects = of_all.flat_map(|connection| list(&connection["subscriptions_list"]));
        subjects.filter_map(|subject| subject.as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where the program is: where `cargo xtask setup` puts it, or on the path.
fn installed() -> Option<PathBuf> {
    let own = folder().parent().map(|target| target.join("tools/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = own.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}

/// Reads to the end what the server says, so that it never waits for a reader; passes it on while anybody wants it.
fn read_log(told: ChildStderr) -> mpsc::Receiver<String> {
    let (says, told_so_far) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(told).lines().map_while(Result::ok) {
            // Whoever waited for it to be ready has gone.
            _ = says.send(line);
        }
    });
    told_so_far
}

/// What somebody published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The words before the payload, in which headers would be announced: `MSG SUBJECT NUMBER BYTES`.
    pub words: String,
    /// The bytes that travelled.
    pub payload: Vec<u8>,
}

/// A line to a server, on which anything can be said.
pub struct Line(BufReader<TcpStream>);

impl Line {
    /// Opens a line that listens to these subjects.
    ///
    /// # Panics
    /// When the server does not answer.
    #[must_use]
    pub fn open(server: &Server, subjects: &str) -> Self {
        let stream = TcpStream::connect(&server.address).expect("the server is there");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout is set");
        let mut line = Self(BufReader::new(stream));
        assert!(line.words().starts_with("INFO "), "the server greets");
        line.say(
            format!("CONNECT {{\"verbose\":false,\"headers\":true}}\r\nSUB {subjects} 1\r\n").as_bytes(),
        );
        line.settle();
        line
    }

    /// Publishes bytes; the server has them afterwards.
    ///
    /// # Panics
    /// When the server refuses them.
    pub fn publish(&mut self, subject: &str, payload: &[u8]) {
        self.say(format!("PUB {subject} {}\r\n", payload.len()).as_bytes());
        self.say(payload);
        self.say(b"\r\n");
        // One's own come back before the server answers.
        let heard = self.hear();
        assert_eq!(heard.payload, payload);
        self.settle();
    }

    /// The next that anybody published.
    ///
    /// # Panics
    /// When nobody does for long.
    pub fn hear(&mut self) -> Heard {
        let words = self.words();
        let bytes = words.rsplit(' ').next().and_then(|bytes| bytes.parse::<usize>().ok());
        let mut payload = vec![0; bytes.unwrap_or_else(|| panic!("{words:?} is no message")) + 2];
        self.0.read_exact(&mut payload).expect("a message is whole");
        assert_eq!(payload.split_off(payload.len() - 2), b"\r\n");
        Heard { words, payload }
    }

    /// Waits until the server has taken in everything said.
    fn settle(&mut self) {
        self.say(b"PING\r\n");
        assert_eq!(self.words(), "PONG");
    }

    fn say(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("the server reads");
    }

    /// The next words of the server that are not about the line itself.
    fn words(&mut self) -> String {
        loop {
            let mut words = String::new();
            self.0.read_line(&mut words).expect("the server says something");
            match words.trim_end() {
                "PING" => self.say(b"PONG\r\n"),
                words => return words.to_owned(),
            }
        }
    }
}
