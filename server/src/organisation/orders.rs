//! Orders: what changes in the organisation, and from which day.
//!
//! Each order is a roster in, spans out; what it promises is what [`apply`] refuses to break: a rep is in at
//! most one branch on a day, a unit stands below one that exists, and a unit that closes names the one that goes
//! on with what it did. An order about a day takes effect up to the next change that is known already.

use std::collections::BTreeSet;

use document_model::{Date, UnitCode, add_days};

use super::spans::{self, career, days, first_gap, overlay};
use super::{Level, NATION, OrderRefused, Roster, UnitSpan, is_code};

/// Bytes of a name.
const NAME_BYTES: usize = 200;

/// What changes in the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// A new rep, or one who comes back.
    Hire {
        /// The rep.
        rep: UnitCode,
        /// The rep's name; one who comes back keeps the one known.
        name: Option<String>,
        /// The branch.
        branch: UnitCode,
        /// The first day.
        from: Date,
    },
    /// A rep leaves the company.
    Leave {
        /// The rep.
        rep: UnitCode,
        /// The last day.
        last_day: Date,
    },
    /// A rep goes to another branch, a branch to another region.
    Move {
        /// The rep or branch.
        unit: UnitCode,
        /// The unit above.
        to: UnitCode,
        /// The first day there.
        from: Date,
    },
    /// A new unit beside another one takes some of what is below it.
    Split {
        /// The unit.
        unit: UnitCode,
        /// The new one.
        new: UnitCode,
        /// Its name.
        name: String,
        /// Who goes to it.
        children: Vec<UnitCode>,
        /// Its first day.
        from: Date,
    },
    /// Units become part of another one, which goes on with what they did.
    Merge {
        /// The units.
        units: Vec<UnitCode>,
        /// The one that goes on.
        into: UnitCode,
        /// The first day without them.
        from: Date,
    },
    /// A unit closes; what is below it goes to its successor.
    Close {
        /// The unit.
        unit: UnitCode,
        /// Who goes on; needed unless there never was anything below the unit.
        successor: Option<UnitCode>,
        /// The first day without it.
        from: Date,
    },
    /// A new region or branch.
    Open {
        /// The unit.
        unit: UnitCode,
        /// Its name.
        name: String,
        /// The unit above: the nation's code for a region, a region's for a branch.
        parent: UnitCode,
        /// Its first day.
        from: Date,
    },
}

type Ordered = Result<Vec<UnitSpan>, OrderRefused>;

/// Carries an order out: all spans of every unit that is different then, in the order of codes.
///
/// # Errors
/// Why it cannot be.
pub fn apply(roster: &Roster, order: &Order) -> Ordered {
    match order {
        Order::Hire { rep, name, branch, from } => hire(roster, rep, name.as_deref(), branch, *from),
        Order::Leave { rep, last_day } => leave(roster, rep, *last_day),
        Order::Move { unit, to, from } => go(roster, unit, to, *from),
        Order::Split { unit, new, name, children, from } => split(roster, unit, (new, name), children, *from),
        Order::Merge { units, into, from } => merge(roster, units, into, *from),
        Order::Close { unit, successor: Some(into), from } => {
            merge(roster, std::slice::from_ref(unit), into, *from)
        }
        Order::Close { unit, successor: None, from } => close(roster, unit, *from),
        Order::Open { unit, name, parent, from } => open(roster, unit, name, parent, *from),
    }
}

fn hire(roster: &Roster, rep: &UnitCode, name: Option<&str>, branch: &UnitCode, from: Date) -> Ordered {
    let before = roster.spans(rep);
    let name = match before.last() {
        Some(last) => {
            must_be(rep, last.level, Level::Rep)?;
            name.unwrap_or(&last.name)
        }
        None => name.unwrap_or_default(),
    };
    let new = UnitSpan {
        code: rep.clone(),
        from: Some(from),
        to: None,
        level: Level::Rep,
        name: good_name(rep, name)?,
        parent: branch.clone(),
        successor: None,
    };
    if before.is_empty() {
        must_be_new(roster, rep)?;
    }
    if before.iter().any(|span| spans::overlap(span, &new)) {
        return Err(OrderRefused::Twice { rep: rep.clone(), career: career(before) });
    }
    must_exist(roster, &new)?;
    Ok(overlay(before, &[new]))
}

