//! Several orders as one: each works on what the ones before it left.

use std::collections::BTreeSet;

use document_model::UnitCode;

use super::{Level, Order, OrderRefused, Roster, UnitSpan, apply};

/// Orders carried out on a roster, not yet stored.
#[derive(Debug, Clone)]
pub struct Changes {
    before: Roster,
    after: Roster,
    touched: BTreeSet<UnitCode>,
}

impl Changes {
    /// No orders yet.
    #[must_use]
    pub fn of(roster: Roster) -> Self {
        Self { before: roster.clone(), after: roster, touched: BTreeSet::new() }
    }

    /// Carries one more order out.
    ///
    /// # Errors
    /// Why it cannot be; it left no trace then.
    pub fn take(&mut self, order: &Order) -> Result<(), OrderRefused> {
        let spans = apply(&self.after, order)?;
        self.touched.extend(spans.iter().map(|span| span.code.clone()));
        self.after.put(spans);
        Ok(())
    }

    /// The organisation with all orders carried out.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.after
    }

    /// The units that are different, each with what it was and what it is.
    pub fn units(&self) -> impl Iterator<Item = (&UnitCode, &[UnitSpan], &[UnitSpan])> {
        let both = self.touched.iter().map(|code| (code, self.before.spans(code), self.after.spans(code)));
        both.filter(|(_, before, after)| before != after)
    }

    /// All spans of the units that are different.
    #[must_use]
    pub fn spans(&self) -> Vec<UnitSpan> {
        self.units().flat_map(|(_, _, after)| after).cloned().collect()
    }

    /// Reps nobody knew, with their names.
    #[must_use]
    pub fn new_reps(&self) -> Vec<(UnitCode, String)> {
        let new =
            self.units().filter(|(_, before, _)| before.is_empty()).filter_map(|(_, _, after)| after.last());
        let reps = new.filter(|span| span.level == Level::Rep);
        reps.map(|span| (span.code.clone(), span.name.clone())).collect()
    }
}
