//! The command line as it is typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use document_model::schema::PAYMENT_MODES;
use document_model::{Date, add_days, parse_date};

/// Customers and policies of a sales rep, with or without a network.
///
/// Everything is kept on this device, sealed with a passphrase, and goes to the hub with `sync`.
/// Scripts give the passphrase in FIELDBOOK_PASSPHRASE. Exit codes: 0 done, 1 the answer is no,
/// 2 usage, 3 cannot reach the hub, 4 sign in needed.
#[derive(Debug, Parser)]
#[command(
    name = "fieldbook-rep",
    version,
    after_help = "Example:
  fieldbook-rep login --server https://hub.example.com --user kim
  fieldbook-rep customer add --name 김철수 phone=010-1234-5678"
)]
pub(crate) struct Cli {
    /// Folder of this device's records [default: the system's folder for data].
    #[arg(long, global = true, env = "FIELDBOOK_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Answer in JSON; errors come as {"error":{"code","message"}} on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in; this folder becomes a device of yours.
    #[command(after_help = "Example:
  fieldbook-rep login --server https://hub.example.com --user kim
  fieldbook-rep login --server https://hub.example.com --code 12345678")]
    Login(Login),
    /// Sign out. Records and unsent edits stay here.
    #[command(after_help = "Example:
  fieldbook-rep logout")]
    Logout {
        /// Sign out although edits have not been sent; they stay here and go out after the next sign-in.
        #[arg(long)]
        keep_unsent: bool,
    },
    /// Send what is unsent and receive what is new.
    ///
    /// With --json: edits `sent`, `received` and `refused` (now in the tray); what is left: `unsent`,
    /// `tray`, `clashes`; `renewed`, how often this folder turned out to be a copy that another one had
    /// overtaken and went on as a device of its own, with `stale` and `forked`, how often the hub said
    /// so; `given_back`, edits the hub had acknowledged and lost with an older copy put in its place;
    /// `repaired` documents; days said to be complete that are on record now, `days_noted`, or were not taken,
    /// `days_refused`; `exchanges`, `bytes_up`, `bytes_down`.
    #[command(after_help = "Example:
  fieldbook-rep sync")]
    Sync,
    /// What this device holds and what waits.
    #[command(after_help = "Example:
  fieldbook-rep status --json")]
    Status,
    /// Fields that were edited to different values at the same time.
    #[command(after_help = "Example:
  fieldbook-rep clashes")]
    Clashes,
    /// Settle a clash: give the field the value that holds.
    #[command(after_help = "Example:
  fieldbook-rep resolve 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b phone 010-2222-0000")]
    Resolve {
        /// The customer or policy.
        id: String,
        /// The field, as `clashes` names it.
        field: String,
        /// One of the clash's values, or another one; an empty text clears the field.
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
    /// Your own figures, from the records of this device.
    #[command(after_help = "Example:
  fieldbook-rep figures --from 2026-11-01 --to today")]
    Figures {
        /// First day: YYYY-MM-DD, `today` or `yesterday`.
        #[arg(long, default_value = "today", value_name = "DAY")]
        from: Day,
        /// Last day.
        #[arg(long, default_value = "today", value_name = "DAY")]
        to: Day,
    },
    /// Your day.
    #[command(
        subcommand,
        after_help = "Example:
  fieldbook-rep day close"
    )]
    Day(DayCommand),
    /// Edits that could not be sent as they are and need you.
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Example:
  fieldbook-rep tray
  fieldbook-rep tray apply 3f2a9c4be1d05a7788c1f0e2d3b4a596"
    )]
    Tray {
        /// What to do with it.
        #[command(subcommand)]
        command: Option<TrayCommand>,
    },
    /// Customers.
    #[command(
        subcommand,
        after_help = "Example:
  fieldbook-rep customer list"
    )]
    Customer(CustomerCommand),
    /// Policies.
    #[command(
        subcommand,
        after_help = "Example:
  fieldbook-rep policy list"
    )]
    Policy(PolicyCommand),
}

/// Signing in.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The hub's address.
    #[arg(long, value_name = "URL", value_parser = server_address)]
    pub(crate) server: String,
    /// Your account.
    #[arg(long, value_name = "NAME", required_unless_present = "code")]
    pub(crate) user: Option<String>,
    /// The eight digits that an administrator gave you, in place of name and password. They hold once.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["user", "password_stdin"])]
    pub(crate) code: Option<String>,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// What this device is called in the list of your devices.
    #[arg(long, value_name = "NAME", default_value = concat!("fieldbook-rep ", env!("CARGO_PKG_VERSION")))]
    pub(crate) device: String,
}

