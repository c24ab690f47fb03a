//! Why two figures of a unit and a day differ: the list of entries that one holds and the other does not.

use document_model::sales::{EntryKind, Sums};
use document_model::{Actor, BookId, ChangeHash, Date, DocumentId, Moment, UnitCode, format_moment};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::SumsShown;
use super::{Gate, Hub, HubError};
use crate::auth::{Action, Object, Principal, may};
use crate::organisation::{Level, NATION};
use crate::storage::{
    Entries, EntryQuery, FeedBody, FigureQuery, LedgerEntry, SplitBy, Stamps, Storage, View,
};

/// Entries one explanation lists.
const LISTED: usize = 10_000;

/// Why there is no explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The unit's day is not closed.
    #[error("{1} is not closed for {0}")]
    NotClosed(UnitCode, Date),
    /// There are more entries than an explanation lists.
    #[error("more than {LISTED} entries make the difference; ask unit by unit")]
    TooMany,
    /// The hub could not answer.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<crate::storage::StorageError> for ExplainError {
    fn from(error: crate::storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// An explanation: entries that sum to the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The unit.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// The business day.
    pub date: String,
    /// The figures before.
    pub from: SumsShown,
    /// The figures after.
    pub to: SumsShown,
    /// What lies between them: the sum of the entries.
    pub difference: SumsShown,
    /// What happened, in order.
    pub entries: Vec<EntryShown>,
}

/// A ledger entry as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntryShown {
    /// The policy.
    #[schema(value_type = String)]
    pub policy: DocumentId,
    /// Who sold it.
    #[schema(value_type = String)]
    pub rep: UnitCode,
    /// The rep's branch on the business day.
    #[schema(value_type = String)]
    pub branch: UnitCode,
    /// The branch's region that day.
    #[schema(value_type = String)]
    pub region: UnitCode,
    /// The product.
    pub product: String,
    /// What happened: `sold`, `corrected`, `withdrawn`, `lapsed`, `reinstated`, `transferred`, `uncounted`.
    pub kind: &'static str,
    /// What it adds to the net number of policies.
    pub count: i64,
    /// What it adds to the net premium, in won.
    pub won: i64,
    /// What it adds to the net annual premium equivalent, in won.
    pub ape_won: i64,
    /// What it adds to the policies that lapsed.
    pub lapsed: i64,
    /// The day it counts on.
    pub business_date: String,
    /// When the hub stored it.
    pub arrived: String,
    /// The moment it went into the cells; nothing while it is pending.
    pub moment: Option<u64>,
    /// The edit behind it.
    pub cause: Cause,
}

/// The edit behind a ledger entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cause {
    /// The book.
    #[schema(value_type = String)]
    pub book: BookId,
    /// The entry of the book's feed.
    pub seq: u64,
    /// The change; nothing where no edit led to it, but a change of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// Whose account made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A state of the figures of one day, and the entries it holds.
enum Held<'s> {
    Now,
    AsOf(u64),
    /// With the newest stamps of the units at this level.
    Closed(Level, &'s Stamps),
}

impl<'s> Held<'s> {
    fn of(view: View, level: Level, stamps: &'s Stamps) -> Self {
        match view {
            View::Now => Self::Now,
            View::AsOf(moment) => Self::AsOf(moment),
            View::Closed => Self::Closed(level, stamps),
        }
    }

    /// Every entry up to this moment is in it.
    fn surely_until(&self) -> u64 {
        match self {
            Self::Now => u64::MAX,
            Self::AsOf(moment) => *moment,
            Self::Closed(_, stamps) => stamps.surely_until(),
        }
    }

    fn has(&self, entry: &LedgerEntry) -> bool {
        match self {
            Self::Now => true,
            Self::AsOf(until) => entry.moment.is_some_and(|moment| moment <= *until),
            Self::Closed(level, stamps) => stamps.hold(*level, &entry.posting.key, entry.moment),
        }
    }
}

