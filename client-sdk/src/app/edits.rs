//! Calls that change the book: each is one ordinary edit, with what takes it back.

use document_model::{
    Assignment, ChangeHash, DocumentId, FieldValue, Intent, Kind, Moment, Operation, intents_of, parse_date,
};
use serde::Deserialize;

use super::answers::Done;
use super::contact::told;
use super::{App, CallProblem, Contact, UNDOS_KEPT, contact_operations, json};
use crate::ClientError;
use crate::engine::{Event, load_full};
use crate::records::{DocumentRecord, decode, keys};
use crate::store::{Batch, Store};
use crate::transport::Transport;

/// An operation as the pages write it: its name in `op`, and what that one takes.
///
/// Read as one struct: what serde derives for an enum with its name inside is three times as much code, which a phone
/// downloads.
#[derive(Deserialize)]
struct ToldOperation {
    op: String,
    field: String,
    #[serde(default, deserialize_with = "told")]
    value: Option<FieldValue>,
    line: Option<String>,
    by: Option<i64>,
}

/// An operation that was told whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ToldOperation")]
pub(super) struct Told(Operation);

impl TryFrom<ToldOperation> for Told {
    type Error = String;

    fn try_from(told: ToldOperation) -> Result<Self, String> {
        let ToldOperation { op, field, value, line, by } = told;
        let lacking = || format!("the operation {op} lacks what it takes");
        Ok(Self(match op.as_str() {
            "set" => Operation::Set(Assignment { field, value: value.ok_or_else(lacking)? }),
            "add" => Operation::Add(Assignment { field, value: value.ok_or_else(lacking)? }),
            "append" => Operation::Append { field, line: line.ok_or_else(lacking)? },
            "increment" => Operation::Increment { field, by: by.ok_or_else(lacking)? },
            _ => return Err(format!("there is no operation {op}")),
        }))
    }
}

impl From<Told> for Operation {
    fn from(told: Told) -> Self {
        told.0
    }
}

#[derive(Deserialize)]
pub(super) struct CreateArgs {
    operations: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SaleArgs {
    customer: DocumentId,
    product: String,
    premium_won: i64,
    payment_mode: String,
    #[serde(default)]
    sale_date: Option<String>,
    #[serde(default)]
    more: Vec<Told>,
}

/// Whom a contact was with; [`Contact`] is what stands beside it.
#[derive(Deserialize)]
pub(super) struct WithCustomer {
    customer: DocumentId,
}

#[derive(Deserialize)]
pub(super) struct EditArgs {
    id: DocumentId,
    operations: Vec<Told>,
}

#[derive(Deserialize)]
pub(super) struct SettleArgs {
    document: DocumentId,
    field: String,
    value: FieldValue,
}

#[derive(Deserialize)]
pub(super) struct DayArgs {
    day: String,
}

/// What takes an edit back.
pub(super) struct Undo {
    number: u64,
    document: DocumentId,
    /// The edit made a document: it is archived, or counts for nothing.
    made: Option<Kind>,
    /// The edit the other way round.
    back: Vec<Intent>,
}

impl<S: Store, T: Transport> App<S, T> {
    pub(super) async fn create_customer(
        &mut self,
        args: CreateArgs,
        now: Moment,
    ) -> Result<Done, CallProblem> {
        let operations: Vec<Operation> = args.operations.into_iter().map(Operation::from).collect();
        let named = |operation: &Operation| {
            matches!(operation, Operation::Set(Assignment { field, value: FieldValue::Text(name) })
                if field == "name" && !name.trim().is_empty())
        };
        if !operations.iter().any(named) {
            return Err(CallProblem::bad_value("a customer needs a name"));
        }
        let id = self.client.new_id(now);
        self.write(id, Some(Kind::Customer), operations, now).await
    }

