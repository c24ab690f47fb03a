//! Customers and policies.

use std::collections::BTreeMap;

use client_sdk::app::{Channel, Contact, contact_operations};
use client_sdk::store::Store;
use client_sdk::transport::Transport;
use document_model::{DocumentId, FieldValue, Kind, Operation};
use serde_json::json;

use super::{Answer, Session, fields, word};
use crate::cli::{CustomerCommand, Day, NewPolicy, PolicyCommand};
use crate::error::Failure;
use crate::print;

impl<S: Store, T: Transport> Session<S, T> {
    pub(super) async fn customer(&mut self, command: CustomerCommand) -> Result<Answer, Failure> {
        let kind = Kind::Customer;
        match command {
            CustomerCommand::Add { name, fields } => self.add_customer(&name, &fields).await,
            CustomerCommand::Set { id, fields } => self.set(kind, &id, &fields).await,
            CustomerCommand::Note { id, text } => {
                let line = Operation::Append { field: "notes".to_owned(), line: text.join(" ") };
                self.edit(kind, &id, vec![line]).await
            }
            CustomerCommand::Visit { id, outcome } => self.visit(&id, outcome.as_deref()).await,
            CustomerCommand::Show { id } => self.show_one(kind, &id).await,
            CustomerCommand::List => {
                let empty = "No customers here yet. Your customers are listed here once you add one: \
                    fieldbook-rep customer add --name NAME";
                let items = self.client.list(kind, self.now()).await?;
                let text = print::customers(&items, empty);
                Ok(Answer::new(items, text))
            }
            CustomerCommand::Search { text } => {
                let text = text.join(" ");
                let items = self.client.search(&text, self.now()).await?;
                let empty = format!(
                    "No customer matches {text:?}. Those that do are shown here; all: fieldbook-rep customer list"
                );
                let text = print::customers(&items, &empty);
                Ok(Answer::new(items, text))
            }
        }
    }

    pub(super) async fn policy(&mut self, command: PolicyCommand) -> Result<Answer, Failure> {
        let kind = Kind::Policy;
        match command {
            PolicyCommand::Add(policy) => self.add_policy(&policy).await,
            PolicyCommand::Set { id, fields } => self.set(kind, &id, &fields).await,
            PolicyCommand::Withdraw { id, date } => self.withdraw(&id, date).await,
            PolicyCommand::Show { id } => self.show_one(kind, &id).await,
            PolicyCommand::List { customer } => self.list_policies(customer.as_deref()).await,
        }
    }

    async fn add_customer(&mut self, name: &str, more: &[String]) -> Result<Answer, Failure> {
        if name.trim().is_empty() {
            return Err(Failure::usage("a customer needs a name"));
        }
        let mut operations = vec![fields::set(Kind::Customer, "name", name)?];
        operations.extend(fields::operations(Kind::Customer, more, self.today()?)?);
        self.create(Kind::Customer, operations).await
    }

    async fn add_policy(&mut self, policy: &NewPolicy) -> Result<Answer, Failure> {
        let customer = self.find(Kind::Customer, &policy.customer)?.to_string();
        let date = policy.date.date(self.today()?).to_string();
        let values = [
            ("customer", customer.as_str()),
            ("product", &policy.product),
            ("premium", &policy.premium),
            ("payment_mode", &policy.mode),
            ("sale_date", &date),
        ];
        let operations = values.iter().map(|(field, value)| fields::set(Kind::Policy, field, value));
        self.create(Kind::Policy, operations.collect::<Result<_, _>>()?).await
    }

    async fn create(&mut self, kind: Kind, operations: Vec<Operation>) -> Result<Answer, Failure> {
        let now = self.now();
        let id = self.client.create(kind, operations, now).await?;
        self.saved(id, &format!("Saved on this device: {} {id}", word(kind))).await
    }

    async fn set(&mut self, kind: Kind, id: &str, typed: &[String]) -> Result<Answer, Failure> {
        let operations = fields::operations(kind, typed, self.today()?)?;
        self.edit(kind, id, operations).await
    }

    async fn edit(&mut self, kind: Kind, id: &str, operations: Vec<Operation>) -> Result<Answer, Failure> {
        let id = self.find(kind, id)?;
        let now = self.now();
        self.client.edit(id, operations, now).await?;
        self.saved(id, &format!("Saved on this device: {} {id}", word(kind))).await
    }

    async fn visit(&mut self, id: &str, outcome: Option<&str>) -> Result<Answer, Failure> {
        let contact = Contact {
            channel: Channel::Visit,
            outcome: outcome.unwrap_or_default().to_owned(),
            note: None,
            next_contact_on: None,
        };
        let operations = contact_operations(&contact, self.today()?);
        self.edit(Kind::Customer, id, operations).await
    }

    /// A policy that is withdrawn already keeps its day unless another one is named.
    async fn withdraw(&mut self, id: &str, date: Option<Day>) -> Result<Answer, Failure> {
        let known = self.find(Kind::Policy, id)?;
        let view = self.show(known).await?;
        if let (None, Some(day)) = (date, view.fields.get("withdrawn_on").and_then(FieldValue::as_text)) {
            return self.saved(known, &format!("Policy {known} was withdrawn on {day} already")).await;
        }
        let day = date.unwrap_or(Day::Today).date(self.today()?).to_string();
        self.edit(Kind::Policy, id, vec![fields::set(Kind::Policy, "withdrawn_on", &day)?]).await
    }

    async fn show_one(&self, kind: Kind, id: &str) -> Result<Answer, Failure> {
        let view = self.show(self.find(kind, id)?).await?;
        let text = print::document(&view, &self.zone);
        Ok(Answer::new(view, text))
    }

    async fn list_policies(&self, customer: Option<&str>) -> Result<Answer, Failure> {
        let now = self.now();
        let mut items = self.client.list(Kind::Policy, now).await?;
        if let Some(customer) = customer {
            let id = self.find(Kind::Customer, customer)?.to_string();
            items.retain(|item| item.fields.get("customer").and_then(FieldValue::as_text) == Some(&id));
        }
        let customers = self.client.list(Kind::Customer, now).await?.into_iter();
        let names: BTreeMap<DocumentId, String> = customers
            .filter_map(|item| Some((item.id, item.fields.get("name")?.as_text()?.to_owned())))
            .collect();
        let name_of = |id: &str| id.parse().ok().and_then(|id: DocumentId| names.get(&id).cloned());
        let text = print::policies(&items, name_of);
        Ok(Answer::new(json!(items), text))
    }
}