/// The entries that one state holds and the other does not; those that only the first holds are taken back.
fn between(from: &Held<'_>, to: &Held<'_>, entries: Vec<LedgerEntry>) -> Vec<LedgerEntry> {
    let sign = |mut entry: LedgerEntry| match (from.has(&entry), to.has(&entry)) {
        (false, true) => Some(entry),
        (true, false) => {
            entry.posting.count = -entry.posting.count;
            entry.posting.won = -entry.posting.won;
            entry.posting.ape_won = -entry.posting.ape_won;
            Some(entry)
        }
        _ => None,
    };
    entries.into_iter().filter_map(sign).collect()
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Explains the difference between two states of a unit's day to `principal`, who may see the unit.
    pub async fn explain_for(
        &self,
        principal: &Principal,
        (level, unit): (Level, UnitCode),
        date: Date,
        states: (View, View),
    ) -> Result<Explanation, ExplainError> {
        let rules = self.rules.current(&self.storage).await.map_err(HubError::from)?;
        if !may(principal, Action::SeeFigures, Object::Figures { unit: &unit, roster: &rules.roster }) {
            return Err(HubError::NotAllowed.into());
        }
        self.explain((level, unit), date, states).await
    }

    /// Explains it to whoever holds the data folder.
    pub async fn explain(
        &self,
        (level, unit): (Level, UnitCode),
        date: Date,
        (from, to): (View, View),
    ) -> Result<Explanation, ExplainError> {
        let stamps: Stamps = self.storage.closings(date, date).await?.into_iter().collect();
        let rules = self.rules.current(&self.storage).await?;
        // A rep is closed with the branch of that day.
        let closed_with = match level {
            Level::Rep => rules.roster.path(&unit, date).map(|path| path.branch),
            _ => Some(unit.clone()),
        };
        let closed = closed_with.is_some_and(|unit| !stamps.of(date, &unit).is_empty());
        if [from, to].contains(&View::Closed) && !closed {
            return Err(ExplainError::NotClosed(unit, date));
        }
        let states = [from, to].map(|view| Held::of(view, level, &stamps));
        let after = states.iter().map(Held::surely_until).min().unwrap_or_default();
        let under = (unit.as_str() != NATION).then(|| (level, unit.clone()));
        let query = EntryQuery { from: date, to: date, under: under.clone(), after };
        let entries = self.storage.entries(&query, LISTED + 1).await?;
        if entries.len() > LISTED {
            return Err(ExplainError::TooMany);
        }
        let [from_state, to_state] = &states;
        let entries = between(from_state, to_state, entries);
        let mut difference = Sums::default();
        entries.iter().for_each(|entry| difference.post(&entry.posting));
        let query =
            FigureQuery { from: date, to: date, level, under, by: SplitBy::Unit, view: from, placed: None };
        let mut before = Sums::default();
        // The state before does not move while it is read, unless it is the present one: then the other does
        // not, and the present one is what the entries make of it.
        let (view, sign) = if from == View::Now { (to, -1) } else { (from, 1) };
        for row in self.storage.figures(&FigureQuery { view, ..query }).await?.rows {
            before.add(&row.sums);
        }
        let mut after = before;
        if sign > 0 {
            after.add(&difference)
        } else {
            before.add(&difference.negative())
        }
        Ok(Explanation {
            unit,
            date: date.to_string(),
            from: SumsShown::from(&before),
            to: SumsShown::from(&after),
            difference: SumsShown::from(&difference),
            entries: self.shown(entries).await?,
        })
    }

    /// Entries with the edits behind them.
    async fn shown(&self, entries: Vec<LedgerEntry>) -> Result<Vec<EntryShown>, HubError> {
        let mut shown = Vec::with_capacity(entries.len());
        for entry in entries {
            // What was judged again was no edit's doing.
            let edit = match entry.posting.kind {
                EntryKind::Transferred => None,
                _ => self.edit_behind(&entry).await?,
            };
            let by = match edit {
                Some((_, _, actor)) => self.storage.streams(&[actor]).await?.pop().flatten(),
                None => None,
            };
            let seq = edit.map_or(entry.cause_seq, |(seq, ..)| seq);
            let change = edit.map(|(_, hash, _)| hash.to_string());
            shown.push(EntryShown::of(entry, seq, change, by.map(|by| by.user)));
        }
        Ok(shown)
    }

    /// The edit that arrived with an entry: of its policy, or of headquarters' record of it.
    async fn edit_behind(&self, entry: &LedgerEntry) -> Result<Option<(u64, ChangeHash, Actor)>, HubError> {
        let stretch = (entry.cause_seq.saturating_sub(1), entry.cause_seq);
        let row = self.storage.feed(entry.book, Entries::All, stretch, 1, 1).await?.pop();
        let is_of_record = matches!(entry.posting.kind, EntryKind::Lapsed | EntryKind::Reinstated);
        if (is_of_record || row.as_ref().is_some_and(|row| row.arrived_ms != entry.arrived_ms))
            && let Some(edit) = self.record_edit(entry).await?
        {
            return Ok(Some((edit.seq, edit.hash, edit.actor)));
        }
        Ok(row.and_then(|row| match row.body {
            FeedBody::Change { hash, actor, .. } => Some((row.seq, hash, actor)),
            _ => None,
        }))
    }
}

