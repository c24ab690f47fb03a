//! `GET /api/v1/organisation`: where a unit stands and what is below it, for whoever may see its figures.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::{Date, UnitCode};
use serde::{Deserialize, Serialize};
use sync_protocol::ErrorCode;
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, Problem};
use super::extract::{Asked, SignedIn};
use super::page::Stretch;
use super::shell::Shell;
use super::tag;
use crate::auth::{Action, Object, Principal, may};
use crate::figures::{QuestionError, day, level_of_rows};
use crate::hub::{Gate, name_of};
use crate::organisation::{Level, Roster, UnitSpan};
use crate::storage::Storage;

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/organisation";

/// Which units are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The unit; without one, the asking person's own.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// The level of the units told; without one, the level below the unit.
    level: Option<String>,
    /// The day: `YYYY-MM-DD`, `today`, `yesterday`; without one, today.
    on: Option<String>,
    /// Units of a page, up to 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The page after the one that told this as `next`.
    after: Option<String>,
}

/// Where a unit stands, and the units below it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Organisation {
    /// The day.
    on: String,
    /// The version of the organisation, and of the products: sent back with a change of them.
    version: String,
    /// The unit.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// From the nation down to the unit; only what the asking person may see of it.
    path: Vec<Place>,
    /// The units below it that there were that day, by code.
    units: Vec<Below>,
    /// Where there are more units: what to ask `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A unit on the way down.
#[derive(Debug, Serialize, ToSchema)]
struct Place {
    /// Its code.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// Its name.
    name: String,
    /// Its level.
    level: Level,
}

/// A unit below.
#[derive(Debug, Serialize, ToSchema)]
struct Below {
    /// Its code.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// Its name that day.
    name: String,
    /// Its level.
    level: Level,
    /// The unit above it that day.
    #[schema(value_type = String)]
    parent: UnitCode,
    /// Since when it is like this; null: from the beginning.
    from: Option<String>,
    /// Until when, as far as is known; null: no end.
    to: Option<String>,
}

/// The organisation of a day
///
/// Where a unit stands, and all units of one level below it. A rep has nobody below: told is the rep.
#[utoipa::path(
    get,
    path = PATH,
    tag = "organisation",
    params(Wanted),
    responses(
        (
            status = 200,
            description = "The unit and those below it.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = Organisation,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn organisation<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let stretch = Stretch::new(wanted.limit, wanted.after)?;
    let rules = shell.hub.current_rules().await?;
    let on = day(wanted.on.as_deref().unwrap_or("today"), rules.day(shell.clock.now()))?;
    let unit = wanted.unit.unwrap_or_else(|| principal.unit.clone());
    let own = rules.roster.level(&unit).ok_or_else(|| QuestionError::UnknownUnit(unit.clone()))?;
    if !may_see(&principal, &unit, &rules.roster) {
        return Err(ApiError::Wire(ErrorCode::NotAllowed));
    }
    let level = match wanted.level {
        None => own.below().unwrap_or(own),
        word => level_of_rows(word.as_deref(), &unit, own)?,
    };
    let mut units = below(&rules.roster, &unit, level, on);
    let next = stretch.cut(&mut units, |below| below.unit.0.clone());
    let mut path = path_to(&rules.roster, &unit, on);
    path.retain(|place| may_see(&principal, &place.unit, &rules.roster));
    let (on, version) = (on.to_string(), rules.version.to_string());
    tag::json(&asked, &Organisation { on, version, unit, path, units, next })
}

fn may_see(principal: &Principal, unit: &UnitCode, roster: &Roster) -> bool {
    may(principal, Action::SeeFigures, Object::Figures { unit, roster })
}

/// A unit as it was that day; where it was not, as it is known last.
fn at<'r>(roster: &'r Roster, unit: &UnitCode, on: Date) -> Option<&'r UnitSpan> {
    roster.on(unit, on).or_else(|| roster.newest(unit))
}

/// The units from the nation down to this one.
fn path_to(roster: &Roster, unit: &UnitCode, on: Date) -> Vec<Place> {
    let mut path = Vec::new();
    let mut next = Some(unit.clone());
    // A walk longer than there are levels would be a loop in the data.
    while let Some(unit) = next.take().filter(|_| path.len() < Level::ALL.len()) {
        let span = at(roster, &unit, on);
        let level = span.map_or(Level::Nation, |span| span.level);
        next = span.map(|span| span.parent.clone());
        let name = span.map_or_else(|| name_of(&unit, roster), |span| span.name.clone());
        path.push(Place { unit, name, level });
    }
    path.reverse();
    path
}

/// The units of a level that are a unit, or stood below it on a day; by code.
fn below(roster: &Roster, unit: &UnitCode, level: Level, on: Date) -> Vec<Below> {
    let is_below = |span: &&UnitSpan| {
        let mut at = *span;
        for _ in Level::ALL {
            if at.code == *unit || at.parent == *unit {
                return true;
            }
            match roster.on(&at.parent, on) {
                Some(above) => at = above,
                None => return false,
            }
        }
        false
    };
    let there = roster.iter().filter(|span| span.level == level && span.covers(on)).filter(is_below);
    let shown = |span: &UnitSpan| Below {
        unit: span.code.clone(),
        name: span.name.clone(),
        level,
        parent: span.parent.clone(),
        from: span.from.map(|day| day.to_string()),
        to: span.to.map(|day| day.to_string()),
    };
    there.map(shown).collect()
}
