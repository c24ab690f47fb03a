//! What a policy contributes to the sales figures, as a pure function of its present state.
//!
//! The difference between two contributions is what the ledger writes down, so the sum of a
//! policy's entries always equals its present state. The device computes its own figures from the
//! same functions.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::dates::{Date, add_months, parse_date};
use crate::problem::{Problem, WITHDRAWN_TOO_LATE, any_blocking};
use crate::value::FieldValue;
use crate::{ProductCode, RecordFacts, UnitCode};

/// The countable facts of a policy. A policy with a blocking problem has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFacts {
    /// What was sold.
    pub product: ProductCode,
    /// The premium of one payment, in won.
    pub premium_won: i64,
    /// How often it is paid: a code of [`crate::schema::PAYMENT_MODES`].
    pub payment_mode: String,
    /// The business day it counts on.
    pub sale_date: Date,
    /// Its annual premium equivalent, in won: see [`ape_won`].
    pub ape_won: i64,
    /// The day the customer withdrew.
    pub withdrawn_on: Option<Date>,
    /// The day it lapsed, as headquarters' record of the policy says.
    pub lapsed_on: Option<Date>,
}

impl PolicyFacts {
    /// What counts of a policy with these fields and problems, and of headquarters' record of it. `None` when a
    /// problem keeps it from counting, or a fact is missing.
    #[must_use]
    pub fn counted(
        fields: &BTreeMap<String, FieldValue>,
        problems: &[Problem],
        record: RecordFacts,
    ) -> Option<Self> {
        let facts = Self::of_fields(fields).filter(|_| !any_blocking(problems))?;
        let late = problems.iter().any(|problem| problem.code == WITHDRAWN_TOO_LATE);
        let withdrawn_on = facts.withdrawn_on.filter(|_| !late);
        Some(Self { withdrawn_on, lapsed_on: record.lapsed_on, ..facts })
    }

    /// Reads the facts from fields whose problems do not block; `None` when a fact is missing.
    fn of_fields(fields: &BTreeMap<String, FieldValue>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(FieldValue::as_text);
        let premium_won = fields.get("premium_won")?.as_number()?;
        let payment_mode = text("payment_mode").unwrap_or("monthly").to_owned();
        Some(Self {
            product: text("product")?.into(),
            premium_won,
            ape_won: ape_won(premium_won, &payment_mode),
            payment_mode,
            sale_date: parse_date(text("sale_date")?)?,
            withdrawn_on: text("withdrawn_on").and_then(parse_date),
            lapsed_on: None,
        })
    }

    /// How long after the sale it lapsed; nothing while it is in force.
    fn lapse(&self) -> Option<Measure> {
        let lapsed_on = self.lapsed_on?;
        let within = |months: i32| lapsed_on < add_months(self.sale_date, months);
        Some(if within(13) {
            Measure::LapsedIn13Months
        } else if within(25) {
            Measure::LapsedIn25Months
        } else {
            Measure::LapsedLater
        })
    }
}

/// The annual premium equivalent of a premium: what a year of it brings, and a tenth of what is paid once
/// and for all, whole won and no more. A payment mode that nobody knows is a problem of its policy and
/// brings nothing until it is put right.
#[must_use]
pub fn ape_won(premium_won: i64, payment_mode: &str) -> i64 {
    match payment_mode {
        "monthly" => premium_won.saturating_mul(12),
        "quarterly" => premium_won.saturating_mul(4),
        "annual" => premium_won,
        "single" => premium_won / 10,
        _ => 0,
    }
}

/// The units a sale counts under: the path of the selling rep on the business day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPath {
    /// The rep.
    pub rep: UnitCode,
    /// The rep's branch that day.
    pub branch: UnitCode,
    /// The branch's region that day.
    pub region: UnitCode,
}

/// Which sum an entry goes into. The number is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Measure {
    /// Policies sold: count and gross premium.
    #[n(1)]
    Sold,
    /// Policies withdrawn: entries carry negative count and won, so these and those sold sum to the net.
    #[n(2)]
    Withdrawn,
    /// Policies that lapsed before thirteen months were over. A lapse leaves the net as it is.
    #[n(3)]
    LapsedIn13Months,
    /// Policies that lapsed after that, before twenty-five months were over.
    #[n(4)]
    LapsedIn25Months,
    /// Policies that lapsed later still.
    #[n(5)]
    LapsedLater,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 5] =
        [Self::Sold, Self::Withdrawn, Self::LapsedIn13Months, Self::LapsedIn25Months, Self::LapsedLater];

    /// The number that is stored.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Sold => 1,
            Self::Withdrawn => 2,
            Self::LapsedIn13Months => 3,
            Self::LapsedIn25Months => 4,
            Self::LapsedLater => 5,
        }
    }

    /// The measure of a stored number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.number() == number)
    }

    /// Whether its entries are part of the net.
    #[must_use]
    pub fn is_of_net(self) -> bool {
        matches!(self, Self::Sold | Self::Withdrawn)
    }
}