/// A day.
#[derive(Debug, Subcommand)]
pub(crate) enum DayCommand {
    /// Say that you have recorded all you did that day, nothing at all included.
    ///
    /// It goes to headquarters with the next `sync`, after all your edits. You can still record more.
    #[command(after_help = "Example:
  fieldbook-rep day close
  fieldbook-rep day close --date yesterday")]
    Close {
        /// The day: YYYY-MM-DD, `today` or `yesterday`.
        #[arg(long, default_value = "today", value_name = "DAY")]
        date: Day,
    },
}

/// The tray.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum TrayCommand {
    /// List what waits in the tray.
    #[command(after_help = "Example:
  fieldbook-rep tray list")]
    List,
    /// Do the edits of an item again on the record as it is now.
    #[command(after_help = "Example:
  fieldbook-rep tray apply 3f2a9c4be1d05a7788c1f0e2d3b4a596")]
    Apply {
        /// The item.
        id: String,
    },
    /// Give the edits of an item up. They are printed once more.
    #[command(after_help = "Example:
  fieldbook-rep tray drop 3f2a9c4be1d05a7788c1f0e2d3b4a596")]
    Drop {
        /// The item.
        id: String,
    },
}

/// Customers.
#[derive(Debug, Subcommand)]
pub(crate) enum CustomerCommand {
    /// Add a customer.
    #[command(after_help = "Example:
  fieldbook-rep customer add --name 김철수 phone=010-1234-5678 address.city=Seoul")]
    Add {
        /// The customer's name.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// More fields.
        #[arg(value_name = "FIELD=VALUE")]
        fields: Vec<String>,
    },
    /// Change fields. An empty value clears; FIELD+=VALUE adds a further phone, email, tag...
    #[command(after_help = "Example:
  fieldbook-rep customer set 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b phone=010-2222-0000 phone+=02-555-0100")]
    Set {
        /// The customer.
        id: String,
        /// The fields.
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
    /// Add a line to the notes.
    #[command(after_help = "Example:
  fieldbook-rep customer note 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b \"prefers to be called after six\"")]
    Note {
        /// The customer.
        id: String,
        /// The line.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Log a visit: one more in the count, a line in the contact log.
    #[command(after_help = "Example:
  fieldbook-rep customer visit 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b --outcome \"asked for a quote\"")]
    Visit {
        /// The customer.
        id: String,
        /// What came of it.
        #[arg(long, value_name = "TEXT")]
        outcome: Option<String>,
    },
    /// Show a customer with clashes and problems.
    #[command(after_help = "Example:
  fieldbook-rep customer show 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b")]
    Show {
        /// The customer.
        id: String,
    },
    /// List your customers.
    #[command(after_help = "Example:
  fieldbook-rep customer list")]
    List,
    /// Find customers by name, initial consonants, phone, mail or address.
    #[command(after_help = "Example:
  fieldbook-rep customer search ㄱㅊㅅ")]
    Search {
        /// What to look for.
        #[arg(required = true)]
        text: Vec<String>,
    },
}

/// Policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Record a policy sold.
    #[command(after_help = "Example:
  fieldbook-rep policy add --customer 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b --product WL01 --premium 50,000")]
    Add(NewPolicy),
    /// Change fields. An empty value clears.
    #[command(after_help = "Example:
  fieldbook-rep policy set 019a3d6e1f227c31a0b1c2d3e4f50617 premium=60000 mode=annual")]
    Set {
        /// The policy.
        id: String,
        /// The fields.
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
    /// The customer withdrew. Undo with `policy set ID withdrawn_on=`.
    #[command(after_help = "Example:
  fieldbook-rep policy withdraw 019a3d6e1f227c31a0b1c2d3e4f50617 --date yesterday")]
    Withdraw {
        /// The policy.
        id: String,
        /// The day: YYYY-MM-DD, `today` or `yesterday` [default: today].
        #[arg(long, value_name = "DAY")]
        date: Option<Day>,
    },
    /// Show a policy with clashes and problems.
    #[command(after_help = "Example:
  fieldbook-rep policy show 019a3d6e1f227c31a0b1c2d3e4f50617")]
    Show {
        /// The policy.
        id: String,
    },
    /// List your policies.
    #[command(after_help = "Example:
  fieldbook-rep policy list --customer 019a3d6e0c5b7f0e9d2a4b6c8e0f1a2b")]
    List {
        /// Those of one customer.
        #[arg(long, value_name = "ID")]
        customer: Option<String>,
    },
}

