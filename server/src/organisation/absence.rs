//! Leave of absence: days on which a rep is not expected to report.

use std::collections::BTreeMap;

use document_model::{Date, UnitCode, add_days};

/// Bytes of a reason.
const REASON_BYTES: usize = 200;

/// Days on which a rep is away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Absence {
    /// The rep.
    pub rep: UnitCode,
    /// First day.
    pub from: Date,
    /// Last day; `None`: nobody knows yet.
    pub to: Option<Date>,
    /// Why, in a few words.
    pub reason: String,
}

impl Absence {
    /// Whether a day is one of its days.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Its days, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.to {
            Some(to) => format!("from {} to {to}", self.from),
            None => format!("from {} on", self.from),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.covers(other.from) || other.covers(self.from)
    }
}

/// Why an absence cannot be noted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AbsenceRefused {
    /// The last day is before the first.
    #[error("the last day {to} is before the first day {from}")]
    Backwards {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// The reason is of no use.
    #[error("the reason is empty, too long, or has a line break")]
    Reason,
    /// The rep is away already.
    #[error("{} is absent {} already: {}", .0.rep, .0.in_words(), .0.reason)]
    Overlaps(Absence),
    /// The rep is not away.
    #[error("{rep} is not absent on {day}")]
    NotAbsent {
        /// The rep.
        rep: UnitCode,
        /// The day.
        day: Date,
    },
}

/// The absences of all reps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Absences {
    reps: BTreeMap<UnitCode, Vec<Absence>>,
}

impl Absences {
    /// The absences of a rep, in order.
    #[must_use]
    pub fn of(&self, rep: &UnitCode) -> &[Absence] {
        self.reps.get(rep).map_or(&[], Vec::as_slice)
    }

    /// Every rep who was ever away, by code, with the rep's absences in order.
    pub fn reps(&self) -> impl Iterator<Item = (&UnitCode, &[Absence])> {
        self.reps.iter().map(|(rep, absences)| (rep, absences.as_slice())).filter(|(_, all)| !all.is_empty())
    }

    /// The absence of a rep on a day.
    #[must_use]
    pub fn on(&self, rep: &UnitCode, day: Date) -> Option<&Absence> {
        self.of(rep).iter().find(|absence| absence.covers(day))
    }

    /// Whether nobody was ever away.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reps.is_empty()
    }

    /// The absences of a rep with one more. One from the same day is replaced: its end or reason is known
    /// better now.
    ///
    /// # Errors
    /// Why it cannot be noted.
    pub fn with(&self, new: Absence) -> Result<Vec<Absence>, AbsenceRefused> {
        if let Some(to) = new.to.filter(|to| *to < new.from) {
            return Err(AbsenceRefused::Backwards { from: new.from, to });
        }
        let reason = new.reason.trim();
        if reason.is_empty() || reason.len() > REASON_BYTES || reason.chars().any(char::is_control) {
            return Err(AbsenceRefused::Reason);
        }
        let others = self.of(&new.rep).iter().filter(|known| known.from != new.from);
        let mut all: Vec<_> = others.cloned().collect();
        if let Some(known) = all.iter().find(|known| known.meets(&new)) {
            return Err(AbsenceRefused::Overlaps(known.clone()));
        }
        all.push(Absence { reason: reason.to_owned(), ..new });
        all.sort();
        Ok(all)
    }

    /// The absences of a rep who is back from a day on.
    ///
    /// # Errors
    /// `NotAbsent`.
    pub fn ended(&self, rep: &UnitCode, back: Date) -> Result<Vec<Absence>, AbsenceRefused> {
        if self.on(rep, back).is_none() {
            return Err(AbsenceRefused::NotAbsent { rep: rep.clone(), day: back });
        }
        let mut all = self.of(rep).to_vec();
        all.retain(|absence| !(absence.covers(back) && absence.from == back));
        for absence in all.iter_mut().filter(|absence| absence.covers(back)) {
            absence.to = Some(add_days(back, -1));
        }
        Ok(all)
    }
}

impl FromIterator<Absence> for Absences {
    fn from_iter<I: IntoIterator<Item = Absence>>(absences: I) -> Self {
        let mut reps: BTreeMap<UnitCode, Vec<Absence>> = BTreeMap::new();
        for absence in absences {
            reps.entry(absence.rep.clone()).or_default().push(absence);
        }
        reps.values_mut().for_each(|absences| absences.sort());
        Self { reps }
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;

    fn absence(from: &str, to: Option<&str>) -> Absence {
        let day = |text: &str| parse_date(text).unwrap();
        Absence { rep: "P1".into(), from: day(from), to: to.map(day), reason: "leave".to_owned() }
    }

    #[test]
    fn a_rep_is_away_once_at_a_time() {
        let known: Absences = [absence("2026-03-01", Some("2026-03-31"))].into_iter().collect();
        let next = absence("2026-04-01", None);
        assert_eq!(known.with(next.clone()).unwrap(), [known.of(&"P1".into())[0].clone(), next]);
        for (from, to) in [("2026-02-01", None), ("2026-03-31", None), ("2026-02-01", Some("2026-03-01"))] {
            assert!(matches!(known.with(absence(from, to)), Err(AbsenceRefused::Overlaps(_))), "{from}");
        }
        let longer = absence("2026-03-01", Some("2026-06-30"));
        assert_eq!(known.with(longer.clone()).unwrap(), [longer], "said again, it is known better");
        let other = Absence { rep: "P2".into(), ..absence("2026-03-02", None) };
        assert_eq!(known.with(other).unwrap().len(), 1, "another rep is another rep");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let none = Absences::default();
        let backwards = none.with(absence("2026-03-02", Some("2026-03-01"))).unwrap_err();
        assert!(backwards.to_string().contains("before the first day"));
        for reason in ["", "  ", "a\nb", &"x".repeat(REASON_BYTES + 1)] {
            let said = Absence { reason: reason.to_owned(), ..absence("2026-03-01", None) };
            assert_eq!(none.with(said), Err(AbsenceRefused::Reason));
        }
    }

    #[test]
    fn who_is_back_is_absent_no_more() {
        let known: Absences = [absence("2026-03-01", None)].into_iter().collect();
        let day = |text: &str| parse_date(text).unwrap();
        let back = known.ended(&"P1".into(), day("2026-05-04")).unwrap();
        assert_eq!(back, [absence("2026-03-01", Some("2026-05-03"))]);
        assert_eq!(known.ended(&"P1".into(), day("2026-03-01")).unwrap(), [], "it never began");
        assert!(known.ended(&"P1".into(), day("2026-02-28")).is_err());
        assert!(known.on(&"P1".into(), day("2027-01-01")).is_some());
    }
}
