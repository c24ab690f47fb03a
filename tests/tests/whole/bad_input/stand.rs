//! What a situation is played on: a hub, a device with an edit the hub lacks, and the two programs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::between::Between;

/// The account's password, and one that is not.
pub(crate) const PASSWORD: &str = "canary-password-right";
pub(crate) const WRONG_PASSWORD: &str = "canary-password-wrong";
/// The store's passphrase, and one that is not.
pub(crate) const PASSPHRASE: &str = "canary-passphrase-right";
pub(crate) const WRONG_PASSPHRASE: &str = "canary-passphrase-wrong";
/// The password of a database that is not there.
pub(crate) const DATABASE_PASSWORD: &str = "canary-password-database";
/// The account.
pub(crate) const USER: &str = "canary-account";
/// The customer: what the hub has, and what the device wants it to have.
pub(crate) const NAME: &str = "canary-customer";
const PHONE: &str = "010-1111-7777";
const NEW_PHONE: &str = "010-2222-7777";

/// What a failure may never repeat, on a screen or in a log.
const SECRETS: [&str; 10] = [
    DATABASE_PASSWORD,
    PASSWORD,
    WRONG_PASSWORD,
    PASSPHRASE,
    WRONG_PASSPHRASE,
    NAME,
    PHONE,
    NEW_PHONE,
    // How a signed token begins.
    "eyJ",
    "panicked",
];

/// Longer than a hub takes to go on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Undoes what brought a situation about.
pub(crate) type Undo = Box<dyn FnOnce(&mut Stand)>;

/// What a program said.
pub(crate) struct Said {
    pub(crate) exit: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.exit, Some(0), "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}", self.out))
    }
}

/// Hub and device as each situation begins with them.
pub(crate) struct Template(Stand);

/// Hub and device of one situation, in a folder of its own.
pub(crate) struct Stand {
    pub(crate) folder: TempDir,
    pub(crate) hub: PathBuf,
    pub(crate) home: PathBuf,
    pub(crate) between: Between,
    serving: Option<Child>,
    /// Where the hub was served last, without the scheme.
    pub(crate) address: String,
    pub(crate) disks: Vec<Disk>,
}

impl Template {
    /// A hub with an organisation and an account; a home with a customer the hub has and an edit of it
    /// that the hub lacks.
    pub(crate) fn make() -> Self {
        let mut stand = Stand::in_folder(tempfile::tempdir().unwrap(), Between::start());
        let org = stand.folder.path().join("org.csv");
        let header = "region_code,region_name,branch_code,branch_name,rep_code,rep_name";
        fs::write(&org, format!("{header}\nR1,Region,B1,Branch,P1,Rep\n")).unwrap();
        assert_eq!(stand.hub(&["import", "org", org.to_str().unwrap()], "").exit, Some(0));
        let add = ["user", "add", "--name", USER, "--role", "rep", "--unit", "P1", "--password-stdin"];
        assert_eq!(stand.hub(&add, PASSWORD).exit, Some(0));
        stand.serve();
        stand.sign_in();
        let phone = format!("phone={PHONE}");
        stand.rep(&["customer", "add", "--name", NAME, &phone, "--json"]).json();
        stand.rep(&["sync", "--json"]).json();
        let phone = format!("phone={NEW_PHONE}");
        stand.rep(&["customer", "set", &stand.customer(), &phone, "--json"]).json();
        stand.stop();
        fold_log(&stand.hub.join("hub.db"));
        Self(stand)
    }

    /// A copy to play a situation on.
    pub(crate) fn stand(&self) -> Stand {
        let folder = tempfile::tempdir().unwrap();
        copy(self.0.folder.path(), folder.path());
        Stand::in_folder(folder, self.0.between.clone())
    }
}

impl Stand {
    fn in_folder(folder: TempDir, between: Between) -> Self {
        let (hub, home) = (folder.path().join("hub"), folder.path().join("home"));
        Self { folder, hub, home, between, serving: None, address: String::new(), disks: Vec::new() }
    }

