//! What the hub and the devices hold, read from their folders, and what must be true of it.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use client_sdk::Client;
use client_sdk::seal::Sealed;
use client_sdk::store::SqliteStore;
use client_sdk::transport::NativeTransport;
use document_model::{BookId, Document, Moment};
use jiff::tz::TimeZone;
use serde_json::Value;
use server::app::{App, Missing, SystemEntropy};
use server::storage::{DocumentStorage, Entries, FeedBody};

use super::blow::Watch;
use super::script::{Device, Edit, Records, edits, half_done, recount};
use super::stand::{REP, Stand, said};
use super::wait::alone;
use crate::black_box::PASSPHRASE;

/// What the hub has stored in the rep's book, whoever serves it or nobody. Its feed must hold each
/// change once.
pub(crate) fn on_hub(stand: &Stand) -> Result<Records> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let app = App::open(&stand.hub(), None, Missing::Refuse).await?;
        let (storage, book) = (app.hub.storage(), BookId::of_rep(&REP.into()));
        let mut records = Records::new();
        for stored in storage.documents_of(book, None, usize::MAX).await? {
            let document = Document::load(stored.kind, &stored.saved)?;
            records.insert(stored.id, (stored.kind, document.fields()));
        }
        let mut seen = BTreeSet::new();
        for row in storage.feed(book, Entries::All, (0, u64::MAX), usize::MAX, usize::MAX).await? {
            if let FeedBody::Change { hash, .. } = row.body {
                ensure!(seen.insert((row.document, hash)), "the feed holds change {hash} twice");
            }
        }
        Ok(records)
    })
}

/// What a device has stored; no program may be using its home.
pub(crate) fn on_device(stand: &Stand, device: Device) -> Result<Records> {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let file = SqliteStore::open(&stand.home(device)).await?;
        let store = Sealed::open(file.clone(), PASSPHRASE, Box::new(SystemEntropy)).await?;
        let zone = TimeZone::get("Asia/Seoul")?;
        let client = Client::open(store, NativeTransport::new()?, zone, Box::new(SystemEntropy)).await?;
        let mut records = Records::new();
        for (id, entry) in client.engine()?.index().iter().filter(|(_, entry)| entry.kind.written_by_reps()) {
            let view = client.show(*id, Moment(0)).await?;
            ensure!(view.clashes.is_empty(), "{id} has a clash: {:?}", view.clashes);
            records.insert(*id, (entry.kind, view.fields));
        }
        file.close().await?;
        Ok(records)
    })
}

/// These edits are there once, no edit is there twice, and none by half.
pub(crate) fn hold<'a>(records: &Records, due: impl IntoIterator<Item = &'a Edit>, of: &str) -> Result<()> {
    for edit in due {
        ensure!(edit.times(records) > 0, "{edit:?}, {of}, is lost");
    }
    for (_, edit) in edits() {
        let times = edit.times(records);
        ensure!(times <= 1, "{edit:?} is there {times} times");
    }
    half_done(records).map_or(Ok(()), |half| bail!("half of an edit: {half}"))
}

/// After everything: hub and devices hold every edit of the script once and the same, the figures are
/// those of the script, and `verify` finds nothing.
pub(crate) fn judge(stand: &Stand) -> Result<()> {
    let hub = on_hub(stand)?;
    let all: Vec<_> = edits().map(|(_, edit)| edit).collect();
    hold(&hub, &all, "in the end")?;
    for device in [Device::First, Device::Second] {
        let held = on_device(stand, device)?;
        ensure!(held == hub, "{device:?} holds {held:?}, the hub {hub:?}");
    }
    let days = ["figures", "--from", "yesterday", "--to", "today"];
    let mut of_hub = stand.fieldbook();
    of_hub.arg("--json").args(days).args(["--level", "nation"]);
    figures_are_right(&said(&mut of_hub, "")?).context("the hub's figures")?;
    let mut of_rep = stand.rep(Device::First, &Watch::Leave);
    figures_are_right(&said(of_rep.args(days), "")?).context("the rep's figures")?;
    said(stand.fieldbook().arg("verify"), "").map(drop)
}

fn figures_are_right(told: &str) -> Result<()> {
    let total = &serde_json::from_str::<Value>(told)?["total"];
    let sums = ["sold", "withdrawn", "premium_gross_won", "premium_net_won"].map(|sum| total[sum].as_i64());
    ensure!(sums == recount().map(Some), "{sums:?} instead of {:?}", recount());
    Ok(())
}
