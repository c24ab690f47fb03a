//! Sales figures: what may be asked.

mod question;

pub use question::{Question, QuestionError, State, day, instant_of, level_of_rows};