/// A policy sold.
#[derive(Debug, Args)]
pub(crate) struct NewPolicy {
    /// Whose it is.
    #[arg(long, value_name = "ID")]
    pub(crate) customer: String,
    /// The product's code.
    #[arg(long, value_name = "CODE")]
    pub(crate) product: String,
    /// The premium of one payment, in won.
    #[arg(long, value_name = "WON", allow_negative_numbers = true)]
    pub(crate) premium: String,
    /// How often it is paid.
    #[arg(long, default_value = PAYMENT_MODES[0], value_parser = PossibleValuesParser::new(PAYMENT_MODES))]
    pub(crate) mode: String,
    /// The day of the sale: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, default_value = "today", value_name = "DAY")]
    pub(crate) date: Day,
}

/// A day as people type it. Which date it is depends on the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// Today.
    Today,
    /// The day before.
    Yesterday,
    /// A date.
    On(Date),
}

impl Day {
    /// The date it is.
    pub(crate) fn date(self, today: Date) -> Date {
        match self {
            Self::Today => today,
            Self::Yesterday => add_days(today, -1),
            Self::On(date) => date,
        }
    }
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "today" => Ok(Self::Today),
            "yesterday" => Ok(Self::Yesterday),
            _ => parse_date(text).map(Self::On).ok_or("a day is YYYY-MM-DD, `today` or `yesterday`"),
        }
    }
}

/// The hub's address without the slash at its end.
fn server_address(text: &str) -> Result<String, &'static str> {
    let address = text.trim_end_matches('/');
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(address.to_owned()),
        _ => Err("the address begins with https:// (or http:// on one's own machine)"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("fieldbook-rep").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_help_shows_an_example() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Example:\n  fieldbook-rep "), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    /// Examples that do not work are worse than none.
    #[test]
    fn every_example_can_be_parsed() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines().filter_map(|line| line.trim().strip_prefix("fieldbook-rep ")) {
                let words = line.split('"').enumerate().flat_map(|(at, part)| match at % 2 {
                    0 => part.split_whitespace().collect(),
                    _ => vec![part],
                });
                let parsed = Cli::try_parse_from(std::iter::once("fieldbook-rep").chain(words));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn json_and_home_stand_before_or_after_the_subcommand() {
        for line in [
            "--json --home d customer list",
            "customer --home d list --json",
            "customer list --json --home d",
            "customer search 김 철수 --json --home d",
            "resolve 1 phone 010 --json --home d",
            "tray --json --home d",
            "tray list --json --home d",
        ] {
            let cli = parse(line).unwrap();
            assert!(cli.json && cli.home == Some("d".into()), "{line}");
        }
    }

    #[test]
    fn days_are_words_or_dates() {
        let today = parse_date("2026-03-01").unwrap();
        let date = |text: &str| Day::from_str(text).map(|day| day.date(today).to_string());
        assert_eq!(date("today").unwrap(), "2026-03-01");
        assert_eq!(date("yesterday").unwrap(), "2026-02-28");
        assert_eq!(date("2025-12-31").unwrap(), "2025-12-31");
        assert!(date("31.12.2025").is_err());
    }

    #[test]
    fn what_is_left_out_has_the_documented_default() {
        let Command::Policy(PolicyCommand::Add(policy)) =
            parse("policy add --customer 1 --product WL01 --premium -5").unwrap().command
        else {
            panic!("another command")
        };
        assert_eq!(
            (policy.mode.as_str(), policy.date, policy.premium.as_str()),
            ("monthly", Day::Today, "-5")
        );
        assert!(matches!(
            parse("figures").unwrap().command,
            Command::Figures { from: Day::Today, to: Day::Today }
        ));
        assert!(matches!(parse("tray").unwrap().command, Command::Tray { command: None }));
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for line in [
            "",
            "customer",
            "customer add",
            "customer set 1",
            "customer note 1",
            "policy add --customer 1 --product WL01",
            "policy add --customer 1 --product WL01 --premium 5 --mode weekly",
            "policy add --customer 1 --product WL01 --premium 5 --date 2026-02-30",
            "figures --from soon",
            "login --server hub.example.com --user kim",
            "login --server https:// --user kim",
            "login --server https://hub.example.com",
            "login --server https://hub.example.com --user kim --code 12345678",
            "resolve 1 phone",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn the_address_loses_its_last_slash() {
        assert_eq!(server_address("https://hub.example.com/").unwrap(), "https://hub.example.com");
    }
}
