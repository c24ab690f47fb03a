//! What each command does, over any store and any way to the hub.

mod account;
mod clashes;
mod documents;
mod fields;

use client_sdk::store::Store;
use client_sdk::transport::Transport;
use client_sdk::{Client, DocumentView};
use document_model::{Date, DocumentId, Kind, Moment};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{Command, Day, DayCommand};
use crate::error::Failure;
use crate::print;

/// What a command answers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For programs.
    pub(crate) json: Value,
    /// For people.
    pub(crate) text: String,
    /// What a person should know besides; goes to standard error.
    pub(crate) notes: Vec<String>,
}

impl Answer {
    fn new(view: impl Serialize, text: impl Into<String>) -> Self {
        let json = serde_json::to_value(view).expect("views have text keys and plain values");
        Self { json, text: text.into(), notes: Vec::new() }
    }
}

/// One command on one device.
pub(crate) struct Session<S, T> {
    client: Client<S, T>,
    zone: TimeZone,
    clock: fn() -> Moment,
}

impl<S: Store, T: Transport> Session<S, T> {
    /// A session of an open client; `zone` is the company's.
    pub(crate) fn new(client: Client<S, T>, zone: TimeZone, clock: fn() -> Moment) -> Self {
        Self { client, zone, clock }
    }

    /// Does what was asked. Every command but signing in needs somebody who signed in here once.
    pub(crate) async fn run(&mut self, command: Command) -> Result<Answer, Failure> {
        if !matches!(command, Command::Login(_)) {
            self.client.engine()?;
        }
        match command {
            Command::Login(login) => self.login(&login).await,
            Command::Logout { keep_unsent } => self.logout(keep_unsent).await,
            Command::Sync => self.sync().await,
            Command::Status => self.status().await,
            Command::Clashes => self.clashes().await,
            Command::Resolve { id, field, value } => self.resolve(&id, &field, &value).await,
            Command::Figures { from, to } => self.figures(from, to).await,
            Command::Day(DayCommand::Close { date }) => self.close_day(date).await,
            Command::Tray { command } => self.tray(command).await,
            Command::Customer(command) => self.customer(command).await,
            Command::Policy(command) => self.policy(command).await,
        }
    }

    async fn close_day(&mut self, day: Day) -> Result<Answer, Failure> {
        let date = day.date(self.today()?);
        self.client.close_day(date, self.now()).await?;
        let unsent = self.client.engine()?.unsent();
        let json = serde_json::json!({ "day": date.to_string(), "closed": true, "unsent": unsent });
        let text = format!(
            "{date} is complete, you say. Headquarters hears of it with the next `fieldbook-rep sync`\n"
        );
        Ok(Answer::new(json, text))
    }

    async fn figures(&self, from: Day, to: Day) -> Result<Answer, Failure> {
        let today = self.today()?;
        let (from, to) = (from.date(today), to.date(today));
        if from > to {
            return Err(Failure::usage(format!("--from {from} is after --to {to}")));
        }
        let figures = self.client.figures(from, to, self.now()).await?;
        let text = print::figures(&figures);
        Ok(Answer::new(figures, text))
    }

    fn now(&self) -> Moment {
        (self.clock)()
    }

    fn today(&self) -> Result<Date, Failure> {
        Ok(self.client.engine()?.day(self.now()))
    }

    /// The document of an id as typed, if this device holds one of this kind.
    fn find(&self, kind: Kind, id: &str) -> Result<DocumentId, Failure> {
        let index = self.client.engine()?.index();
        let found = id.parse().ok().filter(|id| index.get(id).is_some_and(|entry| entry.kind == kind));
        found.ok_or_else(|| Failure::unknown(word(kind), id))
    }

    /// A document after an edit: its id, how far it has come and what is wrong with it.
    async fn saved(&self, id: DocumentId, done: &str) -> Result<Answer, Failure> {
        let view = self.show(id).await?;
        let json = serde_json::json!({ "id": id, "state": view.state, "problems": view.problems });
        Ok(Answer::new(json, format!("{done}\n{}", print::problems(&view))))
    }

    async fn show(&self, id: DocumentId) -> Result<DocumentView, Failure> {
        Ok(self.client.show(id, self.now()).await?)
    }
}

/// The word for a kind that people and commands use.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Customer => "customer",
        Kind::Policy => "policy",
        Kind::PolicyRecord | Kind::Product | Kind::Schema => "record",
    }
}
