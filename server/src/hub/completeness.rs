//! Who has reported, as people see it beside the figures.
//!
//! What is known of fifty thousand reps is not read for every question: it is read now and then, and what
//! this hub heard since is added to it. Another hub's news is known when it has written it and this one reads
//! again, a few seconds later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use document_model::{Date, Moment, UnitCode, add_days, civil_date, date_of_number, format_moment};
use jiff::tz::TimeZone;
use serde::Serialize;
use sync_protocol::{DayResult, DeviceReport, PushResult, SyncRequest};
use utoipa::ToSchema;

use super::figures::name_of;
use super::push::Asked;
use super::{Gate, Hub, HubError, Rules};
use crate::auth::{Principal, Role, Told};
use crate::organisation::{
    Absences, Calendar, Completeness, DayStatement, ExpectedRep, News, ReportingDevice, ReportingRules,
    Reports, Roster, Said, expected,
};
use crate::storage::{Reported, Storage, Stored};

/// Silent reps named in one answer; the others are counted.
const SILENT_NAMED: usize = 1_000;

/// Milliseconds after which what was read is read again by whoever asks.
const READ_AGAIN_MS: i64 = 3_000;

/// Milliseconds for which what was asked for is kept ready for who asks next.
const KEPT_READY_MS: i64 = 60_000;

/// Ranges of days whose expected reps are kept.
const RANGES_KEPT: usize = 16;

/// Of them, those that are worked out ahead when all is read again, the newest first.
const RANGES_TAKEN_OVER: usize = 4;

/// Days before a statement comes too late to say anything.
const STATED_DAYS: i32 = 366;

/// How complete figures are, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletenessShown {
    /// Reps who were expected on a working day of the range.
    pub expected: usize,
    /// Of them, those whose days are complete: up to the last one on which they were expected.
    pub reported: usize,
    /// The others, by code, as far as they are named.
    pub silent: Vec<SilentShown>,
}

/// A rep who has not reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SilentShown {
    /// The rep's code.
    #[schema(value_type = String)]
    pub rep: UnitCode,
    /// The rep's name.
    pub name: String,
    /// The branch the rep was in.
    #[schema(value_type = String)]
    pub branch: UnitCode,
    /// The day that is waited for.
    pub day: String,
    /// The last contact of any of the rep's devices.
    pub last_contact: Option<String>,
    /// The devices that are waited for; none where the rep has none in use.
    pub devices: Vec<SilentDevice>,
}

/// A device that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SilentDevice {
    /// What it calls itself.
    pub name: String,
    /// Its last contact.
    pub last_contact: String,
}

/// What is known of who has reported.
#[derive(Debug, Default)]
pub(super) struct Field {
    rules: ReportingRules,
    /// One at a time reads the storage.
    reading: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    read: Option<Arc<Read>>,
    /// Statements that this hub took and the reading may not hold.
    said: Said,
    asked_ms: i64,
}

/// What was read at one time.
#[derive(Debug)]
struct Read {
    at_ms: i64,
    reports: Reports,
    absences: Absences,
    calendar: Calendar,
    ranges: Mutex<Vec<Arc<Range>>>,
}

/// Who is expected in a range of days, by one version of the rules, and who had reported when this was read.
#[derive(Debug)]
struct Range {
    rules: u64,
    zone: TimeZone,
    days: (Date, Date),
    reps: Arc<Vec<ExpectedRep>>,
    reported: Vec<bool>,
}

impl Range {
    /// Each rep with whether it had reported.
    fn reps(&self) -> impl Iterator<Item = (&ExpectedRep, bool)> {
        self.reps.iter().zip(self.reported.iter().copied())
    }
}

