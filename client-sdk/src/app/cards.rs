//! The rows of all documents in memory, with what searching and sorting read of them.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{DocumentId, FieldValue, Kind};

use super::App;
use crate::ClientError;
use crate::query::searched_texts;
use crate::records::Row;
use crate::search::{SearchKeys, keys_of};
use crate::store::Store;
use crate::transport::Transport;

/// One document as lists know it.
pub(super) struct Card {
    pub(super) row: Row,
    /// What a customer is found by.
    pub(super) keys: Option<SearchKeys>,
    /// What customers are sorted by.
    pub(super) order: NameOrder,
}

/// Korean order: Hangul first, in the order of its syllables, then other letters, then the rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NameOrder(u8, String);

impl NameOrder {
    pub(super) fn of(name: &str) -> Self {
        let name = name.trim();
        let class = match name.chars().next() {
            Some('가'..='힣' | 'ㄱ'..='ㆎ') => 0,
            Some(letter) if letter.is_alphabetic() => 1,
            Some(_) => 2,
            None => 3,
        };
        Self(class, name.to_lowercase())
    }
}

impl Card {
    fn of(row: Row) -> Self {
        let customer = row.kind == Kind::Customer;
        let keys = customer.then(|| keys_of(&searched_texts(&row)));
        let order = NameOrder::of(row.fields.get("name").and_then(FieldValue::as_text).unwrap_or_default());
        Self { row, keys, order }
    }

    /// A text field.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.row.fields.get(field).and_then(FieldValue::as_text)
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Cards {
    cards: BTreeMap<DocumentId, Card>,
    /// Policies of each customer.
    policies: BTreeMap<DocumentId, BTreeSet<DocumentId>>,
}

impl Cards {
    pub(super) fn get(&self, id: DocumentId) -> Option<&Card> {
        self.cards.get(&id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Card> {
        self.cards.values()
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Card> {
        self.cards.values().filter(move |card| card.row.kind == kind)
    }

    pub(super) fn policies_of(&self, customer: DocumentId) -> impl Iterator<Item = &Card> {
        self.policies.get(&customer).into_iter().flatten().filter_map(|id| self.cards.get(id))
    }

    /// A customer's name, for what is about it.
    pub(super) fn name_of(&self, customer: DocumentId) -> Option<String> {
        self.get(customer)?.text("name").map(str::to_owned)
    }

    fn take(&mut self, id: DocumentId, row: Option<Row>) -> Option<Card> {
        let card = row.map(Card::of);
        let sold_to = |card: &Card| card.text("customer").and_then(|id| id.parse::<DocumentId>().ok());
        if let Some(customer) = card.as_ref().and_then(sold_to) {
            self.policies.entry(customer).or_default().insert(id);
        }
        let before = match card {
            Some(card) => self.cards.insert(id, card),
            None => self.cards.remove(&id),
        };
        let now = self.cards.get(&id).and_then(sold_to);
        if let Some(customer) = before.as_ref().and_then(sold_to).filter(|customer| Some(*customer) != now)
            && let Some(known) = self.policies.get_mut(&customer)
        {
            known.remove(&id);
        }
        before
    }
}

impl<S: Store, T: Transport> App<S, T> {
    /// Reads every row.
    pub(super) async fn refresh_all(&mut self) -> Result<(), ClientError> {
        self.client.take_changed();
        for row in self.client.all_rows().await? {
            self.cards.take(row.id, Some(row));
        }
        Ok(())
    }

    /// Reads the rows that were written since; gives what they were.
    pub(super) async fn refresh(&mut self) -> Result<Vec<(DocumentId, Option<Card>)>, ClientError> {
        let changed: Vec<DocumentId> = self.client.take_changed().into_iter().collect();
        let mut rows: BTreeMap<_, _> =
            self.client.rows_of(&changed).await?.into_iter().map(|row| (row.id, row)).collect();
        Ok(changed.into_iter().map(|id| (id, self.cards.take(id, rows.remove(&id)))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_korean_order() {
        let mut names = ["Zoe", "하나", "김철수", "1st", "강민", "adam", "", "김가"];
        names.sort_by_key(|name| NameOrder::of(name));
        assert_eq!(names, ["강민", "김가", "김철수", "하나", "adam", "Zoe", "1st", ""]);
    }
}
