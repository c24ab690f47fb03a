//! What one device waits for: nothing new, its first download, an evening's edits.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use document_model::{DocumentId, Kind};
use server::storage::DocumentStorage;

use super::stand::{BOOK, Bare, Stand, customers, sealed};
use super::{RUNS, Row, Target, compressed, median, ms_since};

/// Exchanges of one run where there is nothing new; their mean counts.
const ASKED: usize = 20;
/// Edits sent in the evening, and those of the same documents made on another device.
const EDITED: usize = 200;
const EDITED_ELSEWHERE: usize = 50;

/// A device that has everything asks again.
pub(super) async fn nothing_new(stand: &Stand) -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    let (mut device, _) = stand.sign_in(0, sealed(home.path()).await?).await?;
    stand.sync(&mut device).await?;
    stand.sync(&mut device).await?;
    let mut bare = Bare::connect(&stand.server).await?;
    bare.ask().await?;
    let (mut ms, mut floor, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let since = Instant::now();
        for _ in 0..ASKED {
            bare.ask().await?;
        }
        floor.push(ms_since(since) / ASKED as f64);
        let (since, mut moved) = (Instant::now(), 0);
        for _ in 0..ASKED {
            let report = stand.sync(&mut device).await?;
            ensure!(report.exchanges == 1, "nothing new took {} exchanges", report.exchanges);
            moved += report.bytes_up + report.bytes_down;
        }
        ms.push(ms_since(since) / ASKED as f64);
        bytes.push(moved as f64 / ASKED as f64);
    }
    let name = "nothing new";
    Ok(vec![
        Row { name, unit: "bytes", ours: median(bytes)?, floor: None, target: Target::AtMost(300.0) },
        Row { name, unit: "ms", ours: median(ms)?, floor: Some(median(floor)?), target: Target::AtMost(1.0) },
    ])
}

/// A device that has nothing downloads the book into a sealed store on disk.
pub(super) async fn new_device(stand: &Stand) -> Result<Vec<Row>> {
    let ids: Vec<DocumentId> = customers(0).collect();
    let (mut ms, mut bytes) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let home = tempfile::tempdir()?;
        let (mut device, _) = stand.sign_in(0, sealed(home.path()).await?).await?;
        let since = Instant::now();
        let report = stand.sync(&mut device).await?;
        ms.push(ms_since(since));
        bytes.push((report.bytes_up + report.bytes_down) as f64);
        let index = device.engine()?.index();
        ensure!(ids.iter().all(|id| index.contains_key(id)), "the book of {BOOK} is not all there");
    }
    let mut saved = Vec::new();
    for stored in stand.app.hub.storage().documents(&ids).await? {
        saved.extend(stored.context("a customer is missing")?.saved);
    }
    let (name, floor) = ("new device", compressed(&saved)?);
    Ok(vec![
        Row { name, unit: "ms", ours: median(ms)?, floor: None, target: Target::AtMost(100.0) },
        Row {
            name,
            unit: "bytes",
            ours: median(bytes)?,
            floor: Some(floor),
            target: Target::FloorsAtMost(1.2),
        },
    ])
}

/// A day's edits go out while others of the same documents come in.
pub(super) async fn evening(stand: &Stand) -> Result<Vec<Row>> {
    let homes = [tempfile::tempdir()?, tempfile::tempdir()?];
    let (mut device, sent) = stand.sign_in(0, sealed(homes[0].path()).await?).await?;
    let (mut other, other_sent) = stand.sign_in(0, sealed(homes[1].path()).await?).await?;
    stand.sync(&mut device).await?;
    let (mut ms, mut exchanges, mut bytes, mut floors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        stand.sync(&mut other).await?;
        for (number, customer) in customers(0).take(EDITED).enumerate() {
            let detail = format!("address.detail={}-{}", 101 + run, 1_000 + number * 37 % 900);
            stand.set(&mut device, (Kind::Customer, customer), &detail).await?;
            if number < EDITED_ELSEWHERE {
                let job = format!("occupation=teacher in year {}", run * EDITED + number);
                stand.set(&mut other, (Kind::Customer, customer), &job).await?;
            }
        }
        sent.take();
        other_sent.take();
        stand.sync(&mut other).await?;
        let since = Instant::now();
        let report = stand.sync(&mut device).await?;
        ms.push(ms_since(since));
        exchanges.push(report.exchanges as f64);
        bytes.push((report.bytes_up + report.bytes_down) as f64);
        let ((mut raw, up), (elsewhere, down)) = (sent.take_changes()?, other_sent.take_changes()?);
        ensure!((up, down) == (EDITED, EDITED_ELSEWHERE), "{up} edits went up, {down} elsewhere");
        ensure!(device.engine()?.unsent() == 0, "edits are left over");
        raw.extend(elsewhere);
        floors.push(compressed(&raw)?);
    }
    let name = "evening";
    let (exchanges, ms, bytes, floor) = (median(exchanges)?, median(ms)?, median(bytes)?, median(floors)?);
    Ok(vec![
        Row { name, unit: "exchanges", ours: exchanges, floor: None, target: Target::AtMost(1.0) },
        Row { name, unit: "ms", ours: ms, floor: None, target: Target::AtMost(60.0) },
        Row { name, unit: "bytes", ours: bytes, floor: Some(floor), target: Target::FloorsAtMost(1.3) },
    ])
}
