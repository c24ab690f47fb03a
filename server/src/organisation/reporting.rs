//! Who has reported: what the hub knows of devices and what reps said themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

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

    /// Whether a rep with these devices has reported a day with this cut-off.
    #[must_use]
    pub fn standing(&self, devices: &[ReportingDevice], said: bool, cut_off: Moment) -> Standing {
        let oldest = cut_off.0.saturating_sub(i64::from(self.active_days) * DAY_MS);
        let active = |device: &&ReportingDevice| !device.revoked && device.last_seen_ms >= oldest;
        let complete = |device: &ReportingDevice| device.complete_ms.is_some_and(|up_to| up_to >= cut_off.0);
        let waiting: Vec<_> =
            devices.iter().filter(active).filter(|device| !complete(device)).cloned().collect();
        let seen = devices.iter().filter(active).count();
        if said || (seen > 0 && waiting.is_empty()) {
            return Standing::Reported;
        }
        let last_contact = devices.iter().map(|device| Moment(device.last_seen_ms)).max();
        Standing::Silent { last_contact, waiting }
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

/// Whether a rep has reported a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// All edits have arrived, or the rep said so.
    Reported,
    /// Nobody knows yet.
    Silent {
        /// The last contact of any of the rep's devices.
        last_contact: Option<Moment>,
        /// The devices that are waited for; none where the rep has none that is in use.
        waiting: Vec<ReportingDevice>,
    },
}

/// All that is known of who has reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reports {
    devices: HashMap<UnitCode, Vec<ReportingDevice>>,
    said: HashSet<(Date, UnitCode)>,
}

impl Reports {
    /// What is known by now.
    #[must_use]
    pub fn of(devices: Vec<ReportingDevice>, said: impl IntoIterator<Item = DayStatement>) -> Self {
        let mut by_rep: HashMap<_, Vec<_>> = HashMap::new();
        for device in devices {
            by_rep.entry(device.rep.clone()).or_default().push(device);
        }
        let said = said.into_iter().map(|statement| (statement.day, statement.rep)).collect();
        Self { devices: by_rep, said }
    }

    /// How each of these reps stands, in order.
    pub fn standings<'r>(
        &'r self,
        reps: impl IntoIterator<Item = &'r ExpectedRep>,
        news: &'r News,
        rules: &'r ReportingRules,
        zone: &'r TimeZone,
    ) -> impl Iterator<Item = (&'r ExpectedRep, Standing)> {
        let mut cut_offs: BTreeMap<Date, Moment> = BTreeMap::new();
        reps.into_iter().map(move |rep| {
            let cut_off = *cut_offs.entry(rep.day).or_insert_with(|| rules.cut_off_of(rep.day, zone));
            (rep, self.standing(rep, news, rules, cut_off))
        })
    }

    fn standing(&self, rep: &ExpectedRep, news: &News, rules: &ReportingRules, cut_off: Moment) -> Standing {
        let key = (rep.day, rep.path.rep.clone());
        let said = self.said.contains(&key) || news.said.contains(&key);
        let devices = self.devices.get(&rep.path.rep).map_or(&[][..], Vec::as_slice);
        if !devices.iter().any(|device| news.heard.contains_key(&device.device)) {
            return rules.standing(devices, said, cut_off);
        }
        let newest = devices.iter().cloned().map(|device| match news.heard.get(&device.device) {
            None => device,
            Some((seen_ms, complete_ms)) => ReportingDevice {
                last_seen_ms: device.last_seen_ms.max(*seen_ms),
                complete_ms: device.complete_ms.max(*complete_ms),
                ..device
            },
        });
        rules.standing(&newest.collect::<Vec<_>>(), said, cut_off)
    }

    /// How complete the figures of these reps are. At most `named` silent ones are named.
    #[must_use]
    pub fn completeness<'r>(
        &'r self,
        reps: impl IntoIterator<Item = &'r ExpectedRep>,
        news: &'r News,
        rules: &'r ReportingRules,
        zone: &'r TimeZone,
        named: usize,
    ) -> Completeness {
        let mut found = Completeness::default();
        for (rep, standing) in self.standings(reps, news, rules, zone) {
            found.expected += 1;
            match standing {
                Standing::Reported => found.reported += 1,
                Standing::Silent { last_contact, waiting } if found.silent.len() < named => {
                    found.silent.push(SilentRep { rep: rep.clone(), last_contact, waiting });
                }
                Standing::Silent { .. } => {}
            }
        }
        found
    }
}