/// What an entry of the ledger tells. The number is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Written by a version that did not say.
    Unsaid,
    /// A policy counts that did not before.
    Sold,
    /// A policy counts otherwise than before: its product, premium, payment mode or day.
    Corrected,
    /// The customer withdrew.
    Withdrawn,
    /// The policy lapsed.
    Lapsed,
    /// A withdrawal or lapse was taken back.
    Reinstated,
    /// A policy counts under other units: the organisation of its day was changed afterwards.
    Transferred,
    /// A policy counts no longer: it breaks a rule that it did not before.
    Uncounted,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Unsaid,
        Self::Sold,
        Self::Corrected,
        Self::Withdrawn,
        Self::Lapsed,
        Self::Reinstated,
        Self::Transferred,
        Self::Uncounted,
    ];

    /// The number that is stored.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Unsaid => 0,
            Self::Sold => 1,
            Self::Corrected => 2,
            Self::Withdrawn => 3,
            Self::Lapsed => 4,
            Self::Reinstated => 5,
            Self::Transferred => 6,
            Self::Uncounted => 7,
        }
    }

    /// The kind of a stored number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The word people use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsaid => "unsaid",
            Self::Sold => "sold",
            Self::Corrected => "corrected",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::Reinstated => "reinstated",
            Self::Transferred => "transferred",
            Self::Uncounted => "uncounted",
        }
    }
}

/// Where a contribution lands: one key of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerKey {
    /// The business day.
    pub day: Date,
    /// The units of that day.
    pub path: UnitPath,
    /// The product.
    pub product: ProductCode,
    /// The sum it goes into.
    pub measure: Measure,
}

/// A signed count and amount at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Where.
    pub key: LedgerKey,
    /// What it tells.
    pub kind: EntryKind,
    /// Policies, signed.
    pub count: i64,
    /// Won, signed.
    pub won: i64,
    /// Annual premium equivalent in won, signed.
    pub ape_won: i64,
}

/// A policy's facts and where they count.
pub type Placed<'a> = (&'a PolicyFacts, &'a UnitPath);

/// What must be posted so that the ledger moves from `before` to `after`: what was is undone at its
/// original unit and date, what is is posted. Nothing when nothing countable changed.
#[must_use]
pub fn postings(before: Option<Placed<'_>>, after: Option<Placed<'_>>) -> Vec<Posting> {
    let mut sums: BTreeMap<LedgerKey, Amounts> = BTreeMap::new();
    for (placed, sign) in [(before, -1), (after, 1)] {
        for (key, amounts) in placed.map(contribution).into_iter().flatten() {
            let sum = sums.entry(key).or_default();
            for (sum, amount) in sum.iter_mut().zip(amounts) {
                *sum += sign * amount;
            }
        }
    }
    let moved = sums.into_iter().filter(|(_, amounts)| *amounts != Amounts::default());
    let posting = |(key, [count, won, ape_won]): (LedgerKey, Amounts)| {
        let kind = kind_of(&key, count, before, after);
        Posting { key, kind, count, won, ape_won }
    };
    moved.map(posting).collect()
}

/// What a posting tells, of a policy that counted so before and counts so now.
fn kind_of(key: &LedgerKey, count: i64, before: Option<Placed<'_>>, after: Option<Placed<'_>>) -> EntryKind {
    let (Some(before), Some(after)) = (before, after) else {
        return if after.is_some() { EntryKind::Sold } else { EntryKind::Uncounted };
    };
    let gone = |(facts, _): Placed<'_>| (facts.withdrawn_on.is_some(), facts.lapsed_on.is_some());
    let (was, is) = (gone(before), gone(after));
    match key.measure {
        Measure::Withdrawn if was.0 != is.0 => {
            if count < 0 {
                EntryKind::Withdrawn
            } else {
                EntryKind::Reinstated
            }
        }
        Measure::LapsedIn13Months | Measure::LapsedIn25Months | Measure::LapsedLater if was != is => {
            if count > 0 { EntryKind::Lapsed } else { EntryKind::Reinstated }
        }
        _ if before.1 != after.1 && before.0.sale_date == after.0.sale_date => EntryKind::Transferred,
        _ => EntryKind::Corrected,
    }
}

