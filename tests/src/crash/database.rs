//! The PostgreSQL of the crash points: one server that outlives the points, a database for each.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context, Result, ensure};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::blow::{Watch, counting};
use super::stand::start;
use super::wait::{alone, until};
use crate::postgres::{Memory, Safety, Server};
use crate::programs::{Signal, children_of, has_ended, signal};

/// What strace says once it watches.
const ATTACHED: &str = "attached";

/// What it says of a process that the blow met.
const KILLED: &str = "+++ killed by SIGKILL";

/// A server and the databases on it.
pub(crate) struct Databases {
    server: Server,
    /// How often it had come up before it was watched.
    times_ready: usize,
}

/// How the server dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// The process that the blow meets: PostgreSQL throws all others out and recovers.
    OneProcess,
    /// All its processes with the one that the blow meets; it is started again.
    Everything,
}

/// strace over the processes that the server starts from now on.
pub(crate) struct Watching {
    postmaster: u32,
    tracer: Child,
    met: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Databases {
    /// `None` where PostgreSQL is not installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let _alone = alone();
        Ok(Server::start(Safety::Fsync, Memory::Little)?.map(|server| Self { server, times_ready: 0 }))
    }

    pub(crate) fn url(&self, name: &str) -> String {
        self.server.url_of(name)
    }

    /// A new database like `template`, which nobody may be using; this waits until nobody is.
    pub(crate) fn make(&self, name: &str, template: &str) -> Result<()> {
        let mut told = Ok(());
        until("the template can be copied", || {
            told = self.execute(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {template}"));
            Ok(told.is_ok())
        })
        .with_context(|| {
            format!("database {name}: {}", told.map_or_else(|why| why.to_string(), |()| String::new()))
        })
    }

    /// Removes a database, and brings the server back where a point has left it dead.
    pub(crate) fn remove(&mut self, name: &str) -> Result<()> {
        if self.is_dead() {
            self.restart()?;
        }
        self.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    }

    /// Watches the processes that the server starts from now on.
    pub(crate) fn watch(&mut self, watch: &Watch, death: Death) -> Result<Watching> {
        let postmaster = self.server.pid().context("the server runs")?;
        self.times_ready = self.server.times_ready();
        let mut command = Command::new("strace");
        command.args(["-f", "-p", &postmaster.to_string()]);
        command.args(match watch {
            Watch::Leave => Vec::new(),
            Watch::Count(log) => counting(log),
            Watch::Kill(blow) => blow.injection().to_vec(),
            Watch::Fail(failing) => failing.arguments(),
        });
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        let mut tracer = start(&mut command)?;
        let mut told = BufReader::new(tracer.stderr.take().context("it was piped")?);
        let mut line = String::new();
        told.read_line(&mut line)?;
        ensure!(line.contains(ATTACHED), "strace does not watch PostgreSQL: {line}");
        let met = Arc::new(AtomicBool::new(false));
        let follow = Follow { postmaster, tracer: tracer.id(), death, met: met.clone() };
        let reader = std::thread::spawn(move || follow.read(told));
        Ok(Watching { postmaster, tracer, met, reader: Some(reader) })
    }

    /// Brings the server back after a blow; returns once it takes connections.
    pub(crate) fn recover(&mut self, death: Death) -> Result<()> {
        if death == Death::OneProcess {
            // It takes connections until it has noticed that a process died; and when the process that
            // recovers is met too, it gives up.
            let known = self.times_ready;
            until("PostgreSQL has noticed", || Ok(self.is_dead() || self.server.times_ready() > known))?;
        }
        if death == Death::Everything || self.is_dead() {
            self.restart()?;
        }
        until("PostgreSQL has recovered", || Ok(self.execute("SELECT 1").is_ok()))
    }

    /// All its processes, and the files of its log.
    pub(crate) fn parts(&self) -> Result<(Vec<u32>, Vec<PathBuf>)> {
        let postmaster = self.server.pid().context("the server runs")?;
        let mut pids = children_of(postmaster);
        pids.push(postmaster);
        Ok((pids, self.server.log_files()?))
    }

    /// Brings the server back after its disk failed, as whoever looks after it does: when it gave up, it is
    /// started again. Returns once it takes connections.
    pub(crate) fn look_after(&mut self) -> Result<()> {
        if let Some(postmaster) = self.server.pid() {
            // A signal that strace held when it let go is lost, and the server waits for this one.
            signal(postmaster, Signal::CHILD)?;
        }
        let mut answers = false;
        until("PostgreSQL answers or has given up", || {
            answers = self.execute("SELECT 1").is_ok();
            Ok(answers || self.is_dead())
        })?;
        if answers { Ok(()) } else { self.restart() }
    }

    fn is_dead(&self) -> bool {
        self.server.pid().is_none_or(has_ended)
    }

    fn restart(&mut self) -> Result<()> {
        let _alone = alone();
        self.server.kill()?;
        self.server.run()
    }

    fn execute(&self, sql: &str) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.server.url()).await?;
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
            Ok(connection.close().await?)
        })
    }
}

/// What strace says, read as it says it.
struct Follow {
    postmaster: u32,
    tracer: u32,
    death: Death,
    met: Arc<AtomicBool>,
}

impl Follow {
    fn read(self, told: BufReader<ChildStderr>) {
        for line in told.lines().map_while(Result::ok) {
            if line.contains(KILLED) && !self.met.load(Ordering::SeqCst) {
                // Whoever waits finds the server as dead as it is to be.
                let done = self.strike();
                self.met.store(true, Ordering::SeqCst);
                if let Err(why) = done {
                    eprintln!("PostgreSQL was not struck down: {why}");
                }
            }
        }
    }

    /// One blow is enough: the processes that recover are not watched.
    fn strike(&self) -> std::io::Result<()> {
        if self.death == Death::Everything {
            let children = children_of(self.postmaster);
            signal(self.postmaster, Signal::KILL)?;
            children.into_iter().try_for_each(|child| signal(child, Signal::KILL))?;
        }
        signal(self.tracer, Signal::TERM)
    }
}

impl Watching {
    /// True once the blow has met a process.
    pub(crate) fn met(&self) -> bool {
        self.met.load(Ordering::SeqCst)
    }

    /// Lets the server go; true when the blow met a process.
    pub(crate) fn stop(mut self) -> Result<bool> {
        self.let_go()?;
        Ok(self.met())
    }

    fn let_go(&mut self) -> Result<()> {
        let Some(reader) = self.reader.take() else { return Ok(()) };
        signal(self.tracer.id(), Signal::TERM)?;
        self.tracer.wait()?;
        // A signal that strace holds when it lets go is lost, and the server waits for this one when a
        // process of it has died.
        signal(self.postmaster, Signal::CHILD)?;
        ensure!(reader.join().is_ok(), "what strace said was not read");
        Ok(())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if let Err(why) = self.let_go() {
            eprintln!("strace did not end: {why:#}");
        }
    }
}
