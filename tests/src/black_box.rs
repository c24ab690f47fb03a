//! The real programs as people and scripts drive them: `fieldbook` over a data folder, served or not,
//! and `fieldbook-rep` over a home folder.
//!
//! Everything here stops at the first surprise with what the program said: these are drivers for tests.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::programs::program;

/// The password of every account these drivers make.
pub const PASSWORD: &str = "correct horse battery 9";
/// What every rep seals a home with.
pub(crate) const PASSPHRASE: &str = "local passphrase 9";
/// The exit code of "sign in needed".
pub const SIGN_IN_NEEDED: i32 = 4;
/// The exit code of "cannot reach the hub".
pub const UNREACHABLE: i32 = 3;
/// What a served hub logs, beside its data folder.
const LOG: &str = "hub.log";
/// The settings in a hub's data folder.
const CONFIG: &str = "fieldbook.toml";

/// Runs a command with `input` on its standard input.
fn run(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts; build it with `cargo build --bins`");
    let mut stdin = child.stdin.take().expect("it was piped");
    // A program that needs no input may have closed it already.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

/// The standard output of a program that must succeed.
fn succeeded(what: &[&str], output: Output) -> String {
    let said = String::from_utf8(output.stdout).expect("programs print UTF-8");
    let troubles = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what:?} ended with {}: {said}{troubles}", output.status);
    said
}

fn json(what: &[&str], said: &str) -> Value {
    serde_json::from_str(said).unwrap_or_else(|why| panic!("{what:?} is no JSON ({why}): {said}"))
}

/// `fieldbook` over a data folder.
#[must_use]
pub fn fieldbook(data: &Path, arguments: &[&str]) -> Output {
    run(Command::new(program("fieldbook")).arg("--data").arg(data).args(arguments), "")
}

/// The same with a variable set.
#[must_use]
pub fn fieldbook_with(data: &Path, (variable, value): (&str, &str), arguments: &[&str]) -> Output {
    run(Command::new(program("fieldbook")).env(variable, value).arg("--data").arg(data).args(arguments), "")
}

/// What `fieldbook ... --json` answers over a data folder.
#[must_use]
pub fn fieldbook_json(data: &Path, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    json(&arguments, &succeeded(&arguments, fieldbook(data, &arguments)))
}

