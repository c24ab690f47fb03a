//! Who has reported: what the hub knows of devices and what reps said themselves.

use std::collections::{HashMap, HashSet};

use document_model::{Date, DeviceId, Moment, UnitCode};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::ExpectedRep;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// When a day can be complete, and which devices it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportingRules {
    /// The time of day, in the company's zone, after which a device must have synced with nothing waiting.
    pub cut_off: Time,
    /// Days without contact after which a device is waited for no more.
    pub active_days: u16,
}

impl Default for ReportingRules {
    fn default() -> Self {
        Self { cut_off: Time::constant(18, 0, 0, 0), active_days: 14 }
    }
}

impl ReportingRules {
    /// The instant after which a day can be complete.
    #[must_use]
    pub fn cut_off_of(&self, day: Date, zone: &TimeZone) -> Moment {
        instant_at(day, self.cut_off, zone)
    }

    /// Whether a device keeps a day with this cut-off from being complete; `None`: it is in use no more.
    fn waits_for(&self, device: &ReportingDevice, heard: DeviceNews, cut_off: Moment) -> Option<bool> {
        let oldest = cut_off.0.saturating_sub(i64::from(self.active_days) * DAY_MS);
        let is_active = !device.revoked && heard.seen_ms >= oldest;
        is_active.then(|| heard.complete_ms.is_none_or(|up_to| up_to < cut_off.0))
    }
}

/// A time of a day in a zone: where clocks skip the hour, the instant after it; never, where no calendar holds it.
#[must_use]
pub fn instant_at(day: Date, time: Time, zone: &TimeZone) -> Moment {
    let at = day.to_datetime(time).to_zoned(zone.clone());
    Moment(at.map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond()))
}

/// What is known of a device of a rep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportingDevice {
    /// The rep.
    pub rep: UnitCode,
    /// The device.
    pub device: DeviceId,
    /// What it calls itself.
    pub name: String,
    /// When it was last in contact, milliseconds since the epoch.
    pub last_seen_ms: i64,
    /// Up to when all its edits have arrived, milliseconds since the epoch.
    pub complete_ms: Option<i64>,
    /// True when it may do nothing any more.
    pub revoked: bool,
}

/// What was heard of a device: when it was in contact and up to when it is complete, milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceNews {
    /// When it was last in contact.
    pub seen_ms: i64,
    /// Up to when all its edits have arrived.
    pub complete_ms: Option<i64>,
}

/// A rep's own statement that a day is complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayStatement {
    /// The day.
    pub day: Date,
    /// The rep.
    pub rep: UnitCode,
    /// The device it came from.
    pub device: DeviceId,
    /// When it arrived, milliseconds since the epoch.
    pub arrived_ms: i64,
}

/// Which days which reps said are complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said(HashMap<Date, HashSet<UnitCode>>);

impl Said {
    /// Whether a rep said so of a day.
    #[must_use]
    pub fn has(&self, day: Date, rep: &UnitCode) -> bool {
        self.0.get(&day).is_some_and(|reps| reps.contains(rep))
    }

    /// Leaves out what others hold.
    pub fn forget(&mut self, others: &Self) {
        self.0.retain(|day, reps| {
            reps.retain(|rep| !others.has(*day, rep));
            !reps.is_empty()
        });
    }
}

impl Extend<(Date, UnitCode)> for Said {
    fn extend<I: IntoIterator<Item = (Date, UnitCode)>>(&mut self, said: I) {
        for (day, rep) in said {
            self.0.entry(day).or_default().insert(rep);
        }
    }
}

/// All that is known of who has reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reports {
    /// By rep: those of many reps are found on one way through.
    devices: Vec<ReportingDevice>,
    said: Said,
}

impl Reports {
    /// What is known by now.
    #[must_use]
    pub fn of(mut devices: Vec<ReportingDevice>, statements: impl IntoIterator<Item = DayStatement>) -> Self {
        devices.sort_by(|one, other| one.rep.cmp(&other.rep));
        let mut said = Said::default();
        said.extend(statements.into_iter().map(|statement| (statement.day, statement.rep)));
        Self { devices, said }
    }

