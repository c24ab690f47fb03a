//! What a policy contributes to the sales figures, as a pure function of its present state.
//!
//! The difference between two contributions is what the ledger writes down, so the sum of a
//! policy's entries always equals its present state. The device computes its own figures from the
//! same functions.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::dates::{Date, parse_date};
use crate::value::FieldValue;
use crate::{ProductCode, UnitCode};

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
    /// The day the customer withdrew.
    pub withdrawn_on: Option<Date>,
}

impl PolicyFacts {
    /// Reads the facts from fields whose problems do not block; `None` when a fact is missing.
    #[must_use]
    pub fn of_fields(fields: &BTreeMap<String, FieldValue>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(FieldValue::as_text);
        Some(Self {
            product: text("product")?.into(),
            premium_won: fields.get("premium_won")?.as_number()?,
            payment_mode: text("payment_mode").unwrap_or("monthly").to_owned(),
            sale_date: parse_date(text("sale_date")?)?,
            withdrawn_on: text("withdrawn_on").and_then(parse_date),
        })
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
    /// Policies withdrawn: entries carry negative count and won, so all entries sum to the net.
    #[n(2)]
    Withdrawn,
}

impl Measure {
    /// The number that is stored.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Sold => 1,
            Self::Withdrawn => 2,
        }
    }

    /// The measure of a stored number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        [Self::Sold, Self::Withdrawn].into_iter().find(|measure| measure.number() == number)
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
    /// Policies, signed.
    pub count: i64,
    /// Won, signed.
    pub won: i64,
}

/// A policy's facts and where they count.
pub type Placed<'a> = (&'a PolicyFacts, &'a UnitPath);

/// What must be posted so that the ledger moves from `before` to `after`: what was is undone at its
/// original unit and date, what is is posted. Nothing when nothing countable changed.
#[must_use]
pub fn postings(before: Option<Placed<'_>>, after: Option<Placed<'_>>) -> Vec<Posting> {
    let mut sums: BTreeMap<LedgerKey, (i64, i64)> = BTreeMap::new();
    let sides = [(before, -1), (after, 1)];
    for (placed, sign) in sides {
        for posting in placed.map(contribution).into_iter().flatten() {
            let sum = sums.entry(posting.key).or_default();
            sum.0 += sign * posting.count;
            sum.1 += sign * posting.won;
        }
    }
    let moved = sums.into_iter().filter(|(_, sum)| *sum != (0, 0));
    moved.map(|(key, (count, won))| Posting { key, count, won }).collect()
}

/// The present contribution of one policy.
fn contribution((facts, path): Placed<'_>) -> Vec<Posting> {
    let key = |measure| LedgerKey {
        day: facts.sale_date,
        path: path.clone(),
        product: facts.product.clone(),
        measure,
    };
    let mut postings = vec![Posting { key: key(Measure::Sold), count: 1, won: facts.premium_won }];
    if facts.withdrawn_on.is_some() {
        postings.push(Posting { key: key(Measure::Withdrawn), count: -1, won: -facts.premium_won });
    }
    postings
}

/// The sums of any set of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Encode, Decode)]
pub struct Sums {
    /// Policies sold.
    #[n(0)]
    pub sold: i64,
    /// Policies withdrawn.
    #[n(1)]
    pub withdrawn: i64,
    /// Premium sold, in won.
    #[n(2)]
    pub premium_gross_won: i64,
    /// Premium withdrawn, in won.
    #[n(3)]
    pub premium_withdrawn_won: i64,
}

impl Sums {
    /// Adds one posting.
    pub fn post(&mut self, measure: Measure, count: i64, won: i64) {
        match measure {
            Measure::Sold => {
                self.sold += count;
                self.premium_gross_won += won;
            }
            Measure::Withdrawn => {
                self.withdrawn -= count;
                self.premium_withdrawn_won -= won;
            }
        }
    }

    /// Adds other sums.
    pub fn add(&mut self, other: &Self) {
        self.sold += other.sold;
        self.withdrawn += other.withdrawn;
        self.premium_gross_won += other.premium_gross_won;
        self.premium_withdrawn_won += other.premium_withdrawn_won;
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
            sale_date: parse_date(day).expect("a date"),
            withdrawn_on: withdrawn.then(|| parse_date("2026-06-09").expect("a date")),
        }
    }

    fn path() -> UnitPath {
        UnitPath { rep: "P1".into(), branch: "B1".into(), region: "R1".into() }
    }

    fn sums(postings: &[Posting]) -> Sums {
        let mut sums = Sums::default();
        postings.iter().for_each(|p| sums.post(p.key.measure, p.count, p.won));
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
}
