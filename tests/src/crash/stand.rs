//! The programs of one point and the folders they keep: a hub, two homes of one rep, all copied from a
//! template.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, Result, bail, ensure};
use client_sdk::seal::{KeyCost, Sealed};
use client_sdk::store::{Batch, SqliteStore, Store};
use serde_json::Value;
use server::app::SystemEntropy;
use tempfile::TempDir;

use super::blow::{Watch, was_killed};
use super::script::Device;
use super::wait::{alone, until};
use crate::black_box::{PASSPHRASE, PASSWORD, copy_files};
use crate::programs::program;

/// The rep.
pub(crate) const REP: &str = "P1";

/// One gate worker, so that a hub starts quickly.
const CONFIG: &str = "[gate]\nworkers = 1\n";

const ORGANISATION: &str = "region_code,region_name,branch_code,branch_name,rep_code,rep_name\n\
    R1,Region,B1,Branch,P1,Rep\n";

/// What the hub says when another program has its port for a moment.
const PORT_TAKEN: &str = "HUB-PORT-TAKEN";

/// How a hub came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// It serves.
    Serving,
    /// The blow met it before.
    Killed,
    /// It says that it cannot: its database is away.
    Refused,
}

/// Folders, and the hub while it is served.
pub(crate) struct Stand {
    folder: TempDir,
    address: String,
    serving: Option<Child>,
}

impl Stand {
    /// A new hub with one rep, in the database of this address or in its own; nothing is served.
    pub(crate) fn new(database: Option<&str>) -> Result<Self> {
        let stand = Self { folder: tempfile::tempdir()?, address: "127.0.0.1:0".to_owned(), serving: None };
        let organisation = stand.folder.path().join("org.csv");
        fs::write(&organisation, ORGANISATION)?;
        let mut import = stand.fieldbook();
        if let Some(url) = database {
            import.args(["--database", url]);
        }
        said(import.args(["import", "org"]).arg(&organisation), "")?;
        fs::write(stand.hub().join("fieldbook.toml"), CONFIG)?;
        let mut add = stand.fieldbook();
        add.args(["user", "add", "--name", REP, "--role", "rep", "--unit", REP, "--password-stdin"]);
        said(&mut add, &format!("{PASSWORD}\n"))?;
        Ok(stand)
    }

    /// The same folders once more, for a hub over the database of this address or over its own.
    pub(crate) fn copy(&self, database: Option<&str>) -> Result<Self> {
        let stand = Self { folder: tempfile::tempdir()?, address: self.address.clone(), serving: None };
        copy_files(self.folder.path(), stand.folder.path());
        if let Some(url) = database {
            fs::write(stand.hub().join("secrets/database.url"), url)?;
        }
        Ok(stand)
    }

    /// Signs both devices in.
    pub(crate) fn sign_in(&self) -> Result<()> {
        let server = format!("http://{}", self.address);
        for device in [Device::First, Device::Second] {
            unlock_cheaply(&self.home(device))?;
            let mut login = self.rep(device, &Watch::Leave);
            login.args(["login", "--server", &server, "--user", REP, "--password-stdin"]);
            said(&mut login, &format!("{PASSWORD}\n"))?;
        }
        Ok(())
    }

    /// Serves the hub, always at the same address.
    pub(crate) fn serve(&mut self, watch: &Watch) -> Result<Start> {
        let mut start = Ok(Start::Refused);
        until("the hub has its port", || {
            start = self.try_to_serve(watch);
            Ok(!start.as_ref().is_err_and(|why| why.to_string().contains(PORT_TAKEN)))
        })?;
        start
    }

    fn try_to_serve(&mut self, watch: &Watch) -> Result<Start> {
        self.serving = None;
        let log = self.folder.path().join("hub.log");
        let mut command = watch.command(&program("fieldbook"));
        command.arg("--data").arg(self.hub()).args(["--json", "serve", "--listen", &self.address]);
        command.stdout(Stdio::piped()).stderr(fs::File::create(&log)?);
        let mut child = start(&mut command)?;
        let mut told = String::new();
        BufReader::new(child.stdout.take().context("it was piped")?).read_line(&mut told)?;
        if told.is_empty() {
            let status = child.wait()?;
            return match fs::read_to_string(log)? {
                _ if was_killed(status) => Ok(Start::Killed),
                why if why.contains(PORT_TAKEN) => bail!("{PORT_TAKEN}"),
                _ => Ok(Start::Refused),
            };
        }
        self.serving = Some(child);
        let told: Value = serde_json::from_str(&told)?;
        let address = told["address"].as_str().context("an address")?;
        self.address = address.trim_start_matches("http://").to_owned();
        Ok(Start::Serving)
    }

