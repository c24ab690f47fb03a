//! What the hub itself keeps in the shared book: the starter catalogue, the schemas, the sale rules.

use document_model::schema::Schema;
use document_model::{BookId, Document, DocumentId, FieldValue, Kind, Product, SaleRules, starter_products};

use super::{App, AppError, SystemEntropy};
use crate::hub::{Gate, HubError, HubWrite};
use crate::storage::{Storage, StorageError, Stored, StoredDocument};

/// The author of what the hub writes by itself.
const HUB_USER: &str = "fieldbook";

impl<S: Storage, G: Gate> App<S, G> {
    /// Gives a hub without any shared document what a fresh one has: the starter catalogue, the built-in
    /// schemas and the sale rules, in one commit. A hub that has some keeps what it has.
    pub async fn furnish(&self) -> Result<(), AppError> {
        if !self.hub.storage().documents_of(BookId::SHARED, None, 1).await?.is_empty() {
            return Ok(());
        }
        let products = starter_products();
        let mut documents: Vec<_> = products.iter().map(product_document).collect();
        documents.extend(Kind::ALL.map(|kind| schema_document(kind, self.config.sale_rules())));
        documents.iter_mut().for_each(|write| write.only_new = true);
        self.write_shared(&documents).await
    }

    /// Publishes the sale rules of the settings in the shared book, where others stand there or none.
    pub async fn publish_sale_rules(&self) -> Result<(), AppError> {
        let write = schema_document(Kind::Policy, self.config.sale_rules());
        let fields = self.config.sale_rules().to_fields();
        match self.hub.storage().documents(&[write.document]).await?.pop().flatten() {
            Some(stored) if holds(&stored, &fields)? => Ok(()),
            Some(_) => self.write_shared(&[HubWrite { fields, ..write }]).await,
            None => self.write_shared(&[write]).await,
        }
    }

    async fn write_shared(&self, documents: &[HubWrite]) -> Result<(), AppError> {
        match self.hub.write(HUB_USER, documents, self.clock.now(), &mut SystemEntropy).await {
            Ok(_) => Ok(()),
            Err(HubError::Storage(error)) => Err(error.into()),
            Err(HubError::Gate(down)) => Err(down.into()),
            // Only devices are refused like that, and none is asking.
            Err(refused) => Err(StorageError::Failed(refused.to_string()).into()),
        }
    }
}

/// The document of a product: the same for the starter catalogue and every import.
#[must_use]
pub fn product_document(product: &Product) -> HubWrite {
    HubWrite {
        document: DocumentId::derived("product", product.code.as_str()),
        kind: Kind::Product,
        book: BookId::SHARED,
        fields: product.to_fields(),
        imported: false,
        only_new: false,
    }
}

/// Whether a stored document has these values.
fn holds(stored: &StoredDocument, fields: &[(String, FieldValue)]) -> Stored<bool> {
    let document = Document::load(stored.kind, &stored.saved);
    let there = document.map_err(|error| StorageError::Damaged(error.to_string()))?.fields();
    Ok(fields.iter().all(|(name, value)| there.get(name) == Some(value)))
}

/// The document that describes a kind; of policies it says what sale days and withdrawals are judged by.
fn schema_document(kind: Kind, sale_rules: SaleRules) -> HubWrite {
    let fields = Schema::builtin(kind).to_document_fields();
    let rules = if kind == Kind::Policy { sale_rules.to_fields() } else { Vec::new() };
    HubWrite {
        document: Schema::document_of(kind),
        kind: Kind::Schema,
        book: BookId::SHARED,
        fields: fields.into_iter().map(|(name, json)| (name, FieldValue::Text(json))).chain(rules).collect(),
        imported: false,
        only_new: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::{NOW, app, app_over};
    use crate::config::{Config, SalesConfig};
    use crate::storage::{DocumentStorage, OrganisationStorage};

    #[tokio::test]
    async fn a_fresh_hub_has_a_catalogue_and_schemas_once() {
        let app = app().await;
        let rules = app.hub.current_rules().await.unwrap();
        assert_eq!(rules.catalogue.iter().count(), starter_products().len());
        let count = async || app.hub.storage().documents_of(BookId::SHARED, None, 100).await.unwrap().len();
        assert_eq!(count().await, starter_products().len() + Kind::ALL.len());
        let seq = app.hub.storage().book(BookId::SHARED).await.unwrap().unwrap().seq;
        app.furnish().await.unwrap();
        assert_eq!(app.hub.storage().book(BookId::SHARED).await.unwrap().unwrap().seq, seq);
        assert_eq!(app.hub.verify(&|_| ()).await.unwrap().found, 0);
    }

    #[tokio::test]
    async fn sale_rules_are_published_once_and_again_when_the_settings_change() {
        let first = app().await;
        let rules = first.hub.current_rules().await.unwrap();
        assert_eq!(rules.sale_rules, SaleRules::default());
        first.publish_sale_rules().await.unwrap();
        let version = async || first.hub.storage().rules_version().await.unwrap();
        assert_eq!(version().await, rules.version, "nothing new");
        first.hub.rejudge(NOW).await.unwrap();
        let config = Config {
            sales: SalesConfig { back_dating_days: 7, ..SalesConfig::default() },
            ..Config::default()
        };
        let second = app_over(first.hub.storage().clone(), config).await;
        assert_eq!(second.hub.current_rules().await.unwrap().sale_rules.back_dating_days, 31, "not yet");
        second.publish_sale_rules().await.unwrap();
        assert_eq!(first.hub.current_rules().await.unwrap().sale_rules.back_dating_days, 7);
        assert!(first.hub.storage().judged().await.unwrap() < version().await, "all are judged again");
        assert_eq!(first.hub.verify(&|_| ()).await.unwrap().found, 0);
    }
}