/// The JSON that a server at `HOST:PORT` answers to a GET.
#[must_use]
pub fn get_json(address: &str, path: &str) -> Value {
    let mut server = TcpStream::connect(address).expect("the server is there");
    // In this version an answer ends with its connection and comes in one piece.
    let asked = write!(server, "GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n");
    asked.expect("the server reads");
    let mut answer = String::new();
    server.read_to_string(&mut answer).expect("the server answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    json(&["GET", path], body)
}

/// A served hub; it is killed when dropped.
pub struct HubProgram {
    folder: TempDir,
    serving: Option<Child>,
    address: String,
}

impl HubProgram {
    /// A hub with these reps in one branch and an account for each, named by the rep's code. `config`
    /// is the text of its `fieldbook.toml`.
    #[must_use]
    pub fn start(reps: &[&str], config: &str) -> Self {
        Self::start_on(None, reps, config)
    }

    /// The same on another database than that in its folder.
    #[must_use]
    pub fn start_on(database: Option<&str>, reps: &[&str], config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut hub = Self { folder, serving: None, address: "127.0.0.1:0".to_owned() };
        let rows: String = reps.iter().map(|rep| format!("R1,Region,B1,Branch,{rep},Rep {rep}\n")).collect();
        let header = "region_code,region_name,branch_code,branch_name,rep_code,rep_name\n";
        let org = hub.folder.path().join("org.csv");
        std::fs::write(&org, format!("{header}{rows}")).expect("the file is written");
        let org = org.to_string_lossy();
        let mut import = vec!["import", "org", &*org];
        import.extend(database.iter().flat_map(|url| ["--database", url]));
        succeeded(&import, fieldbook(&hub.data(), &import));
        std::fs::write(hub.data().join(CONFIG), config).expect("the file is written");
        reps.iter().for_each(|rep| hub.add_rep(rep, rep));
        hub.serve();
        hub
    }

    /// Adds an account that works for a rep's unit.
    pub fn add_rep(&self, name: &str, unit: &str) {
        let add = ["user", "add", "--name", name, "--role", "rep", "--unit", unit, "--password-stdin"];
        let mut command = Command::new(program("fieldbook"));
        let output = run(command.arg("--data").arg(self.data()).args(add), &format!("{PASSWORD}\n"));
        succeeded(&add, output);
    }

    /// Serves again after [`Self::kill`], at the same address.
    pub fn serve(&mut self) {
        let mut command = Command::new(program("fieldbook"));
        command.arg("--data").arg(self.data()).args(["--json", "serve", "--listen", &self.address]);
        let log = OpenOptions::new().create(true).append(true).open(self.log_file());
        command.stdout(Stdio::piped()).stderr(log.expect("the log is opened"));
        let mut child = command.spawn().expect("the hub starts");
        let mut told = String::new();
        let stdout = child.stdout.take().expect("it was piped");
        // It says where it serves once it listens.
        BufReader::new(stdout).read_line(&mut told).expect("the hub says where it serves");
        self.serving = Some(child);
        let address = json(&["serve"], &told)["address"].as_str().expect("an address").to_owned();
        self.address = address.trim_start_matches("http://").to_owned();
    }

    /// The process that serves.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.serving.as_ref().expect("it serves").id()
    }

    /// What it has logged since it was first served.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).expect("the log is read")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join(LOG)
    }

    /// Kills the hub where it stands.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.serving.take() {
            child.kill().expect("the hub is killed");
            child.wait().expect("the hub ends");
        }
    }

    /// Another hub on the same database, with the same keys and settings.
    #[must_use]
    pub fn beside(&self) -> Self {
        let config = std::fs::read_to_string(self.data().join(CONFIG)).expect("the file is read");
        self.beside_with(&config)
    }

    /// The same with settings of its own.
    #[must_use]
    pub fn beside_with(&self, config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut hub = Self { folder, serving: None, address: "127.0.0.1:0".to_owned() };
        std::fs::create_dir_all(hub.data().join("secrets")).expect("a folder is made");
        copy_files(&self.data(), &hub.data());
        std::fs::write(hub.data().join(CONFIG), config).expect("the file is written");
        hub.serve();
        hub
    }

    /// Its address, `HOST:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Where devices reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("hub")
    }
}

impl Drop for HubProgram {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the hub's log:\n{}", std::fs::read_to_string(self.log_file()).unwrap_or_default());
        }
    }
}

/// `fieldbook-rep` over a home folder of its own.
pub struct RepProgram {
    home: TempDir,
}

impl RepProgram {
    /// An empty home.
    #[must_use]
    pub fn empty() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A fresh device of `rep`, signed in and synced.
    #[must_use]
    pub fn signed_in(server: &str, rep: &str) -> Self {
        let device = Self::empty();
        device.sign_in(server, rep);
        device
    }

    /// Signs in, for the first time or again.
    pub fn sign_in(&self, server: &str, rep: &str) {
        succeeded(&["login"], self.try_sign_in(server, rep));
    }

    /// The same, however it ends.
    #[must_use]
    pub fn try_sign_in(&self, server: &str, rep: &str) -> Output {
        let login = ["login", "--server", server, "--user", rep, "--password-stdin"];
        self.run_with(&login, &format!("{PASSWORD}\n"))
    }

    /// Another home with a copy of every file.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::empty();
        copy_files(self.home.path(), copy.home.path());
        copy
    }

    /// Puts the home back to what it was when `older` was copied from it.
    pub fn restore(&mut self, older: &Self) {
        *self = older.copy();
    }

    /// Runs a command, however it ends.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(program("fieldbook-rep"));
        command.env("FIELDBOOK_PASSPHRASE", PASSPHRASE).arg("--home").arg(self.home.path());
        run(command.args(arguments), input)
    }

    /// What a command that must succeed answers with `--json`.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        json(&arguments, &succeeded(&arguments, self.run(&arguments)))
    }

    /// Runs a command that must succeed.
    pub fn run_ok(&self, arguments: &[&str]) {
        succeeded(arguments, self.run(arguments));
    }
}

/// Copies every file of a folder, and of those in it.
pub fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder is read") {
        let entry = entry.expect("the folder is read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder is made");
            copy_files(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("the file is copied");
        }
    }
}
