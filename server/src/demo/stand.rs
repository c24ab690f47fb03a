//! The demo's hub: a temporary data folder, the made-up company in it, served on loopback.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Instant;

use document_model::{Date, Entropy, UnitCode};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::company::{Company, Plan};
use super::{DAYS, DemoError, Options, REPS_AT_WORK, Voice, names};
use crate::app::{App, AppError, Line, Missing, SystemEntropy};
use crate::audit::{AuditAction, By};
use crate::auth::{Account, Role};
use crate::http::Doors;
use crate::hub::{ThreadGate, WriteResult};
use crate::import::import_org;
use crate::organisation::NATION;
use crate::storage::{AdminChange, AdminOrder, AuditStorage, FigureStorage, SealedEngine};

/// The password of every account of a demo.
pub(super) const PASSWORD: &str = "nothing-is-real";
/// The accounts a browser may enter as, at `/as/NAME`.
pub(super) const DOORS: [&str; 4] = ["hq", "manager", "rep", "admin"];
/// The account of the rep that a visitor is.
pub(super) const VISITOR: &str = DOORS[2];
/// Who the imports are written by.
const IMPORTER: &str = "demo";
/// Entries folded in one transaction.
const FOLD_ENTRIES: usize = 10_000;

/// The hub of a demo, while it is served.
pub(super) struct Stand {
    /// The hub.
    pub(super) app: App<SealedEngine, ThreadGate>,
    /// Who works there.
    pub(super) company: Company,
    /// The business day it was made on.
    pub(super) today: Date,
    /// Where it is served.
    pub(super) server: String,
    /// The port of that.
    pub(super) port: u16,
    /// The rep that a visitor's browser is, by its place in the company.
    pub(super) visitor: usize,
    /// Every account with what it is for.
    pub(super) accounts: Vec<(String, String)>,
    folder: TempDir,
    keep: bool,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), AppError>>,
}

impl Stand {
    /// Makes the company, loads it into a new hub and serves that on `listener`.
    pub(super) async fn open(
        options: &Options,
        listener: TcpListener,
        voice: &mut Voice,
    ) -> Result<Self, DemoError> {
        let folder =
            tempfile::Builder::new().prefix("fieldbook-demo-").disable_cleanup(options.keep).tempdir()?;
        let data = if options.keep {
            format!("{} (kept)", folder.path().display())
        } else {
            "temporary folder, deleted on exit; --keep to keep".to_owned()
        };
        let version = env!("CARGO_PKG_VERSION");
        voice.line(&format!("Fieldbook {version}  demo, nothing here is real   data: {data}"))?;
        let since = Instant::now();
        voice.busy("making a company");
        let mut app = App::open(folder.path(), None, Missing::Create).await?;
        app.furnish().await?;
        let rules = app.hub.current_rules().await?;
        let today = rules.day(app.clock.now());
        let company = Company::make(&Plan { seed: options.seed, reps: options.reps, days: DAYS, today });
        load(&app, &company).await?;
        voice.part("making a company", since, in_words(&company))?;
        let visitor = visitor_of(&company);
        let accounts = open_accounts(&app, &company, visitor).await?;
        app.doors = Doors::to(DOORS.map(|name| (name.to_owned(), name.to_owned())));
        let at = listener.local_addr()?;
        let (server, port) = (format!("http://{at}"), at.port());
        let stop = CancellationToken::new();
        let serving = tokio::spawn({
            let (app, stop) = (app.clone(), stop.clone());
            async move { app.serve(listener, Line::Clear, stop.cancelled_owned()).await }
        });
        Ok(Self {
            app,
            company,
            today,
            server,
            port,
            visitor,
            accounts,
            folder,
            keep: options.keep,
            stop,
            serving,
        })
    }

    /// First day of the made-up history.
    pub(super) fn first_day(&self) -> Date {
        document_model::add_days(self.today, -DAYS)
    }

