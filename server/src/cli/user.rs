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
use crate::auth::{Account, PasswordError, Role, is_account_name};
use crate::hub::Gate;
use crate::organisation::Level;
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
        check_name(&self.name)?;
        let role = Role::of_str(&self.role)
            .ok_or_else(|| Failure::misused("USAGE", format!("{:?} is no role", self.role), "See --help"))?;
        let unit = UnitCode::from(self.unit.as_str());
        check_unit(app, role, &unit).await?;
        let password_hash = app.desk.passwords.hash(password()?, SystemEntropy.sixteen()).await?;
        let account = Account { name: self.name.clone(), role, unit, password_hash, disabled: false };
        let answer = Answer::new(
            format!("Added {} ({}, {}).", self.name, self.role, self.unit),
            &Shown::of(&account),
        )?;
        if app.hub.storage().add_account(account).await? {
            // Whoever adds people here needs no link any more.
            app.hub.storage().put_setup_link(None).await?;
            return Ok(answer);
        }
        Err(Failure::no(
            "USER-EXISTS",
            format!("there is an account {:?} already", self.name),
            "Choose another name; `fieldbook user list` shows those taken",
        ))
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

/// A name that can be typed and shown.
fn check_name(name: &str) -> Result<(), Failure> {
    let to_do = format!("Give 1 to {SIGN_IN_TEXT_BYTES} bytes without blanks around them");
    let fits = is_account_name(name);
    if fits { Ok(()) } else { Err(Failure::no("USER-NAME", format!("{name:?} is no name"), to_do)) }
}

/// A unit that exists and that somebody of this role works for.
async fn check_unit<S: Storage, G: Gate>(
    app: &App<S, G>,
    role: Role,
    unit: &UnitCode,
) -> Result<(), Failure> {
    let (roster, _) = app.hub.storage().roster().await?;
    let level = roster.level(unit).ok_or_else(|| {
        Failure::no(
            "USER-UNIT-UNKNOWN",
            format!("there is no unit {unit}"),
            "Give one of the organisation; `fieldbook import org` brings units",
        )
    })?;
    let fits = match role {
        Role::Rep => level == Level::Rep,
        Role::Manager => matches!(level, Level::Branch | Level::Region),
        Role::Hq | Role::Admin => level == Level::Nation,
    };
    let wanted = match role {
        Role::Rep => "the rep's own code",
        Role::Manager => "a branch or a region",
        Role::Hq | Role::Admin => "`nation`",
    };
    let (role, level) = (role.as_str(), level.as_str());
    let what = format!("{unit} is a {level}");
    let to_do = format!("Give {wanted}: that is the unit of a {role}");
    if fits { Ok(()) } else { Err(Failure::no("USER-UNIT", what, to_do)) }
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
    let account = account(app, name).await?;
    let password_hash = app.desk.passwords.hash(password()?, SystemEntropy.sixteen()).await?;
    let account = Account { password_hash, ..account };
    app.hub.storage().update_account(account).await?;
    let signed_out = sign_out_everywhere(app, name).await?;
    let words = format!(
        "{name} has a new password. {signed_out} devices must sign in again; their unsent work is safe."
    );
    Answer::new(words, &json!({"name": name, "signed_out": signed_out}))
}

async fn disable<S: Storage, G: Gate>(app: &App<S, G>, name: &str) -> Result<Answer, Failure> {
    let account = Account { disabled: true, ..account(app, name).await? };
    let shown = Shown::of(&account);
    let answer = Answer::new(format!("{name} is closed. Books and figures stay as they are."), &shown)?;
    app.hub.storage().update_account(account).await?;
    sign_out_everywhere(app, name).await?;
    Ok(answer)
}

async fn account<S: Storage, G: Gate>(app: &App<S, G>, name: &str) -> Result<Account, Failure> {
    let to_do = "`fieldbook user list` names them all";
    let unknown = || Failure::no("USER-UNKNOWN", format!("there is no account {name:?}"), to_do);
    app.hub.storage().account(name).await?.ok_or_else(unknown)
}

/// Ends every sign-in of an account and gives back how many devices that were.
async fn sign_out_everywhere<S: Storage, G: Gate>(app: &App<S, G>, name: &str) -> Result<usize, Failure> {
    let storage = app.hub.storage();
    let devices = storage.devices().await?.into_iter().filter(|device| device.user == name);
    let mut ended = 0;
    for device in devices {
        if storage.session(device.id).await?.is_some() {
            storage.end_session(device.id).await?;
            ended += 1;
        }
    }
    Ok(ended)
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
