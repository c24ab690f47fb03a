//! A certified OpenID Connect provider of one's own, and a browser that does no more than follow and remember.
//!
//! Like the balancer it is a driver for tests: it stops at the first surprise.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// What the hub is called at the provider, and its secret there.
pub const CLIENT: (&str, &str) = ("hub", "a secret of tests alone");
/// Longer than any answer takes; a hang fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A provider that only this machine reaches; it ends when dropped.
pub struct Provider {
    process: Child,
    stdin: Option<ChildStdin>,
    /// How it names itself.
    pub issuer: String,
}

impl Provider {
    /// Starts one; `None` with a notice where its libraries are not installed.
    ///
    /// # Panics
    /// When it does not start, and with `CI` set when it is not installed: nothing is left out there.
    #[must_use]
    pub fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openid");
        if !folder.join("node_modules/oidc-provider").is_dir() {
            assert!(std::env::var_os("CI").is_none(), "the provider's libraries are not installed");
            println!("skipped: no OpenID Connect provider is installed; `cargo xtask web` brings it");
            return None;
        }
        let mut command = Command::new("node");
        command.current_dir(folder).args(["provider.mjs", CLIENT.0, CLIENT.1, server::openid::RETURN_PATH]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("node starts");
        let mut told = String::new();
        let stdout = process.stdout.take().expect("it was piped");
        BufReader::new(stdout).read_line(&mut told).expect("the provider says where it is");
        let told: Value = serde_json::from_str(&told).expect("in JSON");
        let stdin = process.stdin.take();
        Some(Self { process, stdin, issuer: told["issuer"].as_str().expect("an address").to_owned() })
    }

    /// Ends it.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn end(&mut self) {
        drop(self.stdin.take());
        self.process.wait().expect("the provider ends");
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where it leads on, as a whole address; empty where it does not.
    pub location: String,
    /// What it shows.
    pub body: String,
}

impl Page {
    /// The text between two others.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn between(&self, before: &str, after: &str) -> String {
        let found = self.body.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.unwrap_or_else(|| panic!("{before:?} is not in {self:?}")).0.to_owned()
    }
}

/// A browser: it keeps each server's cookies and sends them back there.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    /// A page by its whole address.
    pub fn get(&mut self, url: &str) -> Page {
        self.ask("GET", url, "text/html", "")
    }

    /// The answer to a form.
    pub fn post(&mut self, url: &str, form: &str) -> Page {
        self.ask("POST", url, "application/x-www-form-urlencoded", form)
    }

    /// The answer to JSON.
    pub fn post_json(&mut self, url: &str, body: &str) -> Page {
        self.ask("POST", url, "application/json", body)
    }

    /// Whether a server has left a cookie here.
    #[must_use]
    pub fn holds(&self, url: &str, name: &str) -> bool {
        self.cookies.contains_key(&(parts(url).0.to_owned(), name.to_owned()))
    }

    /// The same browser where one server is another: several hubs behind one name.
    #[must_use]
    pub fn moved(&self, from: &str, to: &str) -> Self {
        let cookies = self.cookies.clone().into_iter();
        let moved = cookies.map(|((host, name), value)| {
            let host = if host == from { to.to_owned() } else { host };
            ((host, name), value)
        });
        Self { cookies: moved.collect() }
    }

    fn ask(&mut self, method: &str, url: &str, media_type: &str, body: &str) -> Page {
        let (host, path) = parts(url);
        let mine = self.cookies.iter().filter(|((of, _), _)| of == host);
        let cookies: Vec<_> = mine.map(|((_, name), value)| format!("{name}={value}")).collect();
        let mut server = TcpStream::connect(host).expect("the server is there");
        server.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        // In this version an answer ends with its connection and comes in one piece.
        let head = format!(
            "{method} {path} HTTP/1.0\r\nhost: {host}\r\ncookie: {}\r\naccept: text/html\r\n\
             content-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        );
        server.write_all(head.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        server.read_to_string(&mut answer).expect("the server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        self.keep(host, head)
            .map(|(status, location)| Page { status, location, body: body.to_owned() })
            .expect("an answer has a status")
    }

    /// Takes in what an answer's head says: cookies, status and location.
    fn keep(&mut self, host: &str, head: &str) -> Option<(u16, String)> {
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut location = String::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("location") {
                location =
                    if value.starts_with('/') { format!("http://{host}{value}") } else { value.to_owned() };
            } else if name.eq_ignore_ascii_case("set-cookie") {
                let (name, value) = value.split(';').next()?.split_once('=')?;
                let key = (host.to_owned(), name.to_owned());
                if value.is_empty() {
                    self.cookies.remove(&key);
                } else {
                    self.cookies.insert(key, value.to_owned());
                }
            }
        }
        Some((status, location))
    }

    /// Goes from a page of the provider on to where that leads back to, as a person of this name who says yes: the
    /// address to come back to.
    ///
    /// # Panics
    /// When the provider does not lead back.
    pub fn sign_in_as(&mut self, start: &str, name: &str) -> String {
        let mut page = self.get(start);
        for _ in 0..12 {
            if page.location.contains(server::openid::RETURN_PATH) {
                return page.location;
            }
            page = if page.status == 200 {
                let form = if page.body.contains("name=\"login\"") {
                    format!("prompt=login&login={name}&password=any")
                } else {
                    "prompt=consent".to_owned()
                };
                let action = page.between("action=\"", "\"");
                self.post(&action, &form)
            } else {
                assert!(!page.location.is_empty(), "{page:?}");
                self.get(&page.location)
            };
        }
        panic!("the provider does not lead back: {page:?}");
    }
}

/// Host and path of an address.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").expect("tests go in the clear");
    rest.find('/').map_or((rest, "/"), |at| rest.split_at(at))
}