    /// The served hub's process.
    pub(crate) fn hub_pid(&self) -> Option<u32> {
        self.serving.as_ref().map(Child::id)
    }

    /// True when the hub that was served is dead.
    pub(crate) fn hub_is_dead(&mut self) -> Result<bool> {
        let Some(child) = &mut self.serving else { return Ok(false) };
        let Some(status) = child.try_wait()? else { return Ok(false) };
        ensure!(was_killed(status), "the hub ended by itself: {status}; {}", self.hub_log());
        Ok(true)
    }

    /// Kills the hub where it stands.
    pub(crate) fn kill_hub(&mut self) -> Result<()> {
        if let Some(mut child) = self.serving.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// What the served hub has logged.
    pub(crate) fn hub_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("hub.log")).unwrap_or_default()
    }

    /// What the served hub answers to a plain question: its status, its body.
    pub(crate) fn ask(&self, path: &str) -> Result<(u16, String)> {
        let mut hub = TcpStream::connect(&self.address)?;
        write!(hub, "GET {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        hub.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).context("a status")?;
        Ok((status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned()))
    }

    /// `fieldbook` over the hub's data.
    pub(crate) fn fieldbook(&self) -> Command {
        let mut command = Command::new(program("fieldbook"));
        command.arg("--data").arg(self.hub());
        command
    }

    /// `fieldbook-rep` over a device's home.
    pub(crate) fn rep(&self, device: Device, watch: &Watch) -> Command {
        let mut command = watch.command(&program("fieldbook-rep"));
        command.env("FIELDBOOK_PASSPHRASE", PASSPHRASE).arg("--home").arg(self.home(device)).arg("--json");
        command
    }

    /// The hub's data folder.
    pub(crate) fn hub(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    /// A device's home.
    pub(crate) fn home(&self, device: Device) -> PathBuf {
        self.folder.path().join(match device {
            Device::First => "first",
            Device::Second => "second",
        })
    }

    /// A file of the driver's own in the same folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if let Err(why) = self.kill_hub() {
            eprintln!("a hub could not be killed: {why}");
        }
    }
}

/// Makes a home whose passphrase costs little to try: half of the time of a point was that.
fn unlock_cheaply(home: &Path) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let file = SqliteStore::open(home).await?;
        let entropy = Box::new(SystemEntropy);
        let sealed = Sealed::open_with_cost(file.clone(), PASSPHRASE, KeyCost::TEST, entropy).await?;
        sealed.commit(Batch::new()).await?;
        Ok(file.close().await?)
    })
}

/// Starts a program.
pub(crate) fn start(command: &mut Command) -> Result<Child> {
    let _alone = alone();
    command.spawn().context("the program starts; build it with `cargo build --bins`")
}

/// How a program ended that was given `input`, and its process while it ran.
pub(crate) fn run(command: &mut Command, input: &str) -> Result<(u32, Output)> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(piped)?;
    let mut stdin = child.stdin.take().context("it was piped")?;
    // A program that needs no input may have closed it already.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    Ok((child.id(), child.wait_with_output()?))
}

/// What a program says that must succeed.
pub(crate) fn said(command: &mut Command, input: &str) -> Result<String> {
    // PostgreSQL may notice the death of one of its processes late, and begins anew then: whoever finds nobody
    // there has done nothing, and asks again.
    let mut output = run(command, input)?.1;
    let unanswered =
        |output: &Output| String::from_utf8_lossy(&output.stderr).contains("no PostgreSQL answers");
    if unanswered(&output) {
        until("PostgreSQL answers again", || {
            output = run(command, input)?.1;
            Ok(!unanswered(&output))
        })?;
    }
    let troubles = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {troubles}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