fn leave(roster: &Roster, rep: &UnitCode, last_day: Date) -> Ordered {
    must_be(rep, level(roster, rep)?, Level::Rep)?;
    on(roster, rep, last_day)?;
    Ok(spans::until(roster.spans(rep), last_day))
}

fn go(roster: &Roster, unit: &UnitCode, to: &UnitCode, from: Date) -> Ordered {
    let is = level(roster, unit)?;
    if is < Level::Branch {
        let why = "reps and branches move";
        return Err(OrderRefused::NotForLevel { unit: unit.clone(), is, why });
    }
    let span = on(roster, unit, from)?;
    if span.parent == *to {
        return Err(OrderRefused::ThereAlready { unit: unit.clone(), parent: to.clone(), day: from });
    }
    let there = UnitSpan { from: Some(from), parent: to.clone(), ..span.clone() };
    must_exist(roster, &there)?;
    Ok(overlay(roster.spans(unit), &[there]))
}

fn split(
    roster: &Roster,
    unit: &UnitCode,
    (new, name): (&UnitCode, &str),
    children: &[UnitCode],
    from: Date,
) -> Ordered {
    must_have_units(roster, unit)?;
    must_go_on(roster, unit, unit, from)?;
    must_be_new(roster, new)?;
    let name = good_name(new, name)?;
    must_be_a_list(children)?;
    let beside = |span| UnitSpan { code: new.clone(), name: name.clone(), successor: None, ..span };
    let mut all: Vec<_> = spans::since(roster.spans(unit), from).into_iter().map(beside).collect();
    for child in children {
        level(roster, child)?;
        let span = on(roster, child, from)?;
        if span.parent != *unit {
            let (from_unit, is) = (unit.clone(), span.parent.clone());
            return Err(OrderRefused::Elsewhere { unit: child.clone(), from: from_unit, is, day: from });
        }
        all.extend(spans::moved(roster.spans(child), unit, new, from).into_iter().flatten());
    }
    all.sort();
    Ok(all)
}

fn merge(roster: &Roster, units: &[UnitCode], into: &UnitCode, from: Date) -> Ordered {
    must_be_a_list(units)?;
    let mut changed = BTreeSet::new();
    let mut after = roster.clone();
    for unit in units {
        let is = must_have_units(roster, unit)?;
        if unit == into || goes_on_with(roster, into, unit) {
            return Err(OrderRefused::Loop { unit: unit.clone(), over: into.clone() });
        }
        must_be(into, level(roster, into)?, is)?;
        must_go_on(roster, unit, into, from)?;
        let mut closed = ended(roster, unit, from)?;
        closed.last_mut().into_iter().for_each(|last| last.successor = Some(into.clone()));
        after.put(closed);
        changed.insert(unit.clone());
        for child in roster.codes() {
            if let Some(moved) = spans::moved(after.spans(child), unit, into, from) {
                after.put(moved);
                changed.insert(child.clone());
            }
        }
    }
    Ok(changed.iter().flat_map(|code| after.spans(code)).cloned().collect())
}

fn close(roster: &Roster, unit: &UnitCode, from: Date) -> Ordered {
    must_have_units(roster, unit)?;
    let closed = ended(roster, unit, from)?;
    let counts = |span: &UnitSpan| span.parent == *unit || span.successor.as_ref() == Some(unit);
    if roster.iter().any(counts) { Err(OrderRefused::NoSuccessor(unit.clone())) } else { Ok(closed) }
}

fn open(roster: &Roster, unit: &UnitCode, name: &str, parent: &UnitCode, from: Date) -> Ordered {
    let above = level(roster, parent)?;
    let Some(level) = above.below().filter(|level| *level != Level::Rep) else {
        let why = "regions are opened in the nation, branches in a region; reps are hired";
        return Err(OrderRefused::NotForLevel { unit: parent.clone(), is: above, why });
    };
    must_be_new(roster, unit)?;
    let new = UnitSpan {
        code: unit.clone(),
        from: Some(from),
        to: None,
        level,
        name: good_name(unit, name)?,
        parent: parent.clone(),
        successor: None,
    };
    must_exist(roster, &new)?;
    Ok(vec![new])
}

