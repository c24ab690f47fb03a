//! Exceptions to closings: for one branch, day and rep, until an instant.
//!
//! While one is open nothing changes. When it ends the branch gets another stamp: the one before and the entries of
//! that rep which no stamp holds yet and which came in time. Units above that are stamped get another one too, the
//! sum of the newest stamps below. Every exception is kept.

use std::collections::BTreeMap;

use document_model::sales::{Sums, UnitPath};
use document_model::{Date, UnitCode};

use super::LedgerEntry;
use super::closing::{Closing, Stamps, is_above, newest};
use crate::organisation::Level;

/// Exceptions that may be open at once.
pub(crate) const OPEN_EXCEPTIONS: usize = 1_000;

/// An exception on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its number, from 1.
    pub id: u64,
    /// The business day.
    pub day: Date,
    /// The branch.
    pub unit: UnitCode,
    /// The account it is for.
    pub account: String,
    /// The rep of that account.
    pub rep: UnitCode,
    /// When it was opened, milliseconds since the epoch.
    pub opened_ms: i64,
    /// Who opened it.
    pub opened_by: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// The instant it ends at by itself, milliseconds since the epoch.
    pub until_ms: i64,
    /// How it ended; it is open before.
    pub ended: Option<Ended>,
}

/// How an exception ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who ended it.
    pub by: String,
    /// The number of the branch's stamp that it led to; none where nothing had come in time.
    pub stamp: Option<u32>,
}

/// An order to open an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionOrder {
    /// The business day.
    pub day: Date,
    /// The rep, and the units the rep was in that day.
    pub path: UnitPath,
    /// The account it is for.
    pub account: String,
    /// When it was given, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who gave it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// The instant it ends at by itself, milliseconds since the epoch.
    pub until_ms: i64,
}

/// What became of an order to open an exception. Only `Opened` changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExceptionOutcome {
    /// On record and durable.
    Opened(Exception),
    /// The branch's day is not closed.
    NotClosed,
    /// The branch's day was closed under another unit than the one it stood under that day.
    Moved,
    /// The day is final for this unit, the branch or one above it.
    Final(UnitCode),
    /// The account has one already for this branch and day.
    Open(Exception),
    /// As many are open as may be.
    TooMany,
}

/// An order to end an exception: by time, once its instant has come, or early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionEnd {
    /// The exception's number.
    pub id: u64,
    /// The rule set that the path was found by.
    pub rules: u64,
    /// Where the rep was that day; nothing where in no branch.
    pub path: Option<UnitPath>,
    /// When it was given, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who gave it.
    pub by: String,
}

/// What became of an order to end an exception. Only `Ended` changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndOutcome {
    /// Ended, with the stamps it led to: the branch's and those above.
    Ended(Exception, Vec<Closing>),
    /// There is none of that number.
    Unknown,
    /// It had ended before.
    Before(Exception),
    /// The rules have another version now, or policies are still being judged by them: find the path again.
    RulesChanged,
}

/// What became of an order to make stamps final. Only `Done` changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinalOutcome {
    /// As many stamps are final that were not before.
    Done(usize),
    /// These exceptions are open.
    Excepted(Vec<Exception>),
}

/// What is stored, as far as opening an exception touches it.
pub(super) struct OpenState {
    /// The newest exception's number; 0 where there was none.
    pub(super) last: u64,
    /// Those that are open, of any day.
    pub(super) open: Vec<Exception>,
    /// The day's closings.
    pub(super) closings: Vec<Closing>,
}

impl OpenState {
    /// What the order comes to.
    pub(super) fn decide(self, order: &ExceptionOrder) -> ExceptionOutcome {
        let unit = &order.path.branch;
        let stamped = newest(self.closings);
        let Some(closing) = stamped.get(unit) else { return ExceptionOutcome::NotClosed };
        if closing.above.as_ref() != Some(&order.path.region) {
            return ExceptionOutcome::Moved;
        }
        let exception = Exception {
            id: self.last + 1,
            day: order.day,
            unit: unit.clone(),
            account: order.account.clone(),
            rep: order.path.rep.clone(),
            opened_ms: order.at_ms,
            opened_by: order.by.clone(),
            reason: order.reason.clone(),
            until_ms: order.until_ms,
            ended: None,
        };
        let is_last_word =
            |closing: &&Closing| closing.is_final && is_above(&stamped, &exception, &closing.unit);
        if let Some(last_word) = stamped.values().find(is_last_word) {
            return ExceptionOutcome::Final(last_word.unit.clone());
        }
        let is_same =
            |one: &Exception| (one.day, &one.unit, &one.account) == (order.day, unit, &order.account);
        let open = self.open.len();
        if let Some(same) = self.open.into_iter().find(is_same) {
            return ExceptionOutcome::Open(same);
        }
        if open >= OPEN_EXCEPTIONS {
            return ExceptionOutcome::TooMany;
        }
        ExceptionOutcome::Opened(exception)
    }
}

