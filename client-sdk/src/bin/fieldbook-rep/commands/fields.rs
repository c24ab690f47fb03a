//! `FIELD=VALUE` as typed, turned into operations.

use document_model::schema::{Schema, Slot, ValueType};
use document_model::{Assignment, Date, FieldValue, Kind, Operation, parse_assignment};

use crate::cli::Day;
use crate::error::Failure;

/// Reads `FIELD=VALUE` (give a value, an empty one clears) and `FIELD+=VALUE` (one more entry, line
/// or count). Dates may be `today` and `yesterday`.
pub(super) fn operation(kind: Kind, typed: &str, today: Date) -> Result<Operation, Failure> {
    let (name, value) = typed.split_once('=').unwrap_or((typed, ""));
    let (name, adds) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    if !typed.contains('=') {
        return Err(Failure::usage(format!("{typed:?} is not FIELD=VALUE")));
    }
    let schema = Schema::builtin(kind);
    let slot = schema.slot(name);
    let is_date = slot.as_ref().is_some_and(|(field, _)| field.value == ValueType::Date);
    let value = match value.parse() {
        Ok(day @ (Day::Today | Day::Yesterday)) if is_date => day.date(today).to_string(),
        _ => value.to_owned(),
    };
    let assignment = parse_assignment(kind, &format!("{name}={value}"))?;
    match (adds, slot.map(|(_, slot)| slot), assignment) {
        (false, _, assignment) => Ok(Operation::Set(assignment)),
        (true, _, Assignment { value: FieldValue::Nothing, .. }) => {
            Err(Failure::usage(format!("{name}+= needs a value to add")))
        }
        (true, Some(Slot::Counter(_)), Assignment { field, value: FieldValue::Number(by) }) => {
            Ok(Operation::Increment { field, by })
        }
        (true, Some(Slot::Text(_)), Assignment { field, .. }) => Ok(Operation::Append { field, line: value }),
        (true, Some(Slot::Entry { entry: None, .. }), assignment) => Ok(Operation::Add(assignment)),
        (true, ..) => Err(Failure::usage(format!("{name} holds one value; write {name}=VALUE"))),
    }
}

/// Several of them.
pub(super) fn operations(kind: Kind, typed: &[String], today: Date) -> Result<Vec<Operation>, Failure> {
    typed.iter().map(|typed| operation(kind, typed, today)).collect()
}

/// Gives a field a value of a known type.
pub(super) fn set(kind: Kind, field: &str, value: &str) -> Result<Operation, Failure> {
    Ok(Operation::Set(parse_assignment(kind, &format!("{field}={value}"))?))
}

/// The value a person picks for a clash: one of its values when the text names one, so that its type
/// stays; otherwise the text read with the field's type.
pub(super) fn picked(
    kind: Kind,
    field: &str,
    values: &[FieldValue],
    typed: &str,
    today: Date,
) -> Result<Operation, Failure> {
    let named = values.iter().find(|value| match value {
        FieldValue::Nothing => typed.is_empty(),
        FieldValue::Flag(flag) => typed == flag.to_string(),
        FieldValue::Number(number) => typed.replace([',', '_'], "") == number.to_string(),
        FieldValue::Text(text) => typed == text,
    });
    match named {
        Some(value) => Ok(Operation::Set(Assignment { field: field.to_owned(), value: value.clone() })),
        None => operation(kind, &format!("{field}={typed}"), today),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    fn read(typed: &str) -> Result<Operation, Failure> {
        operation(Kind::Customer, typed, document_model::parse_date("2026-03-01").unwrap())
    }

    fn assignment(field: &str, value: impl Into<FieldValue>) -> Assignment {
        Assignment { field: field.to_owned(), value: value.into() }
    }

    #[test]
    fn one_sign_sets_and_two_add() {
        assert_eq!(read("phone=010"), Ok(Operation::Set(assignment("phone", "010"))));
        assert_eq!(read("phone+=010"), Ok(Operation::Add(assignment("phone", "010"))));
        assert_eq!(read("notes+=a=b"), Ok(Operation::Append { field: "notes".into(), line: "a=b".into() }));
        assert_eq!(read("visits+=2"), Ok(Operation::Increment { field: "visits".into(), by: 2 }));
        assert_eq!(read("name=a+=b"), Ok(Operation::Set(assignment("name", "a+=b"))));
        let cleared = Assignment { field: "occupation".into(), value: FieldValue::Nothing };
        assert_eq!(read("occupation="), Ok(Operation::Set(cleared)));
    }

    #[test]
    fn dates_may_be_words_and_texts_stay_texts() {
        assert_eq!(
            read("archived_on=yesterday"),
            Ok(Operation::Set(assignment("archived_on", "2026-02-28")))
        );
        assert_eq!(read("occupation=today"), Ok(Operation::Set(assignment("occupation", "today"))));
    }

    #[test]
    fn what_cannot_be_read_is_usage() {
        for typed in [
            "phone",
            "nothing_such=1",
            "birth_date=soon",
            "gender=cat",
            "name+=x",
            "phone+=",
            "phone.a1+=x",
            "=x",
        ] {
            assert_eq!(read(typed).unwrap_err().exit, Exit::Usage, "{typed}");
        }
    }

    #[test]
    fn a_value_of_the_clash_keeps_its_type() {
        let today = document_model::parse_date("2026-03-01").unwrap();
        let pick = |values: &[FieldValue], typed| picked(Kind::Policy, "premium_won", values, typed, today);
        let expect = |value: FieldValue| Ok(Operation::Set(assignment("premium_won", value)));
        let values = [FieldValue::Number(50_000), FieldValue::from("much"), FieldValue::Nothing];
        assert_eq!(pick(&values, "50,000"), expect(50_000.into()));
        assert_eq!(pick(&values, "much"), expect("much".into()));
        assert_eq!(pick(&values, ""), expect(FieldValue::Nothing));
        assert_eq!(pick(&values, "60000"), expect(60_000.into()));
        assert_eq!(pick(&values, "more").unwrap_err().code, "WRONG-TYPE");
    }
}
