//! A PostgreSQL server of one's own, thrown away at the end: for tests, benchmarks and people who try.
//!
//! It listens on a socket in its own temporary folder and nowhere else. PostgreSQL refuses to run as
//! root: root starts it as another user of the machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::programs::{Signal, children_of, signal};

/// Who may run the server when root asks for it, best first.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The user of the databases. Nobody is asked for a password: only this machine's users reach the socket.
const ROLE: &str = "fieldbook";

/// What the server says once it takes connections.
const READY: &str = "database system is ready to accept connections";

/// Connections it takes: many tests at once, each with a hub or two.
const CONNECTIONS: &str = "max_connections=300";

/// Whether the server keeps its promises when the machine fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// It does not, and is faster: nobody looks at the data afterwards.
    None,
    /// It does: for tests about crashes.
    Fsync,
}

/// What the server keeps of its files in its own memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Little: many of them run side by side.
    Little,
    /// What its manual advises for a machine of its own: a quarter of the memory, here of four gigabytes.
    Own,
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    user: Option<User>,
    safety: Safety,
    memory: Memory,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    process: Child,
    log: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Server {
    /// Makes a server in a new folder and starts it; `None` when PostgreSQL is not installed.
    ///
    /// # Errors
    /// When it is installed and does not start.
    pub fn start(safety: Safety, memory: Memory) -> Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("fieldbook-postgres-").tempdir()?;
        // The folder was made by whoever this is.
        let user = if fs::metadata(folder.path())?.uid() == 0 { Some(other_user()?) } else { None };
        if let Some(User { uid, gid }) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        let mut server = Self { folder, programs, user, safety, memory, running: None };
        let mut initdb = server.command("initdb");
        initdb.args([
            "--username",
            ROLE,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]);
        let made = initdb.arg("--pgdata").arg(server.data()).output().context("initdb does not start")?;
        ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        server.run()?;
        Ok(Some(server))
    }

    /// The address of its first database, in which others can be made.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of one of its databases.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://{ROLE}@localhost/{database}?host={}", self.folder.path().display())
    }

    /// Its first process, the parent of all others; `None` while it is stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.process.id())
    }

    /// The files of its log, as they are named now.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub fn log_files(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.data().join("pg_wal"))?;
        let paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        Ok(paths.into_iter().filter(|path| path.is_file()).collect())
    }

    /// How often it has said, since it was last run, that it takes connections: once more after each
    /// process of it that crashed.
    #[must_use]
    pub fn times_ready(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.contains(READY)).count()
    }

    /// Kills its processes where they stand; it can be run again afterwards.
    ///
    /// # Errors
    /// When one does not die.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let children = children_of(running.process.id());
        running.process.kill()?;
        children.iter().try_for_each(|child| signal(*child, Signal::KILL))?;
        running.process.wait()?;
        // The last of them closes what the log is read from.
        ensure!(running.log.join().is_ok(), "the server's messages could not be kept");
        Ok(())
    }

    /// Stops it at once, as if the machine had failed, leaving whatever was in hand.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn crash(&mut self) -> Result<()> {
        self.stop("immediate")
    }

    /// Starts it again over the same data.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run(&mut self) -> Result<()> {
        let fsync = if self.safety == Safety::Fsync { "on" } else { "off" };
        let (sync, pages) = (format!("fsync={fsync}"), format!("full_page_writes={fsync}"));
        let buffers = match self.memory {
            Memory::Little => "shared_buffers=64MB",
            Memory::Own => "shared_buffers=1GB",
        };
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        for setting in ["listen_addresses=", CONNECTIONS, &sync, &pages, buffers] {
            command.args(["-c", setting]);
        }
        let mut process = command.stderr(Stdio::piped()).spawn().context("postgres does not start")?;
        let told = process.stderr.take().context("the server's messages")?;
        let file = self.folder.path().join("log");
        let (ready, is_ready) = mpsc::channel();
        let log = std::thread::spawn({
            let file = file.clone();
            move || copy_log(told, &file, &ready)
        });
        self.running = Some(Running { process, log });
        if is_ready.recv().is_err() {
            bail!("PostgreSQL ended while it started: {}", fs::read_to_string(file).unwrap_or_default());
        }
        Ok(())
    }

    fn stop(&mut self, how: &str) -> Result<()> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let mut command = self.command("pg_ctl");
        let stopped = command.arg("stop").arg("-D").arg(self.data()).args(["-m", how, "-s"]).output()?;
        if !stopped.status.success() {
            running.process.kill()?;
        }
        running.process.wait()?;
        ensure!(running.log.join().is_ok(), "the server's messages could not be kept");
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL, run as the user who may.
    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = match self.user {
            None => Command::new(path),
            Some(User { uid, gid }) => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]);
                command.arg(path);
                command
            }
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(why) = self.stop("immediate") {
            eprintln!("PostgreSQL in {} did not stop: {why:#}", self.folder.path().display());
        }
    }
}

/// Keeps what the server says, and passes on that it is ready.
fn copy_log(told: ChildStderr, file: &Path, ready: &mpsc::Sender<()>) {
    let Ok(mut file) = fs::File::create(file) else { return };
    for line in BufReader::new(told).lines().map_while(Result::ok) {
        // The log is for people who look for a failure; whoever waited may have gone.
        _ = writeln!(file, "{line}");
        if line.contains(READY) {
            _ = ready.send(());
        }
    }
}

/// The folder of PostgreSQL's programs: on the path, or where Debian puts the newest.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = debian.map(|version| version.path()).collect();
    versions.sort_by_key(|version| {
        version.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or_default()
    });
    let debian = versions.into_iter().rev().map(|version| version.join("bin"));
    let complete = |folder: &PathBuf| {
        ["postgres", "initdb", "pg_ctl"].iter().all(|program| folder.join(program).is_file())
    };
    std::env::split_paths(&path).chain(debian).find(complete)
}

/// A user who is not root.
fn other_user() -> Result<User> {
    let users = fs::read_to_string("/etc/passwd").context("the list of users")?;
    let of_name = |name: &&str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some(User { uid: numbers.next()?.ok()?, gid: numbers.next()?.ok()? })
    };
    USERS.iter().find_map(of_name).context("root needs a user postgres or nobody to run PostgreSQL as")
}