/// Count, won and annual premium equivalent.
type Amounts = [i64; 3];

/// The present contribution of one policy.
fn contribution((facts, path): Placed<'_>) -> Vec<(LedgerKey, Amounts)> {
    let key = |measure| LedgerKey {
        day: facts.sale_date,
        path: path.clone(),
        product: facts.product.clone(),
        measure,
    };
    let (won, ape_won) = (facts.premium_won, facts.ape_won);
    let mut parts = vec![(key(Measure::Sold), [1, won, ape_won])];
    if facts.withdrawn_on.is_some() {
        parts.push((key(Measure::Withdrawn), [-1, -won, -ape_won]));
    } else if let Some(measure) = facts.lapse() {
        parts.push((key(measure), [1, won, ape_won]));
    }
    parts
}

/// How long policies are asked to have stayed in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistency {
    /// Until the thirteenth month was over.
    In13Months,
    /// Until the twenty-fifth month was over.
    In25Months,
}

/// The sums of any set of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Policies sold.
    pub sold: i64,
    /// Policies withdrawn.
    pub withdrawn: i64,
    /// Premium sold, in won.
    pub premium_gross_won: i64,
    /// Premium withdrawn, in won.
    pub premium_withdrawn_won: i64,
    /// Annual premium equivalent sold, in won.
    pub ape_gross_won: i64,
    /// Annual premium equivalent withdrawn, in won.
    pub ape_withdrawn_won: i64,
    /// Policies that lapsed before thirteen months were over.
    pub lapsed_in_13_months: i64,
    /// Policies that lapsed after that, before twenty-five months were over.
    pub lapsed_in_25_months: i64,
    /// Policies that lapsed later still.
    pub lapsed_later: i64,
    /// Premium of the policies that lapsed, in won.
    pub premium_lapsed_won: i64,
}

impl Sums {
    /// Adds one posting.
    pub fn post(&mut self, posting: &Posting) {
        let Posting { count, won, ape_won, .. } = *posting;
        match posting.key.measure {
            Measure::Sold => {
                self.sold += count;
                self.premium_gross_won += won;
                self.ape_gross_won += ape_won;
                return;
            }
            Measure::Withdrawn => {
                self.withdrawn -= count;
                self.premium_withdrawn_won -= won;
                self.ape_withdrawn_won -= ape_won;
                return;
            }
            Measure::LapsedIn13Months => self.lapsed_in_13_months += count,
            Measure::LapsedIn25Months => self.lapsed_in_25_months += count,
            Measure::LapsedLater => self.lapsed_later += count,
        }
        self.premium_lapsed_won += won;
    }

    /// Adds other sums.
    pub fn add(&mut self, other: &Self) {
        for (sum, part) in self.parts_mut().into_iter().zip(other.parts()) {
            *sum += part;
        }
    }

    /// What takes these sums away when it is added.
    #[must_use]
    pub fn negative(&self) -> Self {
        Self::of_parts(self.parts().map(|part| -part))
    }

    /// Every sum, in the order they are declared and stored.
    #[must_use]
    pub fn parts(&self) -> [i64; 10] {
        let mut copy = *self;
        copy.parts_mut().map(|part| *part)
    }

    /// The sums of parts.
    #[must_use]
    pub fn of_parts(parts: [i64; 10]) -> Self {
        let mut sums = Self::default();
        for (sum, part) in sums.parts_mut().into_iter().zip(parts) {
            *sum = part;
        }
        sums
    }

    fn parts_mut(&mut self) -> [&mut i64; 10] {
        [
            &mut self.sold,
            &mut self.withdrawn,
            &mut self.premium_gross_won,
            &mut self.premium_withdrawn_won,
            &mut self.ape_gross_won,
            &mut self.ape_withdrawn_won,
            &mut self.lapsed_in_13_months,
            &mut self.lapsed_in_25_months,
            &mut self.lapsed_later,
            &mut self.premium_lapsed_won,
        ]
    }