/// What is stored, as far as ending an exception touches it.
pub(super) struct EndState {
    /// The rules' version, and the one every policy has been judged by.
    pub(super) rules: (u64, u64),
    /// The exception.
    pub(super) exception: Option<Exception>,
    /// The last moment that is in time.
    pub(super) moment: u64,
    /// The day's closings.
    pub(super) closings: Vec<Closing>,
    /// The rep's entries of the day that came after the branch's first stamp.
    pub(super) entries: Vec<LedgerEntry>,
}

impl EndState {
    /// What the order comes to.
    pub(super) fn decide(self, end: &ExceptionEnd) -> EndOutcome {
        let exception = match self.exception {
            None => return EndOutcome::Unknown,
            Some(ended) if ended.ended.is_some() => return EndOutcome::Before(ended),
            Some(open) => open,
        };
        if self.rules != (end.rules, end.rules) {
            return EndOutcome::RulesChanged;
        }
        let stamps: Stamps = self.closings.iter().cloned().collect();
        let first = stamps.of(exception.day, &exception.unit).first();
        let stands = end.path.as_ref().is_some_and(|path| {
            let region = first.and_then(|closing| closing.above.as_ref());
            (&path.rep, &path.branch, Some(&path.region)) == (&exception.rep, &exception.unit, region)
        });
        let added = self.entries.iter().filter(|entry| {
            let key = &entry.posting.key;
            (key.day, &key.path.branch, &key.path.rep) == (exception.day, &exception.unit, &exception.rep)
                && entry.moment.is_some_and(|moment| moment <= self.moment)
                && stamps.holding(key, entry.moment).is_empty()
        });
        let added: Vec<_> = added.filter(|_| stands).collect();
        let made = match added.is_empty() {
            true => Vec::new(),
            false => {
                let mut sums = Sums::default();
                added.iter().for_each(|entry| sums.post(&entry.posting));
                next_stamps(newest(self.closings), &exception, self.moment, &sums, end)
            }
        };
        let stamp = made.first().map(|closing| closing.stamp);
        let ended = Some(Ended { at_ms: end.at_ms, by: end.by.clone(), stamp });
        EndOutcome::Ended(Exception { ended, ..exception }, made)
    }
}

/// The branch's next stamp and those of the units above that it is part of.
fn next_stamps(
    mut stamped: BTreeMap<UnitCode, Closing>,
    exception: &Exception,
    moment: u64,
    added: &Sums,
    end: &ExceptionEnd,
) -> Vec<Closing> {
    let mut made = Vec::new();
    let mut next = stamped.get(&exception.unit).cloned();
    while let Some(before) = next {
        let mut sums = Sums::default();
        if before.level == Level::Branch {
            sums = before.sums;
            sums.add(added);
        } else {
            let is_part =
                |below: &&Closing| below.above.as_ref() == Some(&before.unit) && below.above_stamp > 0;
            stamped.values().filter(is_part).for_each(|below| sums.add(&below.sums));
        }
        let over = before.above.as_ref().filter(|_| before.above_stamp > 0);
        let over = over.and_then(|above| stamped.get(above)).filter(|over| over.level < before.level);
        let over = over.cloned();
        let stamp = Closing {
            // Where the unit above is not closed yet, its first stamp will be the sum of this one.
            above_stamp: over.as_ref().map_or(before.above_stamp, |over| over.stamp + 1),
            stamp: before.stamp + 1,
            rep: Some(exception.rep.clone()),
            moment,
            at_ms: end.at_ms,
            account: end.by.clone(),
            sums,
            ..before
        };
        stamped.insert(stamp.unit.clone(), stamp.clone());
        made.push(stamp);
        next = over;
    }
    made
}

/// The open exceptions that keep stamps of these units and this day from becoming final.
pub(crate) fn hindering(
    open: Vec<Exception>,
    closings: Vec<Closing>,
    (day, units): (Date, &[UnitCode]),
) -> Vec<Exception> {
    let stamped = newest(closings);
    let hinders = |one: &Exception| one.day == day && units.iter().any(|unit| is_above(&stamped, one, unit));
    open.into_iter().filter(hinders).collect()
}

#[cfg(test)]
mod tests {
    use document_model::sales::{EntryKind, LedgerKey, Measure, Posting};
    use document_model::{BookId, DocumentId, parse_date};
    use sync_protocol::FeedChain;

    use super::*;

    fn day() -> Date {
        parse_date("2026-06-01").unwrap()
    }

    fn path(rep: &str, branch: &str) -> UnitPath {
        UnitPath { rep: rep.into(), branch: branch.into(), region: "R1".into() }
    }

