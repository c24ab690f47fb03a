//! `fieldbook demo --once`: one day of work on several devices, offline, then everything is sent,
//! settled, folded and checked.

use std::path::PathBuf;
use std::time::Instant;

use client_sdk::SyncReport;
use futures::future::try_join_all;
use serde::Serialize;

use super::company::SumsByPlace;
use super::field::Device;
use super::figures::Answers;
use super::script::{Act, DEVICES, Day};
use super::stand::Stand;
use super::voice::{pad, thousands};
use super::{DemoError, Options, Part, REPS_AT_WORK, Voice};
use crate::app::listen;
use crate::hub::{FigureAnswerNamed, VerifyReport};

/// Columns of what a check is about.
const CHECK_COLUMNS: usize = 96;

/// What a demo did, and whether it holds.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// True when every check held.
    pub ok: bool,
    /// What the company and the day were drawn from.
    pub seed: u64,
    /// Each part with its time.
    pub parts: Vec<Part>,
    /// The devices' work in numbers.
    pub field: FieldNumbers,
    /// The clash and how it was settled.
    pub clash: ClashTold,
    /// Figures of the nation by product.
    pub nation: FigureAnswerNamed,
    /// Figures of the regions by product.
    pub regions: FigureAnswerNamed,
    /// What `verify` found.
    pub verify: VerifyReport,
    /// What was checked.
    pub checks: Vec<Check>,
    /// Where the data is, when it was kept.
    pub data: Option<PathBuf>,
    /// The whole demo's time.
    pub took_ms: u64,
}

/// The devices' work in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FieldNumbers {
    /// Reps at work.
    pub reps: usize,
    /// Their devices.
    pub devices: usize,
    /// Things done offline.
    pub acts: usize,
    /// Exchanges with the hub.
    pub exchanges: u64,
    /// Bytes sent.
    pub bytes_up: u64,
    /// Bytes received.
    pub bytes_down: u64,
}

impl FieldNumbers {
    fn add(&mut self, reports: impl IntoIterator<Item = SyncReport>) {
        for report in reports {
            self.exchanges += report.exchanges;
            self.bytes_up += report.bytes_up;
            self.bytes_down += report.bytes_down;
        }
    }
}

/// A clash and how it was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClashTold {
    /// Whose number.
    pub customer: String,
    /// The values each device showed, device by device.
    pub seen: Vec<Vec<String>>,
    /// The value the rep picked.
    pub picked: String,
}

/// Something that must be so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// Whether it is.
    pub held: bool,
}

/// Plays one day.
pub(super) async fn once(options: &Options, voice: &mut Voice) -> Result<Report, DemoError> {
    let began = Instant::now();
    let listener = listen(&[([127, 0, 0, 1], 0).into()])?;
    let stand = Stand::open(options, listener, voice).await?;
    let played = play(&stand, options, voice).await;
    let data = stand.close().await?;
    voice.rest();
    let mut report = played?;
    report.data = data;
    report.took_ms = began.elapsed().as_millis() as u64;
    say(&report, voice)?;
    Ok(report)
}

async fn play(stand: &Stand, options: &Options, voice: &mut Voice) -> Result<Report, DemoError> {
    let day = Day::write(options.seed, &stand.company, REPS_AT_WORK);
    let mut field = FieldNumbers { reps: day.shifts.len(), ..FieldNumbers::default() };
    let mut shifts = sign_in(stand, &day, &mut field, voice).await?;
    field.devices = shifts.iter().map(Vec::len).sum();
    field.acts = work(&day, &mut shifts, voice).await?;
    sync(&mut shifts, &mut field, voice).await?;
    let clash = settle(&day, &mut shifts, &mut field, voice).await?;

    let since = Instant::now();
    voice.busy("folding");
    stand.fold().await?;
    let answers = Answers::ask(stand, stand.first_day(), stand.today).await?;
    let rows = answers.0.iter().map(|answer| answer.rows.len()).sum::<usize>();
    voice.part("figures", since, format!("{} rows at 4 levels by product", thousands(rows as i64)))?;

    let since = Instant::now();
    voice.busy("verifying");
    let verify = stand.app.hub.verify(&|_| ()).await?;
    let what = format!(
        "{} changes replayed, {} documents rebuilt, {} cells compared",
        thousands(verify.entries as i64),
        thousands(verify.documents as i64),
        thousands(verify.cells as i64)
    );
    voice.part("verify", since, what)?;

    let checks = check(stand, &day, &shifts, &answers, &clash, &verify).await?;
    voice.line("")?;
    for line in answers.table() {
        voice.line(&line)?;
    }
    Ok(Report {
        ok: checks.iter().all(|check| check.held),
        seed: options.seed,
        parts: voice.parts().to_vec(),
        field,
        clash,
        nation: answers.nation().clone(),
        regions: answers.regions().clone(),
        verify,
        checks,
        data: None,
        took_ms: 0,
    })
}

/// Signs every rep at work in on every device.
async fn sign_in(
    stand: &Stand,
    day: &Day,
    field: &mut FieldNumbers,
    voice: &mut Voice,
) -> Result<Vec<Vec<Device>>, DemoError> {
    let since = Instant::now();
    voice.busy("signing in");
    let of_rep =
        |rep: usize| try_join_all((0..DEVICES).map(move |number| Device::sign_in(stand, rep, number)));
    let signed_in = try_join_all(day.shifts.iter().map(|shift| of_rep(shift.rep))).await?;
    let mut shifts = Vec::new();
    for devices in signed_in {
        let (devices, reports): (Vec<_>, Vec<_>) = devices.into_iter().unzip();
        field.add(reports);
        shifts.push(devices);
    }
    let what = format!("{} reps on {DEVICES} devices each, their books downloaded", shifts.len());
    voice.part("signing in", since, what)?;
    Ok(shifts)
}

