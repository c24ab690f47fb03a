//! Who is away: noting it, and telling it to those who see the rep's figures.
//!
//! Why somebody is away is told to administrators alone, and stands in no log.

use document_model::{Date, Moment, UnitCode};

use super::{Gate, Hub, HubError};
use crate::audit::{AuditAction, By};
use crate::organisation::{Absence, AbsenceRefused, Absences, Level, OrderRefused, career};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, ContentHash, Storage, StorageError};

/// What is to be noted of a rep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AbsenceOrder {
    /// Away on these days, for this reason.
    Away {
        /// First day.
        from: Date,
        /// Last day; `None`: nobody knows yet.
        to: Option<Date>,
        /// Why, in a few words.
        reason: String,
    },
    /// Back from a day on.
    Back(Date),
}

/// Why it cannot be noted. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNoted {
    /// The rep cannot be away that day.
    #[error(transparent)]
    Rep(#[from] OrderRefused),
    /// The days or the reason are no good.
    #[error(transparent)]
    Absence(#[from] AbsenceRefused),
    /// It is not as it was when this was decided.
    #[error("somebody changed the absences of {0} meanwhile")]
    Changed(UnitCode),
    /// The hub cannot go on.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl NotNoted {
    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rep(refused) => refused.code(),
            Self::Absence(_) => "ORG-ABSENCE",
            Self::Changed(_) => "CHANGED-MEANWHILE",
            Self::Hub(error) => error.code().as_str(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn to_do(&self) -> &'static str {
        match self {
            Self::Rep(refused) => refused.to_do(),
            Self::Absence(AbsenceRefused::Backwards { .. }) => "Give a later last day",
            Self::Absence(AbsenceRefused::Reason) => "Give a reason of a few words",
            Self::Absence(AbsenceRefused::Overlaps(_)) => {
                "End that absence first (`fieldbook org back`), or give other days"
            }
            Self::Absence(AbsenceRefused::NotAbsent { .. }) => {
                "`fieldbook org show` says who is absent, and so does the list of absences"
            }
            Self::Changed(_) => "Look at it as it is now, then decide again",
            Self::Hub(_) => "Try again in a moment",
        }
    }
}

impl From<StorageError> for NotNoted {
    fn from(error: StorageError) -> Self {
        Self::Hub(error.into())
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Notes that a rep is away or back, and answers all absences of the rep. `version` is what it was decided on;
    /// without one it is decided on what is there.
    pub async fn note_absence(
        &self,
        by: &By,
        rep: &UnitCode,
        order: AbsenceOrder,
        version: Option<&str>,
        now: Moment,
    ) -> Result<Vec<Absence>, NotNoted> {
        let day = match &order {
            AbsenceOrder::Away { from, .. } => *from,
            AbsenceOrder::Back(day) => *day,
        };
        let (roster, _) = self.storage.roster().await?;
        let unit = rep.clone();
        // Only a rep of that day can be away from it.
        match (roster.level(rep), roster.on(rep, day)) {
            (Some(Level::Rep), Some(_)) => {}
            (Some(Level::Rep), None) => {
                return Err(OrderRefused::NotThen { unit, day, career: career(roster.spans(rep)) }.into());
            }
            (Some(is), _) => return Err(OrderRefused::Level { unit, is, must: Level::Rep }.into()),
            (None, _) => return Err(OrderRefused::Unknown(unit).into()),
        }
        let known: Absences = self.storage.absences().await?.into_iter().collect();
        let expected = known.of(rep).to_vec();
        if version.is_some_and(|version| version != ContentHash::of_absences(&expected).to_string()) {
            return Err(NotNoted::Changed(unit));
        }
        let absences = match order {
            AbsenceOrder::Away { from, to, reason } => known.with(Absence { rep: unit, from, to, reason })?,
            AbsenceOrder::Back(day) => known.ended(rep, day)?,
        };
        let days: Vec<_> = absences.iter().map(Absence::in_words).collect();
        let note = by.did(AuditAction::OrganisationAbsence, rep.to_string(), now).with(days.join("; "));
        let change = AdminChange::Absences { rep: rep.clone(), expected, absences: absences.clone() };
        match self.storage.administer(AdminOrder { change, note }).await? {
            AdminOutcome::Done => Ok(absences),
            _ => Err(NotNoted::Changed(rep.clone())),
        }
    }
}