    fn closing(unit: &str, above: Option<&str>, level: Level, sold: i64) -> Closing {
        Closing {
            day: day(),
            unit: unit.into(),
            above: above.map(UnitCode::from),
            above_stamp: u32::from(above.is_some()),
            stamp: 1,
            rep: None,
            level,
            is_final: false,
            moment: 5,
            at_ms: 7,
            account: "kim".to_owned(),
            reports: None,
            sums: Sums { sold, ..Sums::default() },
        }
    }

    /// Two branches of a region, with so many sold, closed with it and the nation.
    fn closings() -> Vec<Closing> {
        vec![
            closing("B1", Some("R1"), Level::Branch, 4),
            closing("B2", Some("R1"), Level::Branch, 3),
            closing("R1", Some("nation"), Level::Region, 7),
            closing("nation", None, Level::Nation, 7),
        ]
    }

    fn entry(rep: &str, branch: &str, moment: Option<u64>) -> LedgerEntry {
        let key =
            LedgerKey { day: day(), path: path(rep, branch), product: "WL01".into(), measure: Measure::Sold };
        LedgerEntry {
            book: BookId::SHARED,
            number: 1,
            document: DocumentId([1; 16]),
            posting: Posting { key, kind: EntryKind::Sold, count: 1, won: 10, ape_won: 120 },
            arrived_ms: 0,
            cause_seq: 1,
            rules: 1,
            chain: FeedChain::default(),
            moment,
        }
    }

    fn order(rep: &str, branch: &str) -> ExceptionOrder {
        ExceptionOrder {
            day: day(),
            path: path(rep, branch),
            account: rep.to_lowercase(),
            at_ms: 10,
            by: "hq".to_owned(),
            reason: None,
            until_ms: 100,
        }
    }

    fn opened(state: OpenState, order: &ExceptionOrder) -> Exception {
        match state.decide(order) {
            ExceptionOutcome::Opened(exception) => exception,
            other => panic!("not opened: {other:?}"),
        }
    }

    fn fresh(closings: Vec<Closing>, open: Vec<Exception>) -> OpenState {
        OpenState { last: open.len() as u64, open, closings }
    }

    fn end(path: Option<UnitPath>) -> ExceptionEnd {
        ExceptionEnd { id: 1, rules: 4, path, at_ms: 90, by: "hq".to_owned() }
    }

    fn state(exception: &Exception, closings: Vec<Closing>, entries: Vec<LedgerEntry>) -> EndState {
        EndState { rules: (4, 4), exception: Some(exception.clone()), moment: 9, closings, entries }
    }

    fn ended(state: EndState, end: &ExceptionEnd) -> (Option<u32>, Vec<Closing>) {
        match state.decide(end) {
            EndOutcome::Ended(Exception { ended: Some(ended), .. }, made) => (ended.stamp, made),
            other => panic!("not ended: {other:?}"),
        }
    }

    fn told(made: &[Closing]) -> Vec<(&str, u32, u32, i64)> {
        made.iter().map(|one| (one.unit.as_str(), one.stamp, one.above_stamp, one.sums.sold)).collect()
    }

    #[test]
    fn an_exception_is_for_a_closed_day_that_is_not_final() {
        let decide = |closings, open| fresh(closings, open).decide(&order("P1", "B1"));
        assert_eq!(decide(Vec::new(), Vec::new()), ExceptionOutcome::NotClosed);
        let moved = vec![closing("B1", Some("R2"), Level::Branch, 4)];
        assert_eq!(decide(moved, Vec::new()), ExceptionOutcome::Moved);
        for (place, unit) in [(0, "B1"), (2, "R1"), (3, "nation")] {
            let mut closings = closings();
            closings[place].is_final = true;
            assert_eq!(decide(closings, Vec::new()), ExceptionOutcome::Final(unit.into()));
        }
        let mut neighbour = closings();
        neighbour[1].is_final = true;
        let first = opened(fresh(neighbour, Vec::new()), &order("P1", "B1"));
        assert_eq!((first.id, first.rep.as_str(), first.account.as_str()), (1, "P1", "p1"));
        assert_eq!(decide(closings(), vec![first.clone()]), ExceptionOutcome::Open(first.clone()));
        let second = opened(fresh(closings(), vec![first.clone()]), &order("P2", "B1"));
        assert_eq!(second.id, 2, "another rep of the branch");
        let many = vec![Exception { day: Date::MIN, ..first }; OPEN_EXCEPTIONS];
        assert_eq!(decide(closings(), many), ExceptionOutcome::TooMany);
    }