/// Everybody works; nothing is sent.
async fn work(day: &Day, shifts: &mut [Vec<Device>], voice: &mut Voice) -> Result<usize, DemoError> {
    let since = Instant::now();
    let (mut met, mut sold, mut notes, mut acts) = (0, 0, 0, 0);
    for (shift, devices) in day.shifts.iter().zip(shifts) {
        for (script, device) in shift.devices.iter().zip(devices) {
            for act in script {
                device.act(act).await?;
                acts += 1;
                met += usize::from(matches!(act, Act::Meet { .. }));
                sold += usize::from(matches!(act, Act::Sell { .. }));
                notes += usize::from(matches!(act, Act::Note { .. }));
            }
        }
    }
    let what =
        format!("{met} customers, {sold} policies, {notes} notes, 1 withdrawal, 1 number changed twice");
    voice.part("working offline", since, what)?;
    Ok(acts)
}

/// All devices exchange at once, then once more: what the second device of a rep sent, the first
/// reads then.
async fn sync(
    shifts: &mut [Vec<Device>],
    field: &mut FieldNumbers,
    voice: &mut Voice,
) -> Result<(), DemoError> {
    let since = Instant::now();
    voice.busy("syncing");
    let mut sent = 0;
    for _ in 0..2 {
        let reports = try_join_all(shifts.iter_mut().flatten().map(Device::sync)).await?;
        sent += reports.iter().map(|report| report.report.sent).sum::<u64>();
        field.add(reports);
    }
    let kib = (field.bytes_up + field.bytes_down).div_ceil(1024);
    let what = format!("{sent} changes sent in {} exchanges, {kib} KiB with the downloads", field.exchanges);
    Ok(voice.part("syncing", since, what)?)
}

/// The rep of the clash looks at both devices, picks a value on the first, and both learn it.
async fn settle(
    day: &Day,
    shifts: &mut [Vec<Device>],
    field: &mut FieldNumbers,
    voice: &mut Voice,
) -> Result<ClashTold, DemoError> {
    let since = Instant::now();
    let devices = &mut shifts[day.clash.shift];
    let mut seen = Vec::new();
    for device in devices.iter() {
        seen.push(device.clash_values(day.clash.customer).await?);
    }
    let picked = day.clash.numbers[1].clone();
    devices[0].act(&Act::Correct { customer: day.clash.customer, phone: picked.clone() }).await?;
    for device in devices {
        field.add([device.sync().await?]);
    }
    let what = format!("phone of {}: both numbers kept, the rep picked {picked}", day.clash.name);
    voice.part("settling a clash", since, what)?;
    Ok(ClashTold { customer: day.clash.name.clone(), seen, picked })
}

async fn check(
    stand: &Stand,
    day: &Day,
    shifts: &[Vec<Device>],
    answers: &Answers,
    clash: &ClashTold,
    verify: &VerifyReport,
) -> Result<Vec<Check>, DemoError> {
    let (mut sent, mut same, mut own) = (true, true, true);
    for devices in shifts {
        let code = stand.company.reps[devices[0].rep].unit.code.as_str();
        let first = devices[0].records().await?;
        for device in devices {
            sent &= device.left_over().await? == 0;
            same &= device.records().await? == first;
            own &= device.own_figures(stand.first_day(), stand.today).await? == answers.of_rep(code);
        }
    }
    let mut both = day.clash.numbers.to_vec();
    both.sort();
    let mut settled = true;
    for device in &shifts[day.clash.shift] {
        settled &= device.clash_values(day.clash.customer).await?.is_empty();
        settled &= device.phone(day.clash.customer).await?.as_ref() == Some(&clash.picked);
    }
    let check = |what, held| Check { what, held };
    Ok(vec![
        check("everything done offline is with the hub, and nothing waits in a tray", sent),
        check("both devices of every rep show the same records", same),
        check("the clash kept both numbers, on both devices", clash.seen.iter().all(|seen| *seen == both)),
        check("settled once, it is settled on both devices", settled),
        check(
            "the figures are what the company and its day were made with",
            answers.are(&expected(stand, day)),
        ),
        check(
            "sum of rows = total, for regions, branches and reps, product by product",
            answers.levels_agree(),
        ),
        check("every device computes its rep's figures as the hub does", own),
        check(
            "verify: documents, ledger and cells rebuilt from the feeds differ in nothing",
            verify.found == 0,
        ),
    ])
}

/// What the figures must be: history and the day's work.
fn expected(stand: &Stand, day: &Day) -> SumsByPlace {
    let mut expected = stand.company.sums();
    for (place, sums) in day.sums(&stand.company) {
        expected.entry(place).or_default().add(&sums);
    }
    expected
}

fn say(report: &Report, voice: &mut Voice) -> std::io::Result<()> {
    voice.line("")?;
    for check in &report.checks {
        let word = if check.held { "ok" } else { "FAILED" };
        voice.line(&format!("  {}{word:>9}", pad(check.what, CHECK_COLUMNS)))?;
    }
    voice.line("")?;
    if let Some(data) = &report.data {
        let data = data.display();
        voice.line(&format!(
            "  Kept: {data}   look: fieldbook --data {data} figures --from {} --to {} --level region",
            report.nation.from, report.nation.to
        ))?;
    }
    let seconds = report.took_ms as f64 / 1000.0;
    let verdict = if report.ok { "All checks hold" } else { "Some checks failed" };
    voice.line(&format!("  {verdict}. {seconds:.1} s in all, seed {}.", report.seed))
}