    /// Whether each of these reps, in the order of their codes, has reported by what was read.
    #[must_use]
    pub fn reported(&self, reps: &[ExpectedRep], rules: &ReportingRules, zone: &TimeZone) -> Vec<bool> {
        let news = News::default();
        let (mut rest, mut today) = (self.devices.as_slice(), None);
        let of_rep = |rep: &ExpectedRep| {
            let day = today.take_if(|day: &mut OneDay<'_>| day.day == rep.day);
            let day = today.insert(day.unwrap_or_else(|| OneDay::of(rep.day, [&self.said], rules, zone)));
            let code = &rep.path.rep;
            let before = rest.iter().take_while(|device| device.rep < *code).count();
            let own = rest[before..].iter().take_while(|device| device.rep == *code).count();
            rest = &rest[before..];
            day.has_reported(code, &rest[..own], &news, rules)
        };
        reps.iter().map(of_rep).collect()
    }

    fn devices(&self, rep: &UnitCode) -> &[ReportingDevice] {
        let first = self.devices.partition_point(|device| device.rep < *rep);
        let own = self.devices[first..].iter().take_while(|device| device.rep == *rep).count();
        &self.devices[first..first + own]
    }

    /// What is waited for of a rep who has not reported.
    fn silent(&self, rep: &ExpectedRep, news: &News, rules: &ReportingRules, cut_off: Moment) -> SilentRep {
        let heard = self.devices(&rep.path.rep).iter().map(|device| (device, news.of(device)));
        let waits = |(device, heard): &(&ReportingDevice, DeviceNews)| {
            rules.waits_for(device, *heard, cut_off) == Some(true)
        };
        let newest = |(device, heard): (&ReportingDevice, DeviceNews)| ReportingDevice {
            last_seen_ms: heard.seen_ms,
            complete_ms: heard.complete_ms,
            ..device.clone()
        };
        SilentRep {
            rep: rep.clone(),
            last_contact: heard.clone().map(|(_, heard)| Moment(heard.seen_ms)).max(),
            waiting: heard.filter(waits).map(newest).collect(),
        }
    }

    /// The reps of whom there is news.
    fn touched<'n>(&'n self, news: &'n News) -> HashSet<&'n UnitCode> {
        let mut touched: HashSet<_> = news.said.0.values().flatten().collect();
        if !news.heard.is_empty() {
            let heard = self.devices.iter().filter(|device| news.heard.contains_key(&device.device));
            touched.extend(heard.map(|device| &device.rep));
        }
        touched
    }

    /// Whether each of these reps has reported, given with whether it had when this was read.
    pub fn of_reps<'r>(
        &'r self,
        reps: impl IntoIterator<Item = (&'r ExpectedRep, bool)>,
        news: &'r News,
        rules: &'r ReportingRules,
        zone: &'r TimeZone,
    ) -> impl Iterator<Item = (&'r ExpectedRep, bool)> {
        let touched = self.touched(news);
        reps.into_iter().map(move |(rep, had_reported)| {
            if touched.is_empty() || !touched.contains(&rep.path.rep) {
                return (rep, had_reported);
            }
            let day = OneDay::of(rep.day, [&self.said, &news.said], rules, zone);
            (rep, day.has_reported(&rep.path.rep, self.devices(&rep.path.rep), news, rules))
        })
    }

    /// How complete the figures of these reps are, each given with whether it had reported when this was read. At
    /// most `named` silent ones are named.
    #[must_use]
    pub fn completeness<'r>(
        &'r self,
        reps: impl IntoIterator<Item = (&'r ExpectedRep, bool)>,
        news: &'r News,
        rules: &'r ReportingRules,
        zone: &'r TimeZone,
        named: usize,
    ) -> Completeness {
        let mut found = Completeness::default();
        for (rep, has_reported) in self.of_reps(reps, news, rules, zone) {
            found.expected += 1;
            if has_reported {
                found.reported += 1;
            } else if found.silent.len() < named {
                found.silent.push(self.silent(rep, news, rules, rules.cut_off_of(rep.day, zone)));
            }
        }
        found
    }
}

/// What is asked about many reps of one day.
struct OneDay<'s> {
    day: Date,
    cut_off: Moment,
    said: Vec<&'s HashSet<UnitCode>>,
}

impl<'s> OneDay<'s> {
    fn of<const N: usize>(day: Date, said: [&'s Said; N], rules: &ReportingRules, zone: &TimeZone) -> Self {
        let said = said.into_iter().filter_map(|said| said.0.get(&day)).collect();
        Self { day, cut_off: rules.cut_off_of(day, zone), said }
    }

    fn has_reported(
        &self,
        rep: &UnitCode,
        devices: &[ReportingDevice],
        news: &News,
        rules: &ReportingRules,
    ) -> bool {
        if self.said.iter().any(|said| said.contains(rep)) {
            return true;
        }
        let waits = |device| rules.waits_for(device, news.of(device), self.cut_off);
        let mut waits = devices.iter().filter_map(waits);
        // Of a rep without a device in use nothing is known.
        waits.next().is_some_and(|first| !first && waits.all(|waits| !waits))
    }
}

/// What was heard since reports were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Days that reps said are complete.
    pub said: Said,
    /// What was heard of devices.
    pub heard: HashMap<DeviceId, DeviceNews>,
}