    /// Sold less withdrawn.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.sold - self.withdrawn
    }

    /// Premium sold less premium withdrawn, in won.
    #[must_use]
    pub fn premium_net_won(&self) -> i64 {
        self.premium_gross_won - self.premium_withdrawn_won
    }

    /// Annual premium equivalent sold less withdrawn, in won.
    #[must_use]
    pub fn ape_net_won(&self) -> i64 {
        self.ape_gross_won - self.ape_withdrawn_won
    }

    /// Policies that lapsed, whenever that was.
    #[must_use]
    pub fn lapsed(&self) -> i64 {
        self.lapsed_in_13_months + self.lapsed_in_25_months + self.lapsed_later
    }

    /// Of a thousand policies sold and not withdrawn, those still in force when so many months were over, rounded
    /// down. Nothing before they are over for all of them: `sold_until` is the last day of sale, `today` the day that
    /// is asked. Nothing where no policy is left, either.
    #[must_use]
    pub fn persistency_permille(&self, term: Persistency, sold_until: Date, today: Date) -> Option<i64> {
        let (months, lapsed) = match term {
            Persistency::In13Months => (13, self.lapsed_in_13_months),
            Persistency::In25Months => (25, self.lapsed_in_13_months + self.lapsed_in_25_months),
        };
        if self.net() <= 0 || add_months(sold_until, months) > today {
            return None;
        }
        Some(((self.net() - lapsed) * 1_000).div_euclid(self.net()))
    }

    /// True when every sum is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(product: &str, won: i64, day: &str, withdrawn: bool) -> PolicyFacts {
        PolicyFacts {
            product: product.into(),
            premium_won: won,
            payment_mode: "monthly".into(),
            ape_won: ape_won(won, "monthly"),
            sale_date: parse_date(day).expect("a date"),
            withdrawn_on: withdrawn.then(|| parse_date("2026-06-09").expect("a date")),
            lapsed_on: None,
        }
    }

    fn path() -> UnitPath {
        UnitPath { rep: "P1".into(), branch: "B1".into(), region: "R1".into() }
    }

    fn sums(postings: &[Posting]) -> Sums {
        let mut sums = Sums::default();
        postings.iter().for_each(|posting| sums.post(posting));
        sums
    }

    #[test]
    fn a_sale_a_withdrawal_and_nothing() {
        let path = path();
        let sold = facts("WL01", 50_000, "2026-06-01", false);
        let gone = facts("WL01", 50_000, "2026-06-01", true);
        let first = postings(None, Some((&sold, &path)));
        assert_eq!(first.len(), 1);
        assert_eq!((first[0].count, first[0].won), (1, 50_000));
        let second = postings(Some((&sold, &path)), Some((&gone, &path)));
        assert_eq!(second.len(), 1);
        assert_eq!((second[0].count, second[0].won, second[0].key.day), (-1, -50_000, sold.sale_date));
        assert_eq!(postings(Some((&gone, &path)), Some((&gone, &path))), []);
        assert_eq!(postings(Some((&gone, &path)), None).len(), 2, "both sides are undone");
    }

    #[test]
    fn postings_of_any_history_sum_to_the_present_state() {
        let path = path();
        let states = [
            None,
            Some(facts("WL01", 50_000, "2026-06-01", false)),
            Some(facts("WL01", 70_000, "2026-06-01", false)),
            Some(facts("TL01", 70_000, "2026-06-02", true)),
            None,
            Some(facts("TL01", 10, "2026-06-02", true)),
        ];
        let mut all = Vec::new();
        for pair in states.windows(2) {
            let place = |state: &'_ Option<PolicyFacts>| state.clone();
            let (before, after) = (place(&pair[0]), place(&pair[1]));
            all.extend(postings(before.as_ref().map(|f| (f, &path)), after.as_ref().map(|f| (f, &path))));
            let present = postings(None, after.as_ref().map(|f| (f, &path)));
            assert_eq!(sums(&all), sums(&present));
        }
        assert_eq!(sums(&all).premium_net_won(), 0);
    }

    #[test]
    fn a_year_of_premium_and_a_tenth_of_what_is_paid_once() {
        let modes = ["monthly", "quarterly", "annual", "single", "weekly"];
        assert_eq!(modes.map(|mode| ape_won(10_005, mode)), [120_060, 40_020, 10_005, 1_000, 0]);
    }

    #[test]
    fn a_lapse_leaves_the_net_and_counts_by_the_months_it_took() {
        let path = path();
        let sold = facts("WL01", 50_000, "2026-06-15", false);
        let cases = [
            ("2027-07-14", Measure::LapsedIn13Months),
            ("2027-07-15", Measure::LapsedIn25Months),
            ("2028-07-14", Measure::LapsedIn25Months),
            ("2028-07-15", Measure::LapsedLater),
        ];
        for (day, measure) in cases {
            let lapsed = PolicyFacts { lapsed_on: parse_date(day), ..sold.clone() };
            let posted = postings(Some((&sold, &path)), Some((&lapsed, &path)));
            assert_eq!(
                posted.iter().map(|p| (p.key.measure, p.kind)).collect::<Vec<_>>(),
                [(measure, EntryKind::Lapsed)]
            );
            let sums = sums(&posted);
            assert_eq!((sums.lapsed(), sums.premium_lapsed_won, sums.net()), (1, 50_000, 0), "{day}");
            let back = postings(Some((&lapsed, &path)), Some((&sold, &path)));
            assert_eq!((back[0].kind, back[0].count), (EntryKind::Reinstated, -1));
        }
        let both =
            PolicyFacts { lapsed_on: parse_date("2026-08-01"), ..facts("WL01", 1, "2026-06-15", true) };
        assert_eq!(
            sums(&postings(None, Some((&both, &path)))).lapsed(),
            0,
            "what was withdrawn cannot lapse"
        );
    }

    #[test]
    fn postings_say_what_happened() {
        let (here, there) = (path(), UnitPath { branch: "B2".into(), ..path() });
        let sold = facts("WL01", 50_000, "2026-06-01", false);
        let gone = facts("WL01", 50_000, "2026-06-01", true);
        let dearer = facts("WL01", 70_000, "2026-06-01", false);
        let later = facts("WL01", 50_000, "2026-06-02", false);
        let yearly = PolicyFacts { payment_mode: "annual".into(), ape_won: 50_000, ..sold.clone() };
        type Side<'a> = Option<(&'a PolicyFacts, &'a UnitPath)>;
        let told = |before: Side<'_>, after: Side<'_>| {
            postings(before, after).iter().map(|p| (p.kind.as_str(), p.count, p.won)).collect::<Vec<_>>()
        };
        let before = Some((&sold, &here));
        assert_eq!(told(None, before), [("sold", 1, 50_000)]);
        assert_eq!(told(before, None), [("uncounted", -1, -50_000)]);
        assert_eq!(told(before, Some((&gone, &here))), [("withdrawn", -1, -50_000)]);
        assert_eq!(told(Some((&gone, &here)), before), [("reinstated", 1, 50_000)]);
        assert_eq!(told(before, Some((&dearer, &here))), [("corrected", 0, 20_000)]);
        assert_eq!(told(before, Some((&yearly, &here))), [("corrected", 0, 0)], "its yearly premium changed");
        assert_eq!(
            told(before, Some((&sold, &there))),
            [("transferred", -1, -50_000), ("transferred", 1, 50_000)]
        );
        assert_eq!(
            told(before, Some((&later, &there))),
            [("corrected", -1, -50_000), ("corrected", 1, 50_000)]
        );
    }

    #[test]
    fn persistency_is_as_worked_out_by_hand() {
        let day = |text: &str| parse_date(text).expect("a date");
        // Eight policies sold in June 2026: one withdrawn, seven net. Of these four lapsed: one on its 13th month's
        // last day, one a day later, one on its 25th month's last day, one a day later.
        let lapses = ["2027-07-14", "2027-07-15", "2028-07-14", "2028-07-15"];
        let mut all = Sums::default();
        for number in 0..8 {
            let mut facts = facts("WL01", 10_000, "2026-06-15", number == 7);
            facts.lapsed_on = lapses.get(number).map(|text| day(text));
            all.add(&sums(&postings(None, Some((&facts, &path())))));
        }
        assert_eq!((all.sold, all.net(), all.lapsed()), (8, 7, 4));
        let told = |today: &str| {
            let on = |term| all.persistency_permille(term, day("2026-06-15"), day(today));
            (on(Persistency::In13Months), on(Persistency::In25Months))
        };
        // 13 months: 6 of 7 = 85.7 %. 25 months: 4 of 7 = 57.1 %.
        assert_eq!(told("2027-07-14"), (None, None), "the 13th month is not over");
        assert_eq!(told("2027-07-15"), (Some(857), None));
        assert_eq!(told("2028-07-14"), (Some(857), None));
        assert_eq!(told("2028-07-15"), (Some(857), Some(571)));
        assert_eq!(
            Sums::default().persistency_permille(
                Persistency::In13Months,
                day("2020-01-01"),
                day("2026-01-01")
            ),
            None,
            "of nothing sold there is none"
        );
    }

    #[test]
    fn numbers_are_frozen() {
        assert_eq!(Measure::ALL.map(Measure::number), [1, 2, 3, 4, 5]);
        assert_eq!(EntryKind::ALL.map(EntryKind::number), [0, 1, 2, 3, 4, 5, 6, 7]);
        let parts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        assert_eq!(Sums::of_parts(parts).parts(), parts);
    }
}
