//! `fieldbook invite`.

use std::path::PathBuf;

use clap::Args;
use document_model::{Moment, UnitCode, format_moment};
use serde::Serialize;

use super::error::Failure;
use super::output::{Answer, table};
use super::sheet::{Sheets, write_private};
use crate::app::{App, SystemEntropy};
use crate::audit::By;
use crate::export::harmless;
use crate::hub::{Gate, INVITATION_DAYS, Invited, InvitedTogether};
use crate::storage::Storage;

/// The mark by which spreadsheet programs know UTF-8.
const BOM: &str = "\u{feff}";

/// Codes that sign reps' devices in without a password, once each. A new code takes the place of the one before.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook invite --user kim
  fieldbook invite --branch B1 --qr invitations.html --address https://hub.example.com")]
pub(super) struct Invite {
    /// The rep's account.
    #[arg(long, value_name = "NAME", required_unless_present = "branch", conflicts_with = "branch")]
    user: Option<String>,
    /// A branch: all its reps of today who have no device yet.
    #[arg(long, value_name = "CODE")]
    branch: Option<String>,
    /// Days the codes hold.
    #[arg(long, value_name = "N", default_value_t = INVITATION_DAYS)]
    days: u32,
    /// Write the codes into a CSV file that is for you alone to read.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write what to hand out: FILE.html, a page for each rep to print, or a folder, an SVG image of each QR code.
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
    /// Where devices reach the hub; QR codes hold it.
    #[arg(long, value_name = "URL", requires = "qr")]
    address: Option<String>,
}

/// An invitation as it is shown.
#[derive(Serialize)]
struct Shown<'a> {
    user: &'a str,
    unit: &'a UnitCode,
    name: &'a str,
    code: &'a str,
    ends_ms: i64,
}

impl<'a> Shown<'a> {
    fn of(invited: &'a Invited) -> Self {
        let Invited { user, unit, name, code, ends_ms } = invited;
        Self { user, unit, name, code, ends_ms: *ends_ms }
    }
}

impl Invite {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let sheets = self.qr.as_ref().map(|to| Sheets::new(to, self.address.as_deref())).transpose()?;
        let now = app.clock.now();
        let (hub, by, keys, days) = (&app.hub, By::command_line(), &app.desk.keys, self.days);
        let InvitedTogether { invited, with_device } = match (&self.user, &self.branch) {
            (Some(user), _) => {
                let one = hub.invite(&by, keys, user, days, now, &mut SystemEntropy).await?;
                InvitedTogether { invited: vec![one], with_device: 0 }
            }
            (None, branch) => {
                let branch = UnitCode::from(branch.as_deref().unwrap_or_default());
                hub.invite_branch(&by, keys, &branch, days, now, &mut SystemEntropy).await?
            }
        };
        let mut files = Vec::new();
        if let Some(file) = &self.csv {
            write_private(file, csv_of(&invited)?.as_bytes())?;
            files.push(file.display().to_string());
        }
        if let Some(sheets) = sheets {
            let language = app.layers.text("language", &app.hub.storage().settings().await?.values);
            files.push(sheets.write(&invited, language.as_deref())?);
        }
        let shown: Vec<_> = invited.iter().map(Shown::of).collect();
        Answer::new(in_words(&invited, with_device, &files), &shown)
    }
}

/// What was made, and where it lies. Codes that are in a file are not shown besides.
fn in_words(invited: &[Invited], with_device: usize, files: &[String]) -> String {
    let mut words = if files.is_empty() && !invited.is_empty() {
        let row = |one: &Invited| {
            let until = format_moment(Moment(one.ends_ms));
            vec![one.user.clone(), one.unit.0.clone(), one.code_in_words(), until]
        };
        let rows: Vec<_> = invited.iter().map(row).collect();
        table(&["name", "unit", "code", "holds until"], &rows) + "\n"
    } else {
        String::new()
    };
    words.push_str(&format!("Invited: {}.", invited.len()));
    if with_device > 0 {
        words.push_str(&format!(
            " Passed over, because they have a device: {with_device} (invite them by --user)."
        ));
    }
    for file in files {
        words.push_str(&format!("\n{file} holds the codes: whoever reads it can sign in as these reps."));
    }
    words
}

fn csv_of(invited: &[Invited]) -> Result<String, Failure> {
    let failed = |why: csv::Error| Failure::of_system(&why);
    let mut lines = csv::Writer::from_writer(BOM.as_bytes().to_vec());
    lines.write_record(["user", "unit", "name", "code", "holds_until"]).map_err(failed)?;
    for one in invited {
        let until = format_moment(Moment(one.ends_ms));
        let code = one.code_in_words();
        let texts = [&one.user, &one.unit.0, &one.name, &code, &until].map(|text| harmless(text));
        lines.write_record(texts.iter().map(|text| text.as_bytes())).map_err(failed)?;
    }
    let bytes = lines.into_inner().map_err(|why| Failure::of_system(why.error()))?;
    Ok(String::from_utf8(bytes).expect("text was written"))
}