fn level(roster: &Roster, unit: &UnitCode) -> Result<Level, OrderRefused> {
    roster.level(unit).ok_or_else(|| OrderRefused::Unknown(unit.clone()))
}

fn must_be(unit: &UnitCode, is: Level, must: Level) -> Result<(), OrderRefused> {
    if is == must { Ok(()) } else { Err(OrderRefused::Level { unit: unit.clone(), is, must }) }
}

/// The level of a unit that has others below it and can be ordered about: a region or a branch.
fn must_have_units(roster: &Roster, unit: &UnitCode) -> Result<Level, OrderRefused> {
    let is = level(roster, unit)?;
    let why = "regions and branches are opened, split, merged and closed; reps are hired, move and leave";
    match is {
        Level::Region | Level::Branch => Ok(is),
        Level::Nation | Level::Rep => Err(OrderRefused::NotForLevel { unit: unit.clone(), is, why }),
    }
}

fn must_be_new(roster: &Roster, code: &UnitCode) -> Result<(), OrderRefused> {
    if !is_code(code.as_str()) {
        return Err(OrderRefused::NoCode { code: code.0.clone() });
    }
    if roster.level(code).is_some() { Err(OrderRefused::Taken(code.clone())) } else { Ok(()) }
}

fn must_be_a_list(units: &[UnitCode]) -> Result<(), OrderRefused> {
    if units.is_empty() {
        return Err(OrderRefused::List("no unit is named".to_owned()));
    }
    let mut seen = BTreeSet::new();
    match units.iter().find(|unit| !seen.insert(*unit)) {
        Some(unit) => Err(OrderRefused::List(format!("{unit} is named twice"))),
        None => Ok(()),
    }
}

fn good_name(unit: &UnitCode, name: &str) -> Result<String, OrderRefused> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_BYTES || name.chars().any(char::is_control) {
        return Err(OrderRefused::NoName(unit.clone()));
    }
    Ok(name.to_owned())
}

/// A unit as it is on a day.
fn on<'r>(roster: &'r Roster, unit: &UnitCode, day: Date) -> Result<&'r UnitSpan, OrderRefused> {
    roster.on(unit, day).ok_or_else(|| OrderRefused::NotThen {
        unit: unit.clone(),
        day,
        career: career(roster.spans(unit)),
    })
}

/// The unit above a span must be of the level above, and exist on all its days.
fn must_exist(roster: &Roster, span: &UnitSpan) -> Result<(), OrderRefused> {
    let parent = &span.parent;
    let above = level(roster, parent)?;
    must_be(parent, above, span.level.above().unwrap_or(Level::Nation))?;
    no_gap(roster, &span.code, parent, days(span))
}

/// `parent` must exist from a day on: `unit` stands below it then, or what is below `unit`.
fn must_go_on(roster: &Roster, unit: &UnitCode, parent: &UnitCode, from: Date) -> Result<(), OrderRefused> {
    on(roster, unit, from)?;
    no_gap(roster, unit, parent, (from, Date::MAX))
}

fn no_gap(
    roster: &Roster,
    unit: &UnitCode,
    parent: &UnitCode,
    days: (Date, Date),
) -> Result<(), OrderRefused> {
    if parent.as_str() == NATION {
        return Ok(());
    }
    match first_gap(roster.spans(parent), days) {
        Some(day) if unit == parent => on(roster, unit, day).map(drop),
        Some(day) => Err(OrderRefused::NoParent { unit: unit.clone(), parent: parent.clone(), day }),
        None => Ok(()),
    }
}

/// The spans of a unit that is gone from a day on.
fn ended(roster: &Roster, unit: &UnitCode, from: Date) -> Ordered {
    on(roster, unit, from)?;
    let left = spans::until(roster.spans(unit), add_days(from, -1));
    if left.is_empty() {
        return Err(OrderRefused::NothingLeft { unit: unit.clone(), day: from });
    }
    Ok(left)
}

/// Whether what `unit` did goes on with `with`, now or later.
fn goes_on_with(roster: &Roster, unit: &UnitCode, with: &UnitCode) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = Some(unit);
    while let Some(unit) = at.filter(|unit| seen.insert(*unit)) {
        if unit == with {
            return true;
        }
        at = roster.newest(unit).and_then(|span| span.successor.as_ref());
    }
    false
}

#[cfg(test)]
mod tests;