    pub(super) async fn record_sale(&mut self, args: SaleArgs, now: Moment) -> Result<Done, CallProblem> {
        let known = self.cards.get(args.customer).is_some_and(|card| card.row.kind == Kind::Customer);
        if !known {
            return Err(ClientError::Unknown("customer").into());
        }
        let day = match args.sale_date {
            Some(day) if parse_date(&day).is_none() => {
                return Err(CallProblem::bad_value("the sale date is no date"));
            }
            Some(day) => day,
            None => self.client.engine()?.day(now).to_string(),
        };
        let set =
            |field: &str, value: FieldValue| Operation::Set(Assignment { field: field.to_owned(), value });
        let mut operations = vec![
            set("customer", FieldValue::Text(args.customer.to_string())),
            set("product", FieldValue::Text(args.product)),
            set("premium_won", FieldValue::Number(args.premium_won)),
            set("payment_mode", FieldValue::Text(args.payment_mode)),
            set("sale_date", FieldValue::Text(day)),
        ];
        operations.extend(args.more.into_iter().map(Operation::from));
        let id = self.client.new_id(now);
        self.write(id, Some(Kind::Policy), operations, now).await
    }

    pub(super) async fn log_contact(
        &mut self,
        WithCustomer { customer }: WithCustomer,
        contact: &Contact,
        now: Moment,
    ) -> Result<Done, CallProblem> {
        let operations = contact_operations(contact, self.client.engine()?.day(now));
        self.write(customer, None, operations, now).await
    }

    pub(super) async fn edit(&mut self, args: EditArgs, now: Moment) -> Result<Done, CallProblem> {
        let operations = args.operations.into_iter().map(Operation::from).collect();
        self.write(args.id, None, operations, now).await
    }

    pub(super) async fn settle(&mut self, args: SettleArgs, now: Moment) -> Result<Done, CallProblem> {
        let SettleArgs { document, field, value } = args;
        self.write(document, None, vec![Operation::Set(Assignment { field, value })], now).await
    }

    pub(super) async fn undo(&mut self, undo: &str, now: Moment) -> Result<(), CallProblem> {
        let found = self.undos.get(undo).ok_or_else(CallProblem::gone_undo)?;
        let (document, made, back) = (found.document, found.made, found.back.clone());
        let operations = if made == Some(Kind::Customer) {
            let day = self.client.engine()?.day(now).to_string();
            let archived = Assignment { field: "archived_on".to_owned(), value: FieldValue::Text(day) };
            vec![Operation::Set(archived)]
        } else {
            let record = self.record_of(document).await?;
            let full = load_full(&record)?;
            back.iter().flat_map(|intent| intent.operations(&full)).collect()
        };
        let call = self.call.clone();
        self.commit_edit(Event::Edit { document, create: None, operations }, &call, &json(()), now).await?;
        self.undos.remove(undo);
        Ok(())
    }

    pub(super) async fn close_day(&mut self, args: &DayArgs, now: Moment) -> Result<(), CallProblem> {
        let day = parse_date(&args.day).ok_or_else(|| CallProblem::bad_value("the day is no date"))?;
        self.client.close_day(day, now).await?;
        let mut batch = self.done.write(&self.call, &json(()));
        self.journal.day_said(day, &mut batch);
        self.client.commit(vec![batch]).await?;
        self.done.keep(&self.call, &json(()));
        Ok(())
    }

    pub(super) async fn apply_tray(&mut self, id: DocumentId, now: Moment) -> Result<(), CallProblem> {
        let item = self.client.tray_item(id).await?;
        let call = self.call.clone();
        self.commit_edit(Event::ApplyTray(Box::new(item)), &call, &json(()), now).await
    }

    pub(super) async fn drop_tray(&mut self, id: DocumentId, now: Moment) -> Result<(), CallProblem> {
        self.client.tray_item(id).await?;
        let call = self.call.clone();
        self.commit_edit(Event::DropTray(id), &call, &json(()), now).await
    }

    pub(super) async fn digest_seen(&mut self, now: Moment) -> Result<(), CallProblem> {
        let mut batch = Batch::new();
        self.journal.seen(now, &mut batch);
        Ok(self.client.commit(vec![batch]).await?)
    }