impl EntryShown {
    fn of(entry: LedgerEntry, seq: u64, change: Option<String>, by: Option<String>) -> Self {
        let mut sums = Sums::default();
        sums.post(&entry.posting);
        let key = entry.posting.key;
        Self {
            policy: entry.document,
            rep: key.path.rep,
            branch: key.path.branch,
            region: key.path.region,
            product: key.product.0,
            kind: entry.posting.kind.as_str(),
            count: sums.net(),
            won: sums.premium_net_won(),
            ape_won: sums.ape_net_won(),
            lapsed: sums.lapsed(),
            business_date: key.day.to_string(),
            arrived: format_moment(Moment(entry.arrived_ms)),
            moment: entry.moment,
            cause: Cause { book: entry.book, seq, change, by },
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;
    use document_model::sales::{LedgerKey, Measure, Posting, UnitPath};
    use sync_protocol::FeedChain;

    use super::*;
    use crate::storage::Closing;

    fn entry(number: u64, branch: &str, moment: Option<u64>) -> LedgerEntry {
        let path = UnitPath { rep: "P1".into(), branch: branch.into(), region: "R1".into() };
        let day = parse_date("2026-06-01").unwrap();
        let key = LedgerKey { day, path, product: "WL01".into(), measure: Measure::Sold };
        LedgerEntry {
            book: BookId::SHARED,
            number,
            document: DocumentId([1; 16]),
            posting: Posting { key, kind: EntryKind::Sold, count: 1, won: 10, ape_won: 120 },
            arrived_ms: 0,
            cause_seq: 1,
            rules: 1,
            chain: FeedChain::default(),
            moment,
        }
    }

    fn told(from: &Held, to: &Held) -> Vec<(u64, i64)> {
        let entries = vec![
            entry(1, "B1", Some(1)),
            entry(2, "B1", Some(3)),
            entry(3, "B2", Some(3)),
            entry(4, "B2", Some(5)),
            entry(5, "B3", Some(6)),
            entry(6, "B1", None),
        ];
        let told = between(from, to, entries);
        told.iter().map(|entry| (entry.number, entry.posting.count)).collect()
    }

    #[test]
    fn what_one_state_holds_and_the_other_does_not() {
        let stamp = |unit: &str, moment| Closing {
            day: parse_date("2026-06-01").unwrap(),
            unit: unit.into(),
            above: Some("R1".into()),
            above_stamp: 1,
            stamp: 1,
            rep: None,
            level: Level::Branch,
            is_final: false,
            moment,
            at_ms: 0,
            account: "kim".to_owned(),
            reports: None,
            sums: Sums::default(),
        };
        let stamps: Stamps = [stamp("B1", 2), stamp("B2", 4)].into_iter().collect();
        let closed = Held::Closed(Level::Branch, &stamps);
        assert_eq!(closed.surely_until(), 2);
        assert_eq!(told(&closed, &Held::Now), [(2, 1), (4, 1), (5, 1), (6, 1)]);
        assert_eq!(told(&Held::Now, &closed), [(2, -1), (4, -1), (5, -1), (6, -1)]);
        assert_eq!(told(&Held::AsOf(3), &Held::AsOf(5)), [(4, 1)]);
        assert_eq!(told(&Held::AsOf(3), &closed), [(2, -1)]);
        assert_eq!(told(&closed, &closed), []);
    }
}