    #[test]
    fn a_second_stamp_adds_the_entries_of_its_rep_that_came_in_time() {
        let exception = opened(fresh(closings(), Vec::new()), &order("P1", "B1"));
        let entries = vec![
            entry("P1", "B1", Some(5)), // in the first stamp
            entry("P1", "B1", Some(6)),
            entry("P1", "B1", Some(9)),
            entry("P1", "B1", Some(10)), // too late
            entry("P1", "B1", None),
            entry("P2", "B1", Some(6)),
            entry("P1", "B2", Some(6)),
        ];
        let here = Some(path("P1", "B1"));
        let (stamp, made) = ended(state(&exception, closings(), entries.clone()), &end(here.clone()));
        assert_eq!(stamp, Some(2));
        assert_eq!(told(&made), [("B1", 2, 2, 6), ("R1", 2, 2, 9), ("nation", 2, 0, 9)]);
        assert!(made.iter().all(|one| one.rep == Some("P1".into()) && one.moment == 9));
        // What the stamps hold by themselves is what they were made of.
        let stamps: Stamps = closings().into_iter().chain(made.clone()).collect();
        let held = |entry: &LedgerEntry| stamps.holding(&entry.posting.key, entry.moment);
        let units = [UnitCode::from("B1"), "R1".into(), "nation".into()];
        let all = |stamp| units.iter().map(|unit| (unit, stamp)).collect::<Vec<_>>();
        assert_eq!((held(&entries[0]), held(&entries[1]), held(&entries[2])), (all(1), all(2), all(2)));
        assert!(entries[3..6].iter().all(|entry| held(entry).is_empty()), "late, pending, another rep's");
        assert!(stamps.hold(Level::Rep, &entries[1].posting.key, Some(9)));
        // A third one is for another rep and may be of an earlier moment.
        let closings: Vec<_> = closings().into_iter().chain(made).collect();
        let exception = opened(fresh(closings.clone(), Vec::new()), &order("P2", "B1"));
        let later = EndState { moment: 7, ..state(&exception, closings, entries) };
        let (_, made) = ended(later, &end(Some(path("P2", "B1"))));
        assert_eq!(told(&made), [("B1", 3, 3, 7), ("R1", 3, 3, 10), ("nation", 3, 0, 10)]);
    }

    #[test]
    fn units_above_follow_as_far_as_they_are_stamped() {
        let here = Some(path("P1", "B1"));
        let entries = vec![entry("P1", "B1", Some(6))];
        let branch = closings()[..1].to_vec();
        let exception = opened(fresh(branch.clone(), Vec::new()), &order("P1", "B1"));
        let (_, made) = ended(state(&exception, branch, entries.clone()), &end(here.clone()));
        assert_eq!(told(&made), [("B1", 2, 1, 5)], "the region's first stamp will hold it");
        // The region had closed before the branch turned up.
        let mut late = closings();
        late[0].above_stamp = 0;
        let (_, made) = ended(state(&exception, late, entries), &end(here));
        assert_eq!(told(&made), [("B1", 2, 0, 5)]);
    }

    #[test]
    fn without_entries_there_is_no_stamp() {
        let exception = opened(fresh(closings(), Vec::new()), &order("P1", "B1"));
        let (here, entries) = (Some(path("P1", "B1")), vec![entry("P1", "B1", Some(6))]);
        assert_eq!(ended(state(&exception, closings(), Vec::new()), &end(here.clone())), (None, Vec::new()));
        for elsewhere in [None, Some(path("P1", "B2"))] {
            let moved = ended(state(&exception, closings(), entries.clone()), &end(elsewhere));
            assert_eq!(moved, (None, Vec::new()), "the rep was not there, as is known by now");
        }
        let unknown = EndState { exception: None, ..state(&exception, closings(), entries.clone()) };
        assert_eq!(unknown.decide(&end(here.clone())), EndOutcome::Unknown);
        let done = Ended { at_ms: 1, by: "hq".to_owned(), stamp: None };
        let before = Exception { ended: Some(done), ..exception.clone() };
        let outcome = state(&before, closings(), entries.clone()).decide(&end(here.clone()));
        assert_eq!(outcome, EndOutcome::Before(before));
        let rules = EndState { rules: (4, 3), ..state(&exception, closings(), entries) };
        assert_eq!(rules.decide(&end(here)), EndOutcome::RulesChanged);
    }

    #[test]
    fn an_open_exception_keeps_its_units_from_the_last_word() {
        let exception = opened(fresh(closings(), Vec::new()), &order("P1", "B1"));
        let hinders = |day, unit: &str| {
            !hindering(vec![exception.clone()], closings(), (day, &[unit.into()])).is_empty()
        };
        assert_eq!(["B1", "R1", "nation", "B2"].map(|unit| hinders(day(), unit)), [true, true, true, false]);
        assert!(!hinders(Date::MIN, "B1"), "another day");
    }
}
