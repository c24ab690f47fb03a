//! Files that are taken whole or not at all: orders, the organisation, products, the calendar, targets. On whose
//! word, on what state, and what came of it.

use std::fmt::Display;

use document_model::{Moment, UnitCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ImportReport, calendar, orders, org, products, targets};
use crate::app::App;
use crate::audit::{AuditAction, AuditFact, By};
use crate::hub::{Gate, Hub, HubError};
use crate::organisation::{UnitSpan, career};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, Storage, StorageError};

/// Times a file is decided anew because somebody changed meanwhile what it was decided on.
const ATTEMPTS: usize = 4;

/// What a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Orders to the organisation.
    Orders,
    /// The organisation.
    Org,
    /// The catalogue.
    Products,
    /// Days of the calendar.
    Calendar,
    /// Targets.
    Targets,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Orders, Self::Org, Self::Products, Self::Calendar, Self::Targets];

    /// The word people use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Org => "org",
            Self::Products => "products",
            Self::Calendar => "calendar",
            Self::Targets => "targets",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_str(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// On whose word something is taken over, and how.
#[derive(Debug, Clone)]
pub struct Terms {
    /// On whose word.
    pub by: By,
    /// Only say what would happen.
    pub dry_run: bool,
    /// The version it is meant for; with another one nothing is done. Without one, whatever is there.
    pub version: Option<String>,
    /// When.
    pub now: Moment,
    /// Whether policies are judged again before there is an answer. If not, the hub at work does it by and by.
    pub at_once: bool,
}

impl Terms {
    /// Those of a command.
    #[must_use]
    pub fn command_line(dry_run: bool, now: Moment) -> Self {
        Self { by: By::command_line(), dry_run, version: None, now, at_once: true }
    }

    /// Notes the version of what a decision is made on; `Changed` when it is meant for another one.
    pub(super) fn check(&self, report: &mut ImportReport, version: impl Display) -> Result<(), CutOff> {
        report.version = version.to_string();
        let is_meant = self.version.as_ref().is_none_or(|meant| *meant == report.version);
        is_meant.then_some(()).ok_or(CutOff::Changed)
    }

    /// Whether what was decided is carried out.
    pub(super) fn takes(&self, report: &ImportReport) -> bool {
        !self.dry_run && report.is_clean()
    }

    /// What is noted of a file.
    pub(super) fn note(&self, kind: FileKind, report: &ImportReport) -> AuditFact {
        self.by.did(AuditAction::Import, kind.as_str(), self.now).with(report.in_words())
    }

    /// Stores what a file came to, with its note.
    pub(super) async fn administer<S: Storage, G: Gate>(
        &self,
        hub: &Hub<S, G>,
        change: AdminChange,
        kind: FileKind,
        report: &mut ImportReport,
    ) -> Result<(), CutOff> {
        let order = AdminOrder { change, note: self.note(kind, report) };
        CutOff::of_outcome(hub.storage().administer(order).await?)?;
        report.imported = true;
        Ok(())
    }

    /// Judges all policies again, so that figures of days past follow.
    pub(super) async fn rejudge<S: Storage, G: Gate>(
        &self,
        hub: &Hub<S, G>,
        report: &mut ImportReport,
    ) -> Result<(), CutOff> {
        if self.at_once {
            report.rejudged = hub.rejudge(self.now).await.map_err(CutOff::Between)?;
        }
        Ok(())
    }
}

/// Why something did not take effect to the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutOff {
    /// Nothing was changed.
    #[error(transparent)]
    Before(HubError),
    /// What it was decided on is another by now. Nothing was changed.
    #[error("somebody changed the same meanwhile")]
    Changed,
    /// It is as ordered; the figures of days past have not all followed. Judging again makes them.
    #[error("it is as ordered, but not all figures have followed: {0}")]
    Between(HubError),
}

impl CutOff {
    pub(super) fn of_outcome(outcome: AdminOutcome) -> Result<(), Self> {
        if outcome == AdminOutcome::Done { Ok(()) } else { Err(Self::Changed) }
    }
}

impl From<HubError> for CutOff {
    fn from(error: HubError) -> Self {
        Self::Before(error)
    }
}

impl From<StorageError> for CutOff {
    fn from(error: StorageError) -> Self {
        Self::Before(error.into())
    }
}

/// Something that is different, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DiffLine {
    /// The row that makes it so, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What it is: `unit`, `product`, `day`, `target`.
    pub what: &'static str,
    /// Its code.
    pub key: String,
    /// What it was; nothing where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl DiffLine {
    /// A line, where there is a difference.
    pub(super) fn new(
        what: &'static str,
        key: impl Display,
        before: Option<String>,
        after: Option<String>,
    ) -> Option<Self> {
        let line = Self { row: None, what, key: key.to_string(), before, after };
        (line.before != line.after).then_some(line)
    }

    /// That of a unit.
    pub(super) fn of_unit(code: &UnitCode, before: &[UnitSpan], after: &[UnitSpan]) -> Option<Self> {
        let said = |spans: &[UnitSpan]| {
            let name = spans.last().map(|span| span.name.as_str());
            name.map(|name| format!("{name}: {}", career(spans)))
        };
        Self::new("unit", code, said(before), said(after))
    }
}

/// Takes over a file, all of it or nothing; on a dry run only says what would happen.
///
/// # Errors
/// The storage's; `Changed` when the terms name another version. A row that cannot be taken is in the report.
pub async fn take<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    kind: FileKind,
    content: &[u8],
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        let taken = match kind {
            FileKind::Orders => orders::take(hub, content, terms).await,
            FileKind::Org => org::take(hub, content, terms).await,
            FileKind::Products => Box::pin(products::take(hub, content, terms)).await,
            FileKind::Calendar => calendar::take(hub, content, terms).await,
            FileKind::Targets => targets::take(hub, content, terms).await,
        };
        match taken {
            // Whoever named no version means whatever is there.
            Err(CutOff::Changed) if terms.version.is_none() && left > 0 => {}
            taken => return taken,
        }
    }
}

/// Makes the call a command takes a kind of file by.
macro_rules! by_command {
    ($($call:ident: $kind:ident, $what:literal;)+) => {
        $(
            #[doc = concat!("Takes over ", $what, " from a file for a command; with `dry_run` only says what would happen.")]
            ///
            /// # Errors
            /// As [`take`].
            pub async fn $call<S: Storage, G: Gate>(
                app: &App<S, G>,
                content: &[u8],
                dry_run: bool,
            ) -> Result<ImportReport, CutOff> {
                take(&app.hub, FileKind::$kind, content, &Terms::command_line(dry_run, app.clock.now())).await
            }
        )+
    };
}

by_command! {
    import_orders: Orders, "orders to the organisation";
    import_org: Org, "the organisation";
    import_products: Products, "products of the catalogue";
    import_calendar: Calendar, "days of the calendar";
    import_targets: Targets, "targets";
}
