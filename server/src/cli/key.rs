//! `fieldbook key`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Cli;
use super::error::{Exit, Failure};
use super::output::{Answer, spinner};
use crate::app::{App, DataFolder, MasterPlace, Missing, SystemEntropy};
use crate::audit::{AuditAction, By};
use crate::hub::Gate;
use crate::storage::SealedEngine;
use crate::storage::sealed::Rotated;
use crate::storage::sealing::MasterId;

/// Master keys. Every document is sealed with a key of its own, and those are wrapped by a master key that is
/// not in the database: in secrets/master.key of the data folder, or in FIELDBOOK_MASTER_KEY.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:
  fieldbook key rotate")]
pub(super) enum Key {
    /// Show the names of the master keys: which is in use, which are at hand.
    Show,
    /// Add a new master key to those at hand, without using it yet. With several hubs, bring the file to all of
    /// them next, then rotate.
    New,
    /// Use the newest master key from now on, and wrap the keys of all documents with it. Where none is newer
    /// than the one in use, one is made. Hubs go on serving.
    Rotate(Rotate),
}

/// Rotating.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook key rotate --forget")]
pub(super) struct Rotate {
    /// Take the older master keys out of the file afterwards. Backups made before cannot be read any more.
    #[arg(long)]
    forget: bool,
}

impl Key {
    pub(super) async fn run(&self, cli: &Cli) -> Result<Answer, Failure> {
        let folder = DataFolder::open(&cli.data, Missing::Refuse)?;
        match self {
            Self::Show => show(&folder, &cli.open(Missing::Refuse).await?).await,
            Self::New => {
                let new = folder.add_master_key(&mut SystemEntropy)?;
                let text = format!(
                    "Added master key {new} to secrets/master.key. It is not in use yet: bring the file to every hub \
                     of this database, keep a copy elsewhere, then run `fieldbook key rotate`."
                );
                Answer::new(text, &json!({ "added": new.to_string() }))
            }
            Self::Rotate(rotate) => rotate.run(&folder, &cli.open(Missing::Refuse).await?).await,
        }
    }
}

async fn show<G: Gate>(folder: &DataFolder, app: &App<SealedEngine, G>) -> Result<Answer, Failure> {
    let (wrapping, current) = app.hub.storage().in_use().await?;
    let at_hand: Vec<_> = folder.master_keys()?.ids().collect();
    let place = match folder.master_place()? {
        MasterPlace::Environment => "FIELDBOOK_MASTER_KEY",
        MasterPlace::File => "secrets/master.key",
    };
    let mut text = format!("Master keys in {place}, oldest first:");
    for key in &at_hand {
        let use_of = match (*key == current, wrapping.contains(key)) {
            (true, _) => "in use",
            (false, true) => "documents are still under it: run `fieldbook key rotate`",
            (false, false) => "for older backups, or new",
        };
        text.push_str(&format!("\n  {key}  {use_of}"));
    }
    let names = |keys: &[MasterId]| keys.iter().map(MasterId::to_string).collect::<Vec<_>>();
    let json = json!({
        "in_use": current.to_string(),
        "at_hand": names(&at_hand),
        "wrapping": names(&wrapping),
    });
    Answer::new(text, &json)
}

impl Rotate {
    async fn run<G: Gate>(&self, folder: &DataFolder, app: &App<SealedEngine, G>) -> Result<Answer, Failure> {
        let storage = app.hub.storage();
        let (_, before) = storage.in_use().await?;
        if folder.master_keys()?.ids().last() == Some(before) {
            folder.add_master_key(&mut SystemEntropy)?;
        }
        let progress = spinner();
        let done = storage.rotate(&|keys| progress.set_message(format!("{keys} documents"))).await;
        progress.finish_and_clear();
        let Rotated { master, rewrapped, damaged } = done?;
        let note = By::command_line().did(AuditAction::KeyRotate, master.to_string(), app.clock.now());
        app.hub.note(note.with(format!("{rewrapped} keys wrapped anew"))).await?;
        let mut text =
            format!("Master key {master} is in use. The keys of {rewrapped} documents were wrapped anew.");
        let mut forgotten = 0;
        let (wrapping, _) = storage.in_use().await?;
        let left = wrapping.iter().any(|key| *key != master);
        if self.forget && !left {
            forgotten = folder.forget_master_keys_but(master)?;
            text.push_str(&format!(
                " {forgotten} older master keys are forgotten: backups made before cannot be read any more. Make a new one."
            ));
        } else if !self.forget {
            text.push_str(" The older master keys stay at hand for backups made before. Keep a copy of the keys elsewhere.");
        }
        let json = json!({
            "in_use": master.to_string(),
            "rewrapped": rewrapped,
            "damaged": damaged,
            "forgotten": forgotten,
        });
        let answer = Answer::new(text, &json)?;
        if !left {
            return Ok(answer);
        }
        let many = damaged.len();
        Ok(answer.but(Failure::told(
            Exit::No,
            "KEYS-LEFT",
            format!("The keys of {many} documents are damaged, or others were still coming in: they are under an older master key"),
            "No key was lost; the older master keys stay at hand",
            "Run it again; if it stays so, run `fieldbook verify`",
        )))
    }
}
