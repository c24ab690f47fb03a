//! The chain: what a row's hash covers, and a walk along the rows that finds the first one that is wrong.

use document_model::DeviceId;
use sha2::{Digest, Sha256};
use sync_protocol::FeedChain;

use super::{AuditEntry, AuditFact};
use crate::hub::LedgerHead;

/// Keeps these hashes apart from all others.
const PURPOSE: &[u8] = b"fieldbook audit log 1";

/// The hash of a row: its number, the hash of the row before, and what it says.
#[must_use]
pub fn chained(number: u64, before: FeedChain, fact: &AuditFact) -> FeedChain {
    let hash = Sha256::new().chain_update(PURPOSE).chain_update(number.to_be_bytes()).chain_update(before.0);
    FeedChain(hash.chain_update(canonical(fact)).finalize().into())
}

/// A fact as bytes, one way only: every text with its length, what is absent apart from what is empty.
fn canonical(fact: &AuditFact) -> Vec<u8> {
    let AuditFact { at_ms, user, device, action, object, outcome, detail } = fact;
    let mut bytes = at_ms.to_be_bytes().to_vec();
    let mut put = |part: Option<&[u8]>| {
        bytes.push(u8::from(part.is_some()));
        let part = part.unwrap_or_default();
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    };
    put(Some(user.as_bytes()));
    put(device.as_ref().map(DeviceId::as_bytes));
    put(Some(action.as_bytes()));
    put(Some(object.as_bytes()));
    put(Some(outcome.as_str().as_bytes()));
    put(detail.as_deref().map(str::as_bytes));
    bytes
}

/// A walk along the log from its beginning, or from a row that is trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditWalk {
    /// The number of the last row passed.
    pub number: u64,
    /// Its hash.
    pub chain: FeedChain,
    /// The first row that is wrong.
    pub wrong: Option<u64>,
}

impl AuditWalk {
    /// A walk that goes on after a row that is trusted.
    #[must_use]
    pub fn at(entry: &AuditEntry) -> Self {
        Self { number: entry.number, chain: entry.chain, wrong: None }
    }

    /// Rows appended after the last one passed; they are passed.
    pub fn append(&mut self, facts: Vec<AuditFact>) -> Vec<AuditEntry> {
        let entry = |fact: AuditFact| {
            self.number += 1;
            self.chain = chained(self.number, self.chain, &fact);
            AuditEntry { number: self.number, fact, chain: self.chain }
        };
        facts.into_iter().map(entry).collect()
    }

    /// Passes rows in the order they lie in. `signed` is the end that was signed: it must be passed.
    pub fn pass(&mut self, entries: &[AuditEntry], signed: Option<LedgerHead>) {
        for entry in entries {
            let next = self.number + 1;
            let is_right = entry.number == next && entry.chain == chained(next, self.chain, &entry.fact);
            let is_signed = signed.is_none_or(|end| end.number != entry.number || end.chain == entry.chain);
            if !(is_right && is_signed) {
                self.wrong.get_or_insert(next);
            }
            (self.number, self.chain) = (entry.number, entry.chain);
        }
    }

    /// The walk has come to the end of the rows: none may be missing there.
    pub fn end(&mut self, signed: Option<LedgerHead>) {
        if signed.is_some_and(|end| self.number < end.number) {
            self.wrong.get_or_insert(self.number + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::Moment;

    use super::*;
    use crate::audit::{AuditAction, AuditOutcome, By};

    fn log(rows: usize) -> Vec<AuditEntry> {
        let by = By { user: "ada".to_owned(), device: Some(DeviceId([1; 16])) };
        let fact =
            |n: usize| by.did(AuditAction::AccountChange, format!("kim {n}"), Moment(1_000 + n as i64));
        AuditWalk::default().append((0..rows).map(fact).collect())
    }

    fn head(entry: &AuditEntry) -> Option<LedgerHead> {
        Some(LedgerHead { number: entry.number, chain: entry.chain })
    }

    fn first_wrong(rows: &[AuditEntry], signed: Option<LedgerHead>) -> Option<u64> {
        let mut walk = AuditWalk::default();
        walk.pass(rows, signed);
        walk.end(signed);
        walk.wrong
    }

    #[test]
    fn a_log_as_it_was_written_is_whole() {
        let rows = log(5);
        for signed in [None, head(&rows[2]), head(&rows[4])] {
            assert_eq!(first_wrong(&rows, signed), None);
        }
        assert_eq!(first_wrong(&[], None), None);
        let mut walk = AuditWalk::at(&rows[1]);
        walk.pass(&rows[2..], None);
        assert_eq!(walk.wrong, None, "from a row that is trusted");
    }

    #[test]
    fn whatever_is_altered_shows() {
        let changes: [fn(&mut AuditFact); 8] = [
            |fact| fact.at_ms += 1,
            |fact| fact.user.push('x'),
            |fact| fact.device = None,
            |fact| fact.action = AuditAction::SignIn.as_str().to_owned(),
            |fact| fact.object.clear(),
            |fact| fact.outcome = AuditOutcome::Refused,
            |fact| fact.detail = Some(String::new()),
            // Letters that move from one text into the next are another row.
            |fact| (fact.action, fact.object) = (format!("{}k", fact.action), fact.object[1..].to_owned()),
        ];
        for (case, change) in changes.into_iter().enumerate() {
            let mut rows = log(5);
            change(&mut rows[2].fact);
            assert_eq!(first_wrong(&rows, None), Some(3), "case {case}");
        }
    }

    #[test]
    fn rows_removed_moved_or_put_between_show() {
        let mut removed = log(5);
        removed.remove(2);
        assert_eq!(first_wrong(&removed, None), Some(3));
        let mut first = log(5);
        first.remove(0);
        assert_eq!(first_wrong(&first, None), Some(1));
        let mut moved = log(5);
        moved.swap(1, 2);
        assert_eq!(first_wrong(&moved, None), Some(2));
        let mut renumbered = log(5);
        renumbered.swap(1, 2);
        (renumbered[1].number, renumbered[2].number) = (2, 3);
        assert_eq!(first_wrong(&renumbered, None), Some(2));
        let mut twice = log(5);
        twice.insert(3, twice[2].clone());
        assert_eq!(first_wrong(&twice, None), Some(4));
    }

    #[test]
    fn a_cut_end_and_an_end_chained_anew_show_by_what_was_signed() {
        let rows = log(5);
        assert_eq!(first_wrong(&rows[..3], None), None, "the rows alone do not tell");
        assert_eq!(first_wrong(&rows[..3], head(&rows[4])), Some(4));
        assert_eq!(first_wrong(&[], head(&rows[4])), Some(1));
        let mut facts: Vec<_> = rows.iter().map(|row| row.fact.clone()).collect();
        facts[3].object = "somebody else".to_owned();
        let anew = AuditWalk::default().append(facts);
        assert_eq!(first_wrong(&anew, None), None, "chained anew from there on");
        assert_eq!(first_wrong(&anew, head(&rows[4])), Some(5));
    }
}
