//! What needs a person: clashes and the tray.

use client_sdk::store::Store;
use client_sdk::transport::Transport;
use client_sdk::{DocumentView, TrayView};
use document_model::{DocumentId, FieldValue, Kind};
use serde_json::json;

use super::{Answer, Session, fields};
use crate::cli::TrayCommand;
use crate::error::{Exit, Failure};
use crate::print;

impl<S: Store, T: Transport> Session<S, T> {
    pub(super) async fn clashes(&self) -> Result<Answer, Failure> {
        let found = self.client.clashes().await?;
        let text = print::clashes(&found, &self.zone);
        Ok(Answer::new(found, text))
    }

    /// Picks the value of a clash: an ordinary edit that has seen them all.
    pub(super) async fn resolve(&mut self, id: &str, field: &str, value: &str) -> Result<Answer, Failure> {
        let id = self.find(Kind::Policy, id).or_else(|_| self.find(Kind::Customer, id))?;
        let view = self.show(id).await?;
        let values = values_of(&view, field);
        let operation = fields::picked(view.kind, field, &values, value, self.today()?)?;
        if values.is_empty() && !settled_already(&view, &operation) {
            let message = format!(
                "{field:?} has no clash; nothing was changed; `fieldbook-rep clashes` lists those there are, \
                 and `{} set` changes any field",
                super::word(view.kind)
            );
            return Err(Failure::new(Exit::No, "NO-CLASH", message));
        }
        let now = self.now();
        self.client.edit(id, vec![operation], now).await?;
        let view = self.show(id).await?;
        let json = json!({ "id": id, "field": field, "value": view.fields.get(field), "clashes": view.clashes, "state": view.state });
        Ok(Answer::new(json, format!("Settled {field} of {} {id}\n", super::word(view.kind))))
    }

    pub(super) async fn tray(&mut self, command: Option<TrayCommand>) -> Result<Answer, Failure> {
        let now = self.now();
        match command.unwrap_or(TrayCommand::List) {
            TrayCommand::List => {
                let items = self.client.tray().await?;
                let text = print::tray(&items, &self.zone);
                Ok(Answer::new(items, text))
            }
            TrayCommand::Apply { id } => {
                let item = self.tray_item(&id).await?;
                self.client.apply_tray(item.id, now).await.map_err(|error| kept(&id, error.into()))?;
                let (kind, document) = (super::word(item.kind), item.document);
                let text = format!("Done again on {kind} {document}; it goes out with: fieldbook-rep sync\n");
                Ok(Answer::new(json!({ "id": item.id, "document": document }), text))
            }
            TrayCommand::Drop { id } => {
                let item = self.tray_item(&id).await?;
                self.client.drop_tray(item.id, now).await?;
                let text = format!(
                    "Given up, for the last time to be seen here:\n{}",
                    print::tray_item(&item, &self.zone)
                );
                Ok(Answer::new(json!({ "id": item.id, "dropped": item }), text))
            }
        }
    }

    async fn tray_item(&self, id: &str) -> Result<TrayView, Failure> {
        let wanted: Option<DocumentId> = id.parse().ok();
        let found = self.client.tray().await?.into_iter().find(|item| Some(item.id) == wanted);
        found.ok_or_else(|| Failure::unknown("tray item", id))
    }
}

/// The values of a field's clash; none when it has no clash.
fn values_of(view: &DocumentView, field: &str) -> Vec<FieldValue> {
    let clash = view.clashes.iter().find(|clash| clash["field"] == field);
    let values = clash.and_then(|clash| clash["values"].as_array()).into_iter().flatten();
    values.filter_map(|value| serde_json::from_value(value["value"].clone()).ok()).collect()
}

/// Whether somebody settled the clash the same way before.
fn settled_already(view: &DocumentView, operation: &document_model::Operation) -> bool {
    match operation {
        document_model::Operation::Set(assignment) => {
            view.fields.get(&assignment.field).unwrap_or(&FieldValue::Nothing) == &assignment.value
        }
        _ => false,
    }
}

/// An item that could not be applied stays where it is, and the person should know.
fn kept(id: &str, mut failure: Failure) -> Failure {
    failure.message.push_str(&format!("; tray item {id} stays in the tray"));
    failure
}