/// What was heard since reports were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Days that reps said are complete.
    pub said: HashSet<(Date, UnitCode)>,
    /// When devices were in contact and up to when they are complete, milliseconds since the epoch.
    pub heard: HashMap<DeviceId, (i64, Option<i64>)>,
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
        match ReportingRules::default().standing(devices, false, CUT_OFF) {
            Standing::Reported => None,
            Standing::Silent { last_contact, waiting } => {
                Some((last_contact.map(|at| at.0), waiting.iter().map(|device| device.device.0[0]).collect()))
            }
        }
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

    #[test]
    fn what_the_rep_said_counts() {
        let day = parse_date("2026-06-01").unwrap();
        let rep = |code: &str| ExpectedRep {
            path: UnitPath { rep: code.into(), branch: "B1".into(), region: "R1".into() },
            day,
        };
        let (rules, zone) = (ReportingRules::default(), TimeZone::get("Asia/Seoul").unwrap());
        let cut_off = rules.cut_off_of(day, &zone);
        assert_eq!(document_model::format_moment(cut_off), "2026-06-01T09:00:00Z");
        let statement =
            DayStatement { day, rep: "P1".into(), device: DeviceId([1; 16]), arrived_ms: cut_off.0 - 1 };
        let reports = Reports::of(vec![device(1, 5, None)], [statement]);
        let reps = [rep("P1"), rep("P2"), rep("P3")];
        let told = |news: &News, named| reports.completeness(&reps, news, &rules, &zone, named);
        let mut news = News::default();
        let found = told(&news, 9);
        assert_eq!((found.expected, found.reported), (3, 1));
        let silent: Vec<_> = found.silent.iter().map(|silent| silent.rep.path.rep.as_str()).collect();
        assert_eq!(silent, ["P2", "P3"]);
        assert_eq!(told(&news, 1).silent.len(), 1, "all are counted, some are named");
        news.said.insert((day, "P2".into()));
        news.said.insert((document_model::add_days(day, 1), "P3".into()));
        assert_eq!(told(&news, 9).reported, 2, "another day says nothing of this one");
    }

    #[test]
    fn what_was_heard_since_counts() {
        let day = parse_date("2026-06-01").unwrap();
        let path = UnitPath { rep: "P1".into(), branch: "B1".into(), region: "R1".into() };
        let reps = [ExpectedRep { path, day }];
        let (rules, zone) = (ReportingRules::default(), TimeZone::get("Asia/Seoul").unwrap());
        let cut_off = rules.cut_off_of(day, &zone).0;
        let long_ago = cut_off - 15 * DAY_MS;
        let reports = Reports::of(vec![device(1, cut_off, cut_off - 1), device(2, long_ago, None)], []);
        let reported = |heard: &[(u8, i64, Option<i64>)]| {
            let heard = heard.iter().map(|(n, seen, complete)| (DeviceId([*n; 16]), (*seen, *complete)));
            let news = News { heard: heard.collect(), ..News::default() };
            reports.completeness(&reps, &news, &rules, &zone, 9).reported
        };
        assert_eq!((reported(&[]), reported(&[(3, cut_off, Some(cut_off))])), (0, 0));
        assert_eq!(reported(&[(1, cut_off, Some(cut_off))]), 1);
        assert_eq!(reported(&[(1, 0, Some(5))]), 0, "what was known is not unsaid");
        let back = [(1, cut_off, Some(cut_off)), (2, cut_off, None)];
        assert_eq!(reported(&back), 0, "a device in use again is waited for");
    }
}
