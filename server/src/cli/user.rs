//! `fieldbook user`.

use std::io::BufRead;

use clap::{Args, Subcommand};
use document_model::{Entropy, UnitCode};
use serde::Serialize;
use serde_json::json;
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;

use super::error::Failure;
use super::output::{Answer, table};
use crate::app::{App, SystemEntropy};
use crate::audit::By;
use crate::auth::{Account, PasswordError, Role};
use crate::hub::{AccountChange, AccountRefused, Gate, NewAccount};
use crate::storage::Storage;

/// Accounts.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add an account.
    #[command(after_help = "Example:
  fieldbook user add --name kim --role rep --unit P0001")]
    Add(Add),
    /// List all accounts.
    #[command(after_help = "Example:
  fieldbook user list --json")]
    List,
    /// Give an account a new password. Its devices must sign in again.
    #[command(after_help = "Example:
  fieldbook user password kim")]
    Password {
        /// The account.
        name: String,
        /// Read the password from standard input instead of asking for it.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Close an account: nobody signs in with it, and its devices are shut out at once.
    #[command(after_help = "Example:
  fieldbook user disable kim")]
    Disable {
        /// The account.
        name: String,
    },
}

/// A new account.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The name to sign in with.
    #[arg(long)]
    name: String,
    /// What the account may do.
    #[arg(long, value_parser = Role::ALL.map(Role::as_str))]
    role: String,
    /// The unit it works for: a rep's own code, a manager's branch or region, `nation`.
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

/// An account as it is shown.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    role: Role,
    unit: &'a UnitCode,
    disabled: bool,
}

impl<'a> Shown<'a> {
    fn of(account: &'a Account) -> Self {
        Self { name: &account.name, role: account.role, unit: &account.unit, disabled: account.disabled }
    }
}

impl User {
    /// True for the command that may begin a hub.
    pub(super) fn adds(&self) -> bool {
        matches!(self, Self::Add(_))
    }

    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        match self {
            Self::Add(add) => add.run(app, || read_password(add.password_stdin)).await,
            Self::List => list(app).await,
            Self::Password { name, password_stdin } => {
                set_password(app, name, || read_password(*password_stdin)).await
            }
            Self::Disable { name } => disable(app, name).await,
        }
    }
}

impl Add {
    async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        password: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<Answer, Failure> {
        let role = Role::of_str(&self.role)
            .ok_or_else(|| Failure::misused("USAGE", format!("{:?} is no role", self.role), "See --help"))?;
        let unit = UnitCode::from(self.unit.as_str());
        app.hub.check_new_account(&self.name, role, &unit).await?;
        let password_hash = app.desk.passwords.hash(password()?, SystemEntropy.sixteen()).await?;
        let new = NewAccount { name: self.name.clone(), role, unit, password_hash };
        let account = app.hub.add_account(&By::command_line(), new, app.clock.now()).await?;
        // Whoever adds people here needs no link any more.
        app.hub.storage().put_setup_link(None).await?;
        let text = format!("Added {} ({}, {}).", self.name, self.role, self.unit);
        Answer::new(text, &Shown::of(&account))
    }

    #[cfg(test)]
    pub(super) async fn run_with<S: Storage, G: Gate>(
        [name, role, unit, password]: [&str; 4],
        app: &App<S, G>,
    ) -> Result<Answer, Failure> {
        let [name, role, unit] = [name, role, unit].map(str::to_owned);
        let add = Self { name, role, unit, password_stdin: true };
        add.run(app, || Ok(password.to_owned())).await
    }
}

async fn list<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Answer, Failure> {
    let accounts = app.hub.storage().accounts().await?;
    let shown: Vec<_> = accounts.iter().map(Shown::of).collect();
    let row = |account: &Shown<'_>| {
        let state = if account.disabled { "closed" } else { "" };
        [account.name, account.role.as_str(), account.unit.as_str(), state].map(str::to_owned).into()
    };
    let rows: Vec<_> = shown.iter().map(row).collect();
    Answer::new(table(&["name", "role", "unit", "state"], &rows), &shown)
}

async fn set_password<S: Storage, G: Gate>(
    app: &App<S, G>,
    name: &str,
    password: impl FnOnce() -> Result<String, Failure>,
) -> Result<Answer, Failure> {
    account(app, name).await?;
    let password_hash = Some(app.desk.passwords.hash(password()?, SystemEntropy.sixteen()).await?);
    let change = AccountChange { password_hash, ..AccountChange::default() };
    let changed = app.hub.change_account(&By::command_line(), name, &change, app.clock.now()).await?;
    let signed_out = changed.signed_out.len();
    let words = format!(
        "{name} has a new password. {signed_out} devices must sign in again; their unsent work is safe."
    );
    Answer::new(words, &json!({"name": name, "signed_out": signed_out}))
}

async fn disable<S: Storage, G: Gate>(app: &App<S, G>, name: &str) -> Result<Answer, Failure> {
    let change = AccountChange { disabled: Some(true), ..AccountChange::default() };
    let changed = app.hub.change_account(&By::command_line(), name, &change, app.clock.now()).await?;
    let shown = Shown::of(&changed.account);
    Answer::new(format!("{name} is closed. Books and figures stay as they are."), &shown)
}

/// An account there is: asked before somebody thinks of a password for it.
async fn account<S: Storage, G: Gate>(app: &App<S, G>, name: &str) -> Result<Account, Failure> {
    let unknown = || AccountRefused::Unknown(name.to_owned()).into();
    app.hub.storage().account(name).await?.ok_or_else(unknown)
}

impl From<AccountRefused> for Failure {
    fn from(refused: AccountRefused) -> Self {
        match refused {
            AccountRefused::Hub(error) => error.into(),
            told => Self::no(told.code(), &told, told.to_do()),
        }
    }
}

/// The first line, or as much of it as shows that it is too long.
fn read_line(input: impl BufRead) -> Result<String, Failure> {
    let mut line = Vec::new();
    let most = SIGN_IN_TEXT_BYTES as u64 + 3;
    input.take(most).read_until(b'\n', &mut line).map_err(|why| Failure::of_system(&why))?;
    if line.len() as u64 == most {
        return Err(PasswordError::TooLong.into());
    }
    let line = String::from_utf8(line)
        .map_err(|_| Failure::no("USER-PASSWORD", "the password is not UTF-8", "Type it in UTF-8"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The password: the first line of standard input, or asked for twice.
fn read_password(stdin: bool) -> Result<String, Failure> {
    if stdin {
        return read_line(std::io::stdin().lock());
    }
    let ask = |prompt| {
        rpassword::prompt_password(prompt).map_err(|why| {
            let what = format!("the password cannot be asked for here ({why})");
            Failure::misused("USER-PASSWORD", what, "Use --password-stdin")
        })
    };
    let (first, second) = (ask("Password: ")?, ask("The same again: ")?);
    let differ = || Failure::no("USER-PASSWORD", "the two passwords differ", "Type the same one twice");
    (first == second).then_some(first).ok_or_else(differ)
}
