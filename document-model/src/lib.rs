//! What a Fieldbook document is.
//!
//! A document is one Automerge document: a customer, a policy, a policy record, a product, a
//! schema. This crate gives it shape ([`schema`]), reads and edits it ([`Document`]), finds its
//! clashes ([`Clash`]) and problems ([`problem`]), and derives what a policy contributes to the
//! sales figures ([`sales`]). The hub and every device run this same code, so their verdicts agree.
//!
//! The crate is pure: no I/O, no clock, no spawning, no ambient randomness. Time and entropy are
//! passed in ([`Moment`], [`Entropy`]).

mod anew;
mod authoring;
mod catalogue;
mod chunk;
mod clash;
mod dates;
mod document;
mod ids;
mod inspect;
mod intent;
pub mod limits;
mod lines;
mod look;
pub mod problem;
mod record;
mod replay;
mod sale_rules;
pub mod sales;
pub mod schema;
mod value;

pub use authoring::{Assignment, Author, EditError, Edited, Operation, parse_assignment};
pub use catalogue::{Catalogue, Product, starter_products};
pub use chunk::{change_actor, change_hash, first_parent, saved_heads};
pub use clash::{Clash, ClashValue};
pub use dates::{
    Date, Moment, add_days, add_months, civil_date, date_of_number, day_number, format_moment, parse_date,
};
pub use document::{Document, DocumentError, is_genesis};
pub use ids::{
    Actor, BookId, ChangeHash, DeviceId, DocumentId, Entropy, IdError, ProductCode, UnitCode, UserId,
};
pub use inspect::{Objection, inspect_change};
pub use intent::{Intent, intents_of};
pub use record::RecordFacts;
pub use replay::stands_for;
pub use sale_rules::SaleRules;
pub use schema::Kind;
pub use value::FieldValue;

pub use automerge::Change;