    /// Makes an edit, or a document, and keeps what takes it back.
    async fn write(
        &mut self,
        document: DocumentId,
        create: Option<Kind>,
        operations: Vec<Operation>,
        now: Moment,
    ) -> Result<Done, CallProblem> {
        let before = self.newest_edit(document).await?.map(|(hash, _)| hash);
        let call = self.call.clone();
        let done = Done { document, undo: call.clone() };
        let event = Event::Edit { document, create, operations };
        self.commit_edit(event, &call, &json(&done), now).await?;
        if let Some((hash, record)) = self.newest_edit(document).await?
            && Some(hash) != before
        {
            self.keep_undo(call, document, create, hash, &record)?;
        }
        Ok(done)
    }

    /// Takes the step; its writes and the answer of the call are durable together.
    async fn commit_edit(
        &mut self,
        event: Event,
        call: &str,
        answer: &str,
        now: Moment,
    ) -> Result<(), CallProblem> {
        let also = self.done.write(call, answer);
        self.client.run_with(event, also, now).await?;
        self.done.keep(call, answer);
        Ok(())
    }

    fn keep_undo(
        &mut self,
        call: String,
        document: DocumentId,
        made: Option<Kind>,
        hash: ChangeHash,
        record: &DocumentRecord,
    ) -> Result<(), CallProblem> {
        let full = load_full(record)?;
        let Some(change) = full.change(&hash) else { return Ok(()) };
        let turned = |intent: Intent| Intent { old: intent.new, new: intent.old, ..intent };
        let back = intents_of(&full, &change).into_iter().map(turned).collect();
        let number = self.undos.values().map(|undo| undo.number + 1).max().unwrap_or(0);
        self.undos.retain(|_, undo| undo.number + UNDOS_KEPT as u64 > number);
        self.undos.insert(call, Undo { number, document, made, back });
        Ok(())
    }

    /// The newest unsent edit of a document, and its record.
    async fn newest_edit(&self, id: DocumentId) -> Result<Option<(ChangeHash, DocumentRecord)>, ClientError> {
        let Some(bytes) = self.client.store.get(&[keys::document(id)]).await?.pop().flatten() else {
            return Ok(None);
        };
        let record: DocumentRecord = decode(&bytes)?;
        let newest = record.tail.last().map(|change| change.hash);
        Ok(newest.map(|hash| (hash, record)))
    }

    pub(super) async fn record_of(&self, id: DocumentId) -> Result<DocumentRecord, ClientError> {
        let bytes = self.client.store.get(&[keys::document(id)]).await?.pop().flatten();
        Ok(decode(&bytes.ok_or(ClientError::Unknown("document"))?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_told_whole_or_not_at_all() {
        let field = || "phone".to_owned();
        let set = |value| Operation::Set(Assignment { field: field(), value });
        let whole = [
            (r#"{"op":"set","field":"phone","value":"1"}"#, set("1".into())),
            (r#"{"op":"set","field":"phone","value":null}"#, set(FieldValue::Nothing)),
            (
                r#"{"field":"phone","value":true,"op":"add"}"#,
                Operation::Add(Assignment { field: field(), value: FieldValue::Flag(true) }),
            ),
            (
                r#"{"op":"append","field":"phone","line":""}"#,
                Operation::Append { field: field(), line: String::new() },
            ),
            (
                r#"{"op":"increment","field":"phone","by":-2}"#,
                Operation::Increment { field: field(), by: -2 },
            ),
        ];
        for (json, operation) in whole {
            assert_eq!(serde_json::from_str::<Told>(json).unwrap(), Told(operation), "{json}");
        }
        // A value that is missing is none that is cleared.
        for json in [
            r#"{"op":"set","field":"phone"}"#,
            r#"{"op":"add","field":"phone","line":"x"}"#,
            r#"{"op":"append","field":"phone","value":"x"}"#,
            r#"{"op":"increment","field":"phone","by":1.5}"#,
            r#"{"op":"increment","field":"phone"}"#,
            r#"{"op":"set","value":"1"}"#,
            r#"{"op":"drop","field":"phone"}"#,
            r#"{"field":"phone","value":"1"}"#,
        ] {
            assert!(serde_json::from_str::<Told>(json).is_err(), "{json}");
        }
    }
}
