//! Why an order cannot be carried out.

use document_model::{Date, UnitCode};

use super::{Level, code_rule};

/// Why an order cannot be carried out, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefused {
    /// Nobody knows the unit.
    #[error("there is no unit {0}")]
    Unknown(UnitCode),
    /// The unit is not of the level the order is about.
    #[error("{unit} is a {}, not a {}", .is.as_str(), .must.as_str())]
    Level {
        /// The unit.
        unit: UnitCode,
        /// What it is.
        is: Level,
        /// What it would have to be.
        must: Level,
    },
    /// No unit of this level is ordered about like this.
    #[error("{unit} is a {}: {why}", .is.as_str())]
    NotForLevel {
        /// The unit.
        unit: UnitCode,
        /// What it is.
        is: Level,
        /// What that means.
        why: &'static str,
    },
    /// The code is taken.
    #[error("{0} is the code of a unit already, and codes are not used twice")]
    Taken(UnitCode),
    /// The code cannot be one.
    #[error("{code:?} is no code; {rule}", rule = code_rule())]
    NoCode {
        /// What was given.
        code: String,
    },
    /// A new unit needs a name.
    #[error("{0} is new and needs a name without line breaks")]
    NoName(UnitCode),
    /// The unit does not exist on the day.
    #[error("{unit} does not exist on {day}: it is {career}")]
    NotThen {
        /// The unit.
        unit: UnitCode,
        /// The day.
        day: Date,
        /// When it is where.
        career: String,
    },
    /// The unit is not where the order takes it from.
    #[error("{unit} is not in {from} on {day}, but in {is}")]
    Elsewhere {
        /// The unit.
        unit: UnitCode,
        /// Where it would have to be.
        from: UnitCode,
        /// Where it is.
        is: UnitCode,
        /// The day.
        day: Date,
    },
    /// The unit is where the order puts it.
    #[error("{unit} is in {parent} on {day} already")]
    ThereAlready {
        /// The unit.
        unit: UnitCode,
        /// Where it is.
        parent: UnitCode,
        /// The day.
        day: Date,
    },
    /// The rep would be in two branches on one day.
    #[error("{rep} would be in two branches: {rep} is {career}")]
    Twice {
        /// The rep.
        rep: UnitCode,
        /// When the rep is where.
        career: String,
    },
    /// The unit, or what is below it, would stand below one that does not exist then.
    #[error("{unit} would go to {parent}, which does not exist on {day}")]
    NoParent {
        /// The unit.
        unit: UnitCode,
        /// The one above.
        parent: UnitCode,
        /// The first day without it.
        day: Date,
    },
    /// The unit begins when it should end.
    #[error("{unit} begins on {day}: nothing of it would be left")]
    NothingLeft {
        /// The unit.
        unit: UnitCode,
        /// Its first day.
        day: Date,
    },
    /// What the unit did would belong to nobody.
    #[error("{0} has or had units below it: somebody must go on with what they sold")]
    NoSuccessor(UnitCode),
    /// A unit would go on with itself.
    #[error("{unit} cannot go on with itself, over {over} or otherwise")]
    Loop {
        /// The unit.
        unit: UnitCode,
        /// Who goes on with it.
        over: UnitCode,
    },
    /// A list names nothing, or one unit twice.
    #[error("{0}")]
    List(String),
}

impl OrderRefused {
    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "ORG-UNKNOWN",
            Self::Level { .. } | Self::NotForLevel { .. } => "ORG-LEVEL",
            Self::Taken(_) => "ORG-TAKEN",
            Self::NoCode { .. } => "ORG-CODE",
            Self::NoName(_) => "ORG-NAME",
            Self::NotThen { .. } | Self::NothingLeft { .. } => "ORG-DAY",
            Self::Elsewhere { .. } | Self::ThereAlready { .. } => "ORG-ELSEWHERE",
            Self::Twice { .. } => "ORG-TWO-BRANCHES",
            Self::NoParent { .. } => "ORG-NO-PARENT",
            Self::NoSuccessor(_) => "ORG-SUCCESSOR",
            Self::Loop { .. } => "ORG-LOOP",
            Self::List(_) => "ORG-LIST",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn to_do(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "`fieldbook org show` lists all units; open or hire what is new first",
            Self::Level { .. } | Self::NotForLevel { .. } => "Give a unit of the level the order is about",
            Self::Taken(_) => "Give another code",
            Self::NoCode { .. } => "Give a code",
            Self::NoName(_) => "Give --name",
            Self::NotThen { .. } => "Give a day on which it exists",
            Self::NothingLeft { .. } => "Give a later day",
            Self::Elsewhere { .. } | Self::ThereAlready { .. } => {
                "`fieldbook org show --unit CODE --on DAY` says what is where"
            }
            Self::Twice { .. } => "Move the rep instead, or let the rep leave first",
            Self::NoParent { .. } => "Give one that exists from then on, or a later day",
            Self::NoSuccessor(_) => "Name who goes on with --successor",
            Self::Loop { .. } => "Name another unit",
            Self::List(_) => "Name each unit once",
        }
    }
}