impl News {
    /// The newest that is known of a device.
    fn of(&self, device: &ReportingDevice) -> DeviceNews {
        let known = DeviceNews { seen_ms: device.last_seen_ms, complete_ms: device.complete_ms };
        let heard = if self.heard.is_empty() { None } else { self.heard.get(&device.device) };
        match heard {
            None => known,
            Some(heard) => DeviceNews {
                seen_ms: known.seen_ms.max(heard.seen_ms),
                complete_ms: known.complete_ms.max(heard.complete_ms),
            },
        }
    }
}

/// How complete figures are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Reps whose report is waited for.
    pub expected: usize,
    /// Of them, those who have reported.
    pub reported: usize,
    /// The others, in the order of their codes, as far as they are named.
    pub silent: Vec<SilentRep>,
}

/// A rep who has not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentRep {
    /// The rep, and the day that is waited for.
    pub rep: ExpectedRep,
    /// The last contact of any of the rep's devices.
    pub last_contact: Option<Moment>,
    /// The devices that are waited for.
    pub waiting: Vec<ReportingDevice>,
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;
    use document_model::sales::UnitPath;

    use super::*;

    const CUT_OFF: Moment = Moment(1_000 * DAY_MS);

    fn device(n: u8, seen_ms: i64, complete_ms: impl Into<Option<i64>>) -> ReportingDevice {
        ReportingDevice {
            rep: "P1".into(),
            device: DeviceId([n; 16]),
            name: format!("phone {n}"),
            last_seen_ms: seen_ms,
            complete_ms: complete_ms.into(),
            revoked: false,
        }
    }

    fn waits_for(devices: &[ReportingDevice]) -> Option<(Option<i64>, Vec<u8>)> {
        let path = UnitPath { rep: "P1".into(), branch: "B1".into(), region: "R1".into() };
        let rep = ExpectedRep { path: path.into(), day: parse_date("2026-06-01").unwrap() };
        let (reports, news) = (Reports::of(devices.to_vec(), []), News::default());
        let rules = ReportingRules::default();
        let day = OneDay { day: rep.day, cut_off: CUT_OFF, said: Vec::new() };
        if day.has_reported(&rep.path.rep, reports.devices(&rep.path.rep), &news, &rules) {
            return None;
        }
        let SilentRep { last_contact, waiting, .. } = reports.silent(&rep, &news, &rules, CUT_OFF);
        Some((last_contact.map(|at| at.0), waiting.iter().map(|device| device.device.0[0]).collect()))
    }

    #[test]
    fn a_rep_has_reported_when_every_device_in_use_is_complete() {
        let after = CUT_OFF.0;
        assert_eq!(waits_for(&[device(1, after, after), device(2, after, after + 1)]), None);
        assert_eq!(
            waits_for(&[device(1, after, after), device(2, after, after - 1)]),
            Some((Some(after), vec![2]))
        );
        assert_eq!(
            waits_for(&[device(1, after, after), device(2, after + 5, None)]),
            Some((Some(after + 5), vec![2])),
            "it synced, and something is waiting on it"
        );
        assert_eq!(waits_for(&[]), Some((None, vec![])), "nobody ever signed in");
    }

    #[test]
    fn devices_out_of_use_are_not_waited_for() {
        let after = CUT_OFF.0;
        let long_ago = after - 14 * DAY_MS;
        assert_eq!(waits_for(&[device(1, after, after), device(2, long_ago - 1, None)]), None);
        assert_eq!(
            waits_for(&[device(1, after, after), device(2, long_ago, None)]),
            Some((Some(after), vec![2])),
            "the last day on which it is"
        );
        let revoked = ReportingDevice { revoked: true, ..device(2, after, None) };
        assert_eq!(waits_for(&[device(1, after, after), revoked.clone()]), None);
        assert_eq!(
            waits_for(&[revoked, device(1, long_ago - 1, after)]),
            Some((Some(after), vec![])),
            "without any device in use nobody knows"
        );
    }

    /// How complete the figures of these reps are, what was known before news came being worked out first.
    fn all_told(reports: &Reports, reps: &[ExpectedRep], news: &News, named: usize) -> Completeness {
        let (rules, zone) = (ReportingRules::default(), TimeZone::get("Asia/Seoul").unwrap());
        let before = reports.reported(reps, &rules, &zone);
        reports.completeness(reps.iter().zip(before), news, &rules, &zone, named)
    }

    #[test]
    fn many_reps_are_found_on_one_way_through() {
        let day = parse_date("2026-06-01").unwrap();
        let (rules, zone) = (ReportingRules::default(), TimeZone::get("Asia/Seoul").unwrap());
        let done = rules.cut_off_of(day, &zone).0;
        let of =
            |rep: &str, n, complete_ms| ReportingDevice { rep: rep.into(), ..device(n, done, complete_ms) };
        let devices = vec![
            of("P3", 1, done),
            of("P2", 2, done),
            of("P10", 3, done),
            of("P0", 4, done),
            of("P2", 5, done - 1),
            of("P9", 6, done),
            of("P1", 7, done - 1),
        ];
        let said = DayStatement { day, rep: "P1".into(), device: DeviceId([7; 16]), arrived_ms: done };
        let reports = Reports::of(devices, [said]);
        let reps = ["P1", "P10", "P11", "P2", "P3", "P8", "P9"].map(|code| ExpectedRep {
            path: UnitPath { rep: code.into(), branch: "B1".into(), region: "R1".into() }.into(),
            day: if code == "P3" { document_model::add_days(day, 1) } else { day },
        });
        let together = reports.reported(&reps, &rules, &zone);
        assert_eq!(together, [true, true, false, false, false, false, true]);
        let alone = reps.chunks(1).map(|rep| reports.reported(rep, &rules, &zone)[0]);
        assert_eq!(alone.collect::<Vec<_>>(), together);
    }

    #[test]
    fn what_the_rep_said_counts() {
        let day = parse_date("2026-06-01").unwrap();
        let rep = |code: &str| ExpectedRep {
            path: UnitPath { rep: code.into(), branch: "B1".into(), region: "R1".into() }.into(),
            day,
        };
        let (rules, zone) = (ReportingRules::default(), TimeZone::get("Asia/Seoul").unwrap());
        let cut_off = rules.cut_off_of(day, &zone);
        assert_eq!(document_model::format_moment(cut_off), "2026-06-01T09:00:00Z");
        let statement =
            DayStatement { day, rep: "P1".into(), device: DeviceId([1; 16]), arrived_ms: cut_off.0 - 1 };
        let reports = Reports::of(vec![device(1, 5, None)], [statement]);
        let reps = [rep("P1"), rep("P2"), rep("P3")];
        let told = |news: &News, named| all_told(&reports, &reps, news, named);
        let mut news = News::default();
        let found = told(&news, 9);
        assert_eq!((found.expected, found.reported), (3, 1));
        let silent: Vec<_> = found.silent.iter().map(|silent| silent.rep.path.rep.as_str()).collect();
        assert_eq!(silent, ["P2", "P3"]);
        assert_eq!(told(&news, 1).silent.len(), 1, "all are counted, some are named");
        news.said.extend([(day, "P2".into()), (document_model::add_days(day, 1), "P3".into())]);
        assert_eq!(told(&news, 9).reported, 2, "another day says nothing of this one");
        let mut known = Said::default();
        known.extend([(day, "P2".into()), (day, "P3".into())]);
        news.said.forget(&known);
        assert_eq!(told(&news, 9).reported, 1, "what was read by now is news no more");
    }

    #[test]
    fn what_was_heard_since_counts() {
        let day = parse_date("2026-06-01").unwrap();
        let path = UnitPath { rep: "P1".into(), branch: "B1".into(), region: "R1".into() };
        let reps = [ExpectedRep { path: path.into(), day }];
        let (rules, zone) = (ReportingRules::default(), TimeZone::get("Asia/Seoul").unwrap());
        let cut_off = rules.cut_off_of(day, &zone).0;
        let long_ago = cut_off - 15 * DAY_MS;
        let reports = Reports::of(vec![device(1, cut_off, cut_off - 1), device(2, long_ago, None)], []);
        let reported = |heard: &[(u8, i64, Option<i64>)]| {
            let news = |&(n, seen_ms, complete_ms)| (DeviceId([n; 16]), DeviceNews { seen_ms, complete_ms });
            let heard = heard.iter().map(news);
            let news = News { heard: heard.collect(), ..News::default() };
            all_told(&reports, &reps, &news, 9).reported
        };
        assert_eq!((reported(&[]), reported(&[(3, cut_off, Some(cut_off))])), (0, 0));
        assert_eq!(reported(&[(1, cut_off, Some(cut_off))]), 1);
        assert_eq!(reported(&[(1, 0, Some(5))]), 0, "what was known is not unsaid");
        let back = [(1, cut_off, Some(cut_off)), (2, cut_off, None)];
        assert_eq!(reported(&back), 0, "a device in use again is waited for");
    }
}
