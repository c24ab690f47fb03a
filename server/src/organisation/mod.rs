//! The organisation: nation > region > branch > rep, effective-dated; and who is expected to report on a day.
//!
//! Everything here is pure: a [`Roster`] and an [`Order`] in, spans or a refusal out.

mod absence;
mod calendar;
mod changes;
mod expected;
mod orders;
#[cfg(test)]
mod property;
mod refusal;
mod reporting;
mod roster;
mod spans;
mod target;
mod tree;

pub use absence::{Absence, AbsenceRefused, Absences};
pub use calendar::{Calendar, CalendarDay};
pub use changes::Changes;
pub use expected::{ExpectedRep, expected};
pub use orders::{Order, apply};
pub use refusal::OrderRefused;
pub use reporting::{
    Completeness, DayStatement, DeviceNews, News, ReportingDevice, ReportingRules, Reports, Said, SilentRep,
    instant_at,
};
pub use roster::{Level, NATION, PathSpan, Roster, UnitSpan, code_rule, is_code};
pub use spans::{career, overlap, overlay};
pub use target::{Target, TargetLine, TargetMeasure, TargetRefused, Targets};
pub use tree::Tree;
