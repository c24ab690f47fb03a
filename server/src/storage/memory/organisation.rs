//! The organisation, absences, the calendar and targets in memory.

use document_model::{Date, UnitCode};

use super::{MemoryStorage, State};
use crate::organisation::{Absence, CalendarDay, DayStatement, Roster, Target};
use crate::storage::{OrganisationStorage, Stored};

impl OrganisationStorage for MemoryStorage {
    async fn roster(&self) -> Stored<(Roster, u64)> {
        Ok(self.with(|state| (state.roster.clone(), state.rules)).await)
    }

    async fn rules_version(&self) -> Stored<u64> {
        Ok(self.with(|state| state.rules).await)
    }

    async fn judged(&self) -> Stored<u64> {
        Ok(self.with(|state| state.judged).await)
    }

    async fn set_judged(&self, rules: u64) -> Stored<()> {
        self.with(|state| state.judged = state.judged.max(rules)).await;
        Ok(())
    }

    async fn absences(&self) -> Stored<Vec<Absence>> {
        Ok(self.with(|state| state.absences.values().flatten().cloned().collect()).await)
    }

    async fn calendar(&self) -> Stored<Vec<CalendarDay>> {
        Ok(self.with(|state| state.calendar.values().cloned().collect()).await)
    }

    async fn state_days(&self, statements: Vec<DayStatement>) -> Stored<()> {
        let state_days = |state: &mut State| {
            for statement in statements {
                state.statements.entry((statement.day, statement.rep.clone())).or_insert(statement);
            }
        };
        self.with(state_days).await;
        Ok(())
    }

    async fn day_statements(&self, from: Date, to: Date) -> Stored<Vec<DayStatement>> {
        let of_days = |statement: &&DayStatement| (from..=to).contains(&statement.day);
        Ok(self.with(|state| state.statements.values().filter(of_days).cloned().collect()).await)
    }

    async fn targets(&self) -> Stored<Vec<Target>> {
        Ok(self.with(|state| state.targets.iter().cloned().collect()).await)
    }

    async fn targets_of(&self, unit: &UnitCode) -> Stored<Vec<Target>> {
        let of_unit = |target: &&Target| target.line.unit == *unit;
        Ok(self.with(|state| state.targets.iter().filter(of_unit).cloned().collect()).await)
    }
}