    /// Where the data is.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Folds until nothing is pending; gives back how many entries were moved here.
    pub(super) async fn fold(&self) -> Result<usize, DemoError> {
        let mut moved = 0;
        loop {
            let entries = self.app.hub.storage().fold(FOLD_ENTRIES, self.app.clock.now().0).await?.entries;
            moved += entries;
            if entries < FOLD_ENTRIES {
                return Ok(moved);
            }
        }
    }

    /// Stops serving and deletes the data, unless it is kept: then says where it is.
    pub(super) async fn close(self) -> Result<Option<PathBuf>, DemoError> {
        self.stop.cancel();
        match self.serving.await {
            Ok(served) => served?,
            Err(panic) => return Err(std::io::Error::other(panic).into()),
        }
        drop(self.app);
        if self.keep {
            return Ok(Some(self.folder.path().to_owned()));
        }
        self.folder.close()?;
        Ok(None)
    }
}

/// One of the manager's whom nobody plays, so that what a visitor does is not mixed with it.
fn visitor_of(company: &Company) -> usize {
    let at_rest = company.reps.iter().enumerate().skip(REPS_AT_WORK).find(|(_, rep)| rep.branch == 0);
    at_rest.map_or(0, |(place, _)| place)
}

/// The account name of a rep at work: the surname's spelling, and no two of them share one.
pub(super) fn account_of(rep: usize) -> &'static str {
    names::SURNAMES[rep % names::SURNAMES.len()].1
}

async fn load(app: &App<SealedEngine, ThreadGate>, company: &Company) -> Result<(), DemoError> {
    let report = import_org(app, company.organisation_csv().as_bytes(), false).await?;
    if !report.imported {
        let first = report.rejected.first();
        return Err(DemoError::Organisation(first.map_or_else(String::new, |note| note.reason.clone())));
    }
    let writes = company.writes();
    let results = app.hub.write(IMPORTER, &writes, app.clock.now(), &mut SystemEntropy).await?;
    match results.iter().position(|result| *result != WriteResult::Created) {
        Some(place) => Err(DemoError::Organisation(format!("{} was there already", writes[place].document))),
        None => Ok(()),
    }
}

async fn open_accounts(
    app: &App<SealedEngine, ThreadGate>,
    company: &Company,
    visitor: usize,
) -> Result<Vec<(String, String)>, DemoError> {
    let branch = &company.branches[0];
    let region = &company.regions[branch.region];
    let mut wanted: Vec<(&str, Role, UnitCode, String)> = vec![
        ("hq", Role::Hq, NATION.into(), "headquarters".to_owned()),
        ("admin", Role::Admin, NATION.into(), "administrator".to_owned()),
        (
            "manager",
            Role::Manager,
            branch.unit.code.clone(),
            format!("manager of {} {}", region.name, branch.unit.name),
        ),
    ];
    let rep = &company.reps[visitor].unit;
    wanted.push((VISITOR, Role::Rep, rep.code.clone(), format!("rep {}, for a browser", rep.name)));
    for (number, rep) in company.reps.iter().take(REPS_AT_WORK).enumerate() {
        wanted.push((account_of(number), Role::Rep, rep.unit.code.clone(), format!("rep {}", rep.unit.name)));
    }
    let mut opened = Vec::new();
    for (name, role, unit, what) in wanted {
        let password_hash = app.desk.passwords.hash(PASSWORD.to_owned(), SystemEntropy.sixteen()).await?;
        let account = Account { name: name.to_owned(), role, unit, password_hash, disabled: false };
        let note = By::command_line().did(AuditAction::AccountAdd, name, app.clock.now());
        let order = AdminOrder { change: AdminChange::AddAccount(account), note };
        app.hub.storage().administer(order).await?;
        opened.push((name.to_owned(), what));
    }
    Ok(opened)
}

fn in_words(company: &Company) -> String {
    use super::voice::thousands;
    format!(
        "{} regions, {} branches, {} reps, {} customers, {} policies of {DAYS} days",
        company.regions.len(),
        company.branches.len(),
        thousands(company.reps.len() as i64),
        thousands(company.customers() as i64),
        thousands(company.policies() as i64),
    )
}