impl Field {
    pub(super) fn new(rules: ReportingRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// When the company waits for reports.
    pub(super) fn rules(&self) -> ReportingRules {
        self.rules
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Range>>> {
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn range(&self, reporting: &ReportingRules, rules: &Rules, days: (Date, Date)) -> Arc<Range> {
        let same = |range: &&Arc<Range>| range.rules == rules.version && range.days == days;
        let kept = self.lock().iter().find(same).cloned();
        kept.unwrap_or_else(|| {
            let reps = Arc::new(expected(rules.paths(), &self.absences, &self.calendar, days));
            let (rules, zone) = (rules.version, rules.zone.clone());
            let reported = self.reports.reported(&reps, reporting, &zone);
            let range = Arc::new(Range { rules, zone, days, reps, reported });
            let mut ranges = self.lock();
            ranges.truncate(RANGES_KEPT - 1);
            ranges.insert(0, range.clone());
            range
        })
    }

    /// Takes over who is expected from an earlier reading, where nothing has changed that decides it.
    fn go_on_from(&self, earlier: &Self, reporting: &ReportingRules) {
        if self.absences == earlier.absences && self.calendar == earlier.calendar {
            let ranges = earlier.lock().clone();
            let again = ranges.into_iter().take(RANGES_TAKEN_OVER).map(|range| {
                let reported = self.reports.reported(&range.reps, reporting, &range.zone);
                let (zone, reps) = (range.zone.clone(), range.reps.clone());
                Arc::new(Range { rules: range.rules, zone, days: range.days, reps, reported })
            });
            let again = again.collect();
            *self.lock() = again;
        }
    }
}

/// Whether nothing of a pushed document waits on the device any more.
fn is_settled(result: &PushResult) -> bool {
    matches!(result, PushResult::Accepted | PushResult::Refused { .. } | PushResult::Held { .. })
}

/// What a device says of itself, after an exchange. What it sent then is not unsent any more; letters that could steer
/// a terminal are left out.
pub(super) fn told(
    report: &DeviceReport,
    request: &SyncRequest,
    results: &[PushResult],
    now: Moment,
) -> Told {
    let pushed = request.pushes.iter().zip(results).filter(|(_, result)| is_settled(result));
    let sent: usize = pushed.map(|(push, _)| push.changes.len()).sum();
    let sent = u32::try_from(sent).unwrap_or(u32::MAX);
    let version = report.version.chars().filter(|letter| !letter.is_control()).collect();
    // What a restored hub is given back is no unsent edit, so that more may be sent than was.
    Told { version, unsent: report.unsent.saturating_sub(sent), tray: report.tray, at_ms: now.0 }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// The same hub, waiting for reports as the company wants it.
    #[must_use]
    pub fn reporting(mut self, rules: ReportingRules) -> Self {
        self.field = Arc::new(Field::new(rules));
        self
    }

    /// Writes what devices were heard of.
    ///
    /// # Errors
    /// Why it could not be stored; it comes again with the next call.
    pub async fn write_contacts(&self) -> Stored<()> {
        let contacts = self.contacts.take();
        if contacts.is_empty() {
            return Ok(());
        }
        let written = self.storage.touch_devices(contacts.clone()).await;
        match &written {
            Ok(()) => self.contacts.written(&contacts, self.field.lock().read.is_some()),
            Err(_) => self.contacts.not_written(&contacts),
        }
        written
    }

    /// Reads again what is known of the field while people ask for it, so that none of them waits for it.
    ///
    /// # Errors
    /// The storage's.
    pub async fn keep_field_ready(&self, now: Moment) -> Stored<()> {
        let asked_ms = self.field.lock().asked_ms;
        if now.0.saturating_sub(asked_ms) < KEPT_READY_MS {
            self.read_field(now).await.map(drop)
        } else {
            Ok(())
        }
    }

    /// Where nothing of a request waits on the device any more: notes up to when it is complete, and which days
    /// the rep says are. `None`: nothing was noted, it comes again.
    pub(super) async fn complete(
        &self,
        asked: &Asked<'_>,
        results: &[PushResult],
    ) -> Result<Option<Vec<DayResult>>, HubError> {
        let Asked { principal, request, now, .. } = asked;
        let Some(up_to) = request.complete_up_to_ms.filter(|_| results.iter().all(is_settled)) else {
            return Ok(None);
        };
        self.contacts.heard(principal.device, *now, Some(Moment(up_to.min(now.0))));
        let Some(days) = &request.closed_days else { return Ok(None) };
        let today = self.rules.current(&self.storage).await?.day(*now);
        let results: Vec<_> = days.iter().map(|day| judged(principal, *day, today)).collect();
        let noted = days.iter().zip(&results).filter(|(_, result)| **result == DayResult::Noted);
        let statements = noted.filter_map(|(day, _)| {
            let (rep, device) = (principal.unit.clone(), principal.device);
            Some(DayStatement { day: date_of_number(*day)?, rep, device, arrived_ms: now.0 })
        });
        let statements: BTreeSet<_> = statements.collect();
        if !statements.is_empty() {
            self.storage.state_days(statements.iter().cloned().collect()).await?;
            let said = statements.into_iter().map(|statement| (statement.day, statement.rep));
            self.field.lock().said.extend(said);
        }
        Ok(Some(results))
    }

    async fn read_field(&self, now: Moment) -> Stored<Arc<Read>> {
        let durable = self.contacts.durable();
        let said = self.field.lock().said.clone();
        // A day more on either side than any zone can differ.
        let today = civil_date(now, &TimeZone::UTC);
        let devices = self.storage.reporting_devices().await?;
        let days = (add_days(today, -STATED_DAYS), add_days(today, 1));
        let statements = self.storage.day_statements(days.0, days.1).await?;
        let earlier = self.field.lock().read.clone();
        let read = Arc::new(Read {
            at_ms: now.0,
            reports: Reports::of(devices, statements),
            absences: self.storage.absences().await?.into_iter().collect(),
            calendar: Calendar::of(self.storage.calendar().await?),
            ranges: Mutex::default(),
        });
        if let Some(earlier) = earlier {
            read.go_on_from(&earlier, &self.field.rules);
        }
        let mut known = self.field.lock();
        known.said.forget(&said);
        known.read = Some(read.clone());
        drop(known);
        self.contacts.forget(&durable);
        Ok(read)
    }

    async fn field(&self, now: Moment) -> Stored<Arc<Read>> {
        let fresh = || {
            let mut known = self.field.lock();
            known.asked_ms = now.0;
            known.read.clone().filter(|read| (0..READ_AGAIN_MS).contains(&(now.0 - read.at_ms)))
        };
        if let Some(read) = fresh() {
            return Ok(read);
        }
        let _one_at_a_time = self.field.reading.lock().await;
        match fresh() {
            Some(read) => Ok(read),
            None => self.read_field(now).await,
        }
    }

    /// Which of the reps asked about have reported for a range of days. Days to come are not waited for.
    pub(super) async fn completeness(
        &self,
        rules: &Rules,
        (from, to): (Date, Date),
        asked: impl Fn(&ExpectedRep) -> bool,
        now: Moment,
    ) -> Result<Completeness, HubError> {
        let read = self.field(now).await?;
        let range = read.range(&self.field.rules, rules, (from, to.min(rules.day(now))));
        let reps = range.reps().filter(|(rep, _)| asked(rep));
        Ok(read.reports.completeness(reps, &self.news(), &self.field.rules, &rules.zone, SILENT_NAMED))
    }

    /// Who has reported a day, by branch and in numbers.
    pub(super) async fn reports_of(
        &self,
        rules: &Rules,
        day: Date,
        now: Moment,
    ) -> Result<BTreeMap<UnitCode, Reported>, HubError> {
        let read = self.field(now).await?;
        let (range, news) = (read.range(&self.field.rules, rules, (day, day)), self.news());
        let mut branches: BTreeMap<UnitCode, Reported> = BTreeMap::new();
        let of_reps = read.reports.of_reps(range.reps(), &news, &self.field.rules, &rules.zone);
        for (rep, has_reported) in of_reps {
            let branch = branches.entry(rep.path.branch.clone()).or_default();
            branch.expected += 1;
            branch.reported += u32::from(has_reported);
        }
        Ok(branches)
    }

    fn news(&self) -> News {
        News { said: self.field.lock().said.clone(), heard: self.contacts.news() }
    }
}

/// What becomes of the statement that a day is complete.
fn judged(principal: &Principal, day: i32, today: Date) -> DayResult {
    match date_of_number(day) {
        _ if principal.role != Role::Rep => DayResult::NotARep,
        Some(date) if date > today => DayResult::NotYet,
        Some(date) if date >= add_days(today, -STATED_DAYS) => DayResult::Noted,
        None if day > 0 => DayResult::NotYet,
        Some(_) | None => DayResult::TooOld,
    }
}

impl CompletenessShown {
    pub(super) fn of(found: Completeness, roster: &Roster) -> Self {
        let silent = found.silent.into_iter().map(|silent| SilentShown {
            name: name_of(&silent.rep.path.rep, roster),
            day: silent.rep.day.to_string(),
            last_contact: silent.last_contact.map(format_moment),
            devices: silent.waiting.into_iter().map(SilentDevice::of).collect(),
            rep: silent.rep.path.rep.clone(),
            branch: silent.rep.path.branch.clone(),
        });
        Self { expected: found.expected, reported: found.reported, silent: silent.collect() }
    }
}

impl CompletenessShown {
    /// Who has reported, whenever the others were last in contact.
    #[must_use]
    pub fn reports(&self) -> (usize, usize, Vec<&UnitCode>) {
        (self.expected, self.reported, self.silent.iter().map(|silent| &silent.rep).collect())
    }

    /// What a stamp says: it names nobody.
    pub(super) fn of_stamp(reports: Reported) -> Self {
        let Reported { expected, reported } = reports;
        Self { expected: expected as usize, reported: reported as usize, silent: Vec::new() }
    }
}

impl SilentDevice {
    fn of(device: ReportingDevice) -> Self {
        Self { name: device.name, last_contact: format_moment(Moment(device.last_seen_ms)) }
    }
}

#[cfg(test)]
mod tests {
    use document_model::{Actor, BookId, DeviceId, Kind};
    use sync_protocol::{
        Cursors, PROTOCOL_VERSION, PushedChange, PushedDocument, SCHEMA_VERSION, StreamState,
    };

    use super::*;

    #[test]
    fn what_was_settled_is_not_unsent_any_more() {
        let pushed = |changes: usize| PushedDocument {
            document: None,
            kind: Kind::Customer,
            lineage: 1,
            book: BookId([1; 16]),
            changes: vec![PushedChange { bytes: Vec::new().into(), replaces: None }; changes],
            proofs: None,
        };
        let request = SyncRequest {
            protocol: PROTOCOL_VERSION,
            schema: SCHEMA_VERSION,
            device: DeviceId([1; 16]),
            stream: StreamState { actor: Actor([1; 16]), current: 0, next: 1 },
            cursors: Cursors::List(Vec::new()),
            pushes: [1, 20, 300].map(pushed).into(),
            downloads: Vec::new(),
            repairs: Vec::new(),
            complete_up_to_ms: None,
            bundle_version: None,
            page_bytes: 0,
            wiped: None,
            closed_days: None,
            report: None,
        };
        let report = |unsent| DeviceReport { version: "1.0\n".to_owned(), unsent, tray: 7 };
        let left = |unsent, results: [PushResult; 3]| told(&report(unsent), &request, &results, Moment(9));
        let (accepted, retry) = (PushResult::Accepted, PushResult::Retry);
        let some = left(4_321, [accepted.clone(), retry.clone(), accepted.clone()]);
        assert_eq!(some, Told { version: "1.0".to_owned(), unsent: 4_020, tray: 7, at_ms: 9 });
        assert_eq!(left(321, [accepted.clone(), accepted.clone(), accepted.clone()]).unsent, 0);
        assert_eq!(left(5, [retry.clone(), retry, PushResult::StaleStream]).unsent, 5);
        assert_eq!(left(5, [accepted.clone(), accepted.clone(), accepted]).unsent, 0, "more was given back");
    }
}
