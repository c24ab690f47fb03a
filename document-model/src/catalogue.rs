//! The product catalogue, as the rule engine sees it: read from the product documents.

use std::collections::BTreeMap;

use crate::ProductCode;
use crate::dates::{Date, parse_date};
use crate::value::FieldValue;

/// One product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its code.
    pub code: ProductCode,
    /// What people call it.
    pub name: String,
    /// The type it counts under (life, term, vehicle...).
    pub product_type: String,
    /// First day of sale; `None`: from the beginning.
    pub valid_from: Option<Date>,
    /// Last day of sale; `None`: no end.
    pub valid_to: Option<Date>,
}

impl Product {
    /// Reads a product document's fields; `None` without a code.
    #[must_use]
    pub fn of_fields(fields: &BTreeMap<String, FieldValue>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(FieldValue::as_text);
        let code = text("code")?;
        Some(Self {
            code: code.into(),
            name: text("name").unwrap_or(code).to_owned(),
            product_type: text("type").unwrap_or("other").to_owned(),
            valid_from: text("valid_from").and_then(parse_date),
            valid_to: text("valid_to").and_then(parse_date),
        })
    }

    /// The fields a product document has.
    #[must_use]
    pub fn to_fields(&self) -> Vec<(String, FieldValue)> {
        let mut fields = vec![
            ("code".to_owned(), FieldValue::from(self.code.as_str())),
            ("name".to_owned(), FieldValue::from(self.name.as_str())),
            ("type".to_owned(), FieldValue::from(self.product_type.as_str())),
        ];
        let dates = [("valid_from", self.valid_from), ("valid_to", self.valid_to)];
        for (name, date) in dates {
            fields.extend(date.map(|date| (name.to_owned(), FieldValue::Text(date.to_string()))));
        }
        fields
    }

    /// True when the product may be sold on `day`.
    #[must_use]
    pub fn sold_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// All products by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    products: BTreeMap<ProductCode, Product>,
}

impl Catalogue {
    /// The product of a code.
    #[must_use]
    pub fn get(&self, code: &ProductCode) -> Option<&Product> {
        self.products.get(code)
    }

    /// Adds or replaces a product.
    pub fn insert(&mut self, product: Product) {
        self.products.insert(product.code.clone(), product);
    }

    /// All products, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Product> {
        self.products.values()
    }

    /// True when nothing can be sold.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }
}

impl FromIterator<Product> for Catalogue {
    fn from_iter<I: IntoIterator<Item = Product>>(products: I) -> Self {
        Self { products: products.into_iter().map(|product| (product.code.clone(), product)).collect() }
    }
}

/// The catalogue of a fresh hub.
#[must_use]
pub fn starter_products() -> Vec<Product> {
    let rows = [
        ("WL01", "Whole life", "life"),
        ("TL01", "Term life", "term"),
        ("CI01", "Critical illness", "health"),
        ("AN01", "Annuity", "annuity"),
        ("SV01", "Savings", "savings"),
    ];
    let product = |(code, name, product_type): (&str, &str, &str)| Product {
        code: code.into(),
        name: name.to_owned(),
        product_type: product_type.to_owned(),
        valid_from: None,
        valid_to: None,
    };
    rows.into_iter().map(product).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_survives_its_document() {
        for mut product in starter_products() {
            product.valid_from = parse_date("2026-01-01");
            let fields = product.to_fields().into_iter().collect();
            assert_eq!(Product::of_fields(&fields), Some(product.clone()));
            assert!(product.sold_on(parse_date("2026-01-01").expect("date")));
            assert!(!product.sold_on(parse_date("2025-12-31").expect("date")));
        }
        assert_eq!(Product::of_fields(&BTreeMap::new()), None);
    }
}