    /// Serves the hub; devices reach it through what is between.
    pub(crate) fn serve(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut child = Command::new(binary("fieldbook"))
            .arg("--data")
            .arg(&self.hub)
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            .env("FIELDBOOK__LOG__FILTER", "debug")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("serve: {}", self.log()));
        let address = told["address"].as_str().unwrap();
        self.between.lead_to(address);
        address.trim_start_matches("http://").clone_into(&mut self.address);
        self.serving = Some(child);
    }

    /// Waits until the hub takes writes again, as it does by itself.
    pub(crate) fn until_ready(&self) {
        let since = Instant::now();
        let mut answer = String::new();
        while !answer.starts_with("HTTP/1.1 200") {
            assert!(since.elapsed() < PATIENCE, "the hub does not go on: {answer}");
            answer.clear();
            let mut hub = TcpStream::connect(&self.address).unwrap();
            hub.write_all(b"GET /readyz HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n").unwrap();
            hub.read_to_string(&mut answer).unwrap();
        }
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join("hub.log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// `fieldbook` on the hub's folder.
    pub(crate) fn hub(&self, arguments: &[&str], stdin: &str) -> Said {
        let mut command = Command::new(binary("fieldbook"));
        command.arg("--data").arg(&self.hub).args(arguments);
        run(command, stdin)
    }

    /// `fieldbook-rep` on the device's home.
    pub(crate) fn rep(&self, arguments: &[&str]) -> Said {
        self.rep_with(arguments, "", PASSPHRASE)
    }

    pub(crate) fn rep_with(&self, arguments: &[&str], stdin: &str, passphrase: &str) -> Said {
        let mut command = Command::new(binary("fieldbook-rep"));
        command.arg("--home").arg(&self.home).args(arguments).env("FIELDBOOK_PASSPHRASE", passphrase);
        run(command, stdin)
    }

    pub(crate) fn sign_in(&self) {
        let server = self.between.address();
        let login = ["login", "--server", &server, "--user", USER, "--password-stdin", "--json"];
        self.rep_with(&login, PASSWORD, PASSPHRASE).json();
    }

    /// The customer's id.
    pub(crate) fn customer(&self) -> String {
        self.rep(&["customer", "list", "--json"]).json()[0]["id"].as_str().unwrap().to_owned()
    }

    /// What the device shows of its work: neither tokens nor times.
    pub(crate) fn work_on_device(&self) -> Value {
        let status = self.rep(&["status", "--json"]).json();
        let counts = ["unsent", "tray", "clashes", "documents", "books"].map(|name| status[name].clone());
        let lists = [&["customer", "list", "--json"][..], &["policy", "list", "--json"], &["tray", "--json"]];
        Value::from(
            [Value::from(counts.to_vec()), Value::from(lists.map(|list| self.rep(list).json()).to_vec())]
                .to_vec(),
        )
    }

    /// What the hub has: accounts, devices without their times, and what `verify` counts. The audit log grows by what
    /// is refused.
    pub(crate) fn state_of_hub(&self) -> Value {
        let mut devices = self.hub(&["device", "list", "--json"], "").json();
        for device in devices.as_array_mut().unwrap() {
            for told in ["last_seen_ms", "told_ms", "waiting", "tray", "version"] {
                device[told] = Value::Null;
            }
        }
        let mut verified = self.verified();
        assert!(verified["audit_entries"].take().is_u64(), "{verified}");
        let all = [self.hub(&["user", "list", "--json"], "").json(), devices, verified];
        Value::from(all.to_vec())
    }

    pub(crate) fn verified(&self) -> Value {
        let verified = self.hub(&["verify", "--json"], "").json();
        assert_eq!(verified["found"], 0, "{verified}");
        verified
    }

    /// The edit made before the trouble goes out once its cause is gone, and counts once.
    pub(crate) fn edit_arrives(&self, name: &str) {
        let entries = |stand: &Self| stand.verified()["entries"].as_u64().unwrap();
        let before = entries(self);
        let synced = self.rep(&["sync", "--json"]).json();
        assert_eq!((&synced["unsent"], &synced["tray"]), (&0.into(), &0.into()), "{name}: {synced}");
        let shown = self.rep(&["customer", "show", &self.customer(), "--json"]).json();
        assert_eq!(
            (&shown["state"], &shown["fields"]["phone"]),
            (&"confirmed".into(), &NEW_PHONE.into()),
            "{name}"
        );
        assert!(entries(self) <= before + 1, "{name}: one edit is one entry");
        assert_eq!(shown["clashes"], Value::Array(Vec::new()), "{name}");
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A small disk of its own, for the time of a situation.
pub(crate) struct Disk {
    pub(crate) path: PathBuf,
}

impl Disk {
    /// Mounts one; `None` with a notice where this machine does not let us, which is a failure in CI.
    pub(crate) fn of_kib(kib: u32, path: PathBuf) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let size = format!("size={kib}k");
        let mounted = mount(&["-t", "tmpfs", "-o", &size, "tmpfs", path.to_str().unwrap()]);
        if mounted {
            return Some(Self { path });
        }
        assert!(std::env::var_os("CI").is_none(), "no disk can be mounted; run the tests as root");
        println!("skipped: no disk can be mounted; only root may");
        None
    }

    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let mut fill = File::create(self.path.join("fill")).unwrap();
        let full = std::io::copy(&mut std::io::repeat(0), &mut fill).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    /// Makes room again.
    pub(crate) fn free(&self) {
        fs::remove_file(self.path.join("fill")).unwrap();
    }

    /// Takes writes away, or gives them back.
    pub(crate) fn writable(&self, writable: bool) {
        let mode = if writable { "remount,rw" } else { "remount,ro" };
        assert!(mount(&["-o", mode, self.path.to_str().unwrap()]));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let ended = Command::new("umount").args(["-l"]).arg(&self.path).status();
        assert!(ended.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

fn mount(arguments: &[&str]) -> bool {
    Command::new("mount").args(arguments).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn binary(name: &str) -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is inside the project");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), PathBuf::from);
    std::env::var_os("FIELDBOOK_BIN").map_or_else(|| target.join("debug"), PathBuf::from).join(name)
}

fn run(mut command: Command, stdin: &str) -> Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env_remove("RUST_LOG").spawn().unwrap();
    // A program that reads nothing may have ended already.
    drop(child.stdin.take().unwrap().write_all(format!("{stdin}\n").as_bytes()));
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { exit: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// What a failure said is fit to be read by anybody.
pub(crate) fn harmless(name: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{name}: {secret} stands in: {text}");
    }
}

/// Every file of a folder by its hash, but for those that mean nothing once the programs have ended.
pub(crate) fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return all };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let passing = name == "lock" || name.ends_with("-shm") || name.ends_with("-wal");
        if path.is_dir() {
            all.extend(bytes_of(&path));
        } else if path.is_file()
            && (!passing || (name.ends_with("-wal") && path.metadata().unwrap().len() > 0))
        {
            all.insert(path.clone(), Sha256::digest(fs::read(&path).unwrap()).to_vec());
        }
    }
    all
}

/// Copies a folder whole.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Carries the log over into the database, so that its file holds all there is.
fn fold_log(database: &Path) {
    statement(database, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Runs a statement on a database, as somebody who should not.
pub(crate) fn statement(database: &Path, statement: &'static str) {
    Meddler::on(database, statement).leave();
}

/// Somebody who has a database open and should not.
pub(crate) struct Meddler {
    runtime: tokio::runtime::Runtime,
    connection: sqlx::SqliteConnection,
}

impl Meddler {
    /// Opens a database and runs a statement on it.
    pub(crate) fn on(database: &Path, statement: &'static str) -> Self {
        use sqlx::{ConnectOptions, Executor};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = runtime.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
            let mut connection = options.connect().await.unwrap();
            connection.execute(statement).await.unwrap();
            connection
        });
        Self { runtime, connection }
    }

    /// Closes it; what was not committed is gone.
    pub(crate) fn leave(self) {
        use sqlx::Connection;
        self.runtime.block_on(self.connection.close()).unwrap();
    }
}

/// The message of an error in its one form for programs.
pub(crate) fn message(name: &str, code: &str, said: &Said) -> String {
    // A hub that serves writes its log there too: the error is the last line.
    let last = said.err.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
    let told: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{name}: no JSON: {}", said.err));
    let error = told["error"].as_object().unwrap();
    assert_eq!((told.as_object().unwrap().len(), error.len()), (1, 2), "{name}: {told}");
    assert_eq!(error["code"], code, "{name}: {told}");
    error["message"].as_str().unwrap().to_owned()
}
