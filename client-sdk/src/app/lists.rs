//! Customers, policies and products as lists show them.

use document_model::problem::any_blocking;
use document_model::{Date, DocumentId, FieldValue, Kind, Moment, RecordFacts, add_days, parse_date};
use serde::Deserialize;

use super::answers::{CustomerRow, Page, PolicyRow, ProductRow};
use super::cards::Card;
use super::contact::day_of;
use super::{App, CallProblem};
use crate::ClientError;
use crate::search::Query;
use crate::store::Store;
use crate::transport::Transport;

/// Rows one call answers at most.
const ROWS: usize = 1_000;
/// A birthday so many days ahead is near.
const BIRTHDAY_DAYS: i32 = 7;
/// A customer without contact for so many days is asked after.
const SILENT_DAYS: i32 = 90;

/// Which customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Filter {
    /// The next contact is due.
    VisitDue,
    /// The birthday is near.
    Birthday,
    /// No contact for ninety days.
    #[serde(rename = "no_contact_90")]
    NoContact90,
    /// Came by another customer's word.
    Referred,
    /// With a clash.
    Clash,
}

/// What `customers` is asked.
#[derive(Deserialize)]
pub(super) struct CustomersArgs {
    text: String,
    #[serde(default)]
    filter: Option<Filter>,
    offset: usize,
    limit: usize,
}

/// What `policies` is asked.
#[derive(Deserialize)]
pub(super) struct PoliciesArgs {
    #[serde(default)]
    customer: Option<DocumentId>,
    offset: usize,
    limit: usize,
}

impl<S: Store, T: Transport> App<S, T> {
    pub(super) fn customers(
        &self,
        args: &CustomersArgs,
        now: Moment,
    ) -> Result<Page<CustomerRow>, CallProblem> {
        let today = self.client.engine()?.day(now);
        let query = Query::parse(&args.text);
        let wanted =
            |card: &&Card| is_shown(card) && args.filter.is_none_or(|filter| passes(card, filter, today));
        let mut found: Vec<_> = self
            .cards
            .of_kind(Kind::Customer)
            .filter(wanted)
            .filter_map(|card| Some((query.rank(card.keys.as_ref()?)?, card)))
            .collect();
        found.sort_by(|(rank, card), (other, against)| {
            (rank, &card.order, card.row.id).cmp(&(other, &against.order, against.row.id))
        });
        let total = found.len();
        let page = found.into_iter().skip(args.offset).take(args.limit.min(ROWS));
        let rows = page.map(|(_, card)| self.customer_row(card, now)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total })
    }

    pub(super) fn customer_row(&self, card: &Card, now: Moment) -> Result<CustomerRow, ClientError> {
        let judged = self.client.judge(&card.row, RecordFacts::default(), now)?;
        let text = |field: &str| card.text(field).map(str::to_owned);
        Ok(CustomerRow {
            id: card.row.id,
            name: text("name").unwrap_or_default(),
            birth_date: text("birth_date"),
            phone: first_of(card, "phone"),
            last_contact: last_contact(card).map(|day| day.to_string()),
            next_contact_on: text("next_contact_on"),
            policies: self.cards.policies_of(card.row.id).filter(|policy| is_shown(policy)).count(),
            state: self.client.engine()?.state_of(card.row.id),
            clashes: card.row.clashes.len(),
            blocked: any_blocking(&judged),
        })
    }

    pub(super) fn policies(&self, args: &PoliciesArgs, now: Moment) -> Result<Page<PolicyRow>, CallProblem> {
        let mut found: Vec<_> = match args.customer {
            Some(customer) => self.cards.policies_of(customer).filter(|card| is_shown(card)).collect(),
            None => self.cards.of_kind(Kind::Policy).filter(|card| is_shown(card)).collect(),
        };
        found.sort_by(|a, b| (b.text("sale_date"), b.row.id).cmp(&(a.text("sale_date"), a.row.id)));
        let total = found.len();
        let page = found.into_iter().skip(args.offset).take(args.limit.min(ROWS));
        let rows = page.map(|card| self.policy_row(card, now)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total })
    }

    fn policy_row(&self, card: &Card, now: Moment) -> Result<PolicyRow, ClientError> {
        let engine = self.client.engine()?;
        let record = self.cards.get(RecordFacts::document_of(card.row.id));
        let facts = record.map(|record| RecordFacts::of_fields(&record.row.fields)).unwrap_or_default();
        let text = |field: &str| card.text(field).map(str::to_owned);
        let code = text("product").unwrap_or_default();
        let product = engine.catalogue().get(&code.as_str().into());
        let customer: Option<DocumentId> = card.text("customer").and_then(|id| id.parse().ok());
        Ok(PolicyRow {
            id: card.row.id,
            customer,
            customer_name: customer.and_then(|id| self.cards.name_of(id)),
            product_name: product.map_or_else(|| code.clone(), |product| product.name.clone()),
            product_type: product.map_or("other", |product| &product.product_type).to_owned(),
            product: code,
            premium_won: card.row.fields.get("premium_won").and_then(FieldValue::as_number).unwrap_or(0),
            payment_mode: text("payment_mode").unwrap_or_else(|| "monthly".to_owned()),
            sale_date: text("sale_date").unwrap_or_default(),
            withdrawn_on: text("withdrawn_on"),
            status: record.and_then(|record| record.text("status")).map(str::to_owned),
            state: engine.state_of(card.row.id),
            blocked: any_blocking(&self.client.judge(&card.row, facts, now)?),
        })
    }

    pub(super) fn products(&self) -> Result<Vec<ProductRow>, CallProblem> {
        let product = |product: &document_model::Product| ProductRow {
            code: product.code.0.clone(),
            name: product.name.clone(),
            product_type: product.product_type.clone(),
        };
        Ok(self.client.engine()?.catalogue().iter().map(product).collect())
    }
}

/// Archived customers, and records that were taken back right after they were made, are in no list.
pub(super) fn is_shown(card: &Card) -> bool {
    match card.row.kind {
        Kind::Customer => card.text("archived_on").is_none(),
        Kind::Policy => ["customer", "product", "sale_date"].iter().any(|field| card.text(field).is_some()),
        _ => true,
    }
}

pub(super) fn passes(card: &Card, filter: Filter, today: Date) -> bool {
    match filter {
        Filter::VisitDue => card.text("next_contact_on").and_then(parse_date).is_some_and(|day| day <= today),
        Filter::Birthday => {
            card.text("birth_date").and_then(parse_date).is_some_and(|born| near(born, today))
        }
        Filter::NoContact90 => last_contact(card).is_none_or(|day| day < add_days(today, -SILENT_DAYS)),
        Filter::Referred => card
            .text("source")
            .is_some_and(|source| ["referral", "소개"].iter().any(|word| source.contains(word))),
        Filter::Clash => !card.row.clashes.is_empty(),
    }
}

/// Whether a birthday is today or within a week. Who was born on 29 February has it on 1 March in other years.
fn near(born: Date, today: Date) -> bool {
    (0..=BIRTHDAY_DAYS).map(|days| add_days(today, days)).any(|day| {
        let leap = born.month() == 2 && born.day() == 29 && !day.in_leap_year();
        let (month, of_month) = if leap { (3, 1) } else { (born.month(), born.day()) };
        (day.month(), day.day()) == (month, of_month)
    })
}

/// The newest day of the contact log.
pub(super) fn last_contact(card: &Card) -> Option<Date> {
    let lines = entries(card, "contact").filter_map(|(_, value)| value.as_text());
    lines.filter_map(day_of).max()
}

fn first_of(card: &Card, field: &str) -> Option<String> {
    entries(card, field).find_map(|(_, value)| value.as_text()).map(str::to_owned)
}

/// The fields `name` and `name.*`.
fn entries<'a>(card: &'a Card, name: &'a str) -> impl Iterator<Item = (&'a String, &'a FieldValue)> {
    let of_it = move |field: &str| {
        field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    card.row.fields.iter().filter(move |(field, _)| of_it(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birthdays_of_the_coming_week_are_near_whatever_the_year() {
        let day = |text: &str| parse_date(text).unwrap();
        for (born, today, expected) in [
            ("1980-03-01", "2026-03-01", true),
            ("1980-03-08", "2026-03-01", true),
            ("1980-03-09", "2026-03-01", false),
            ("1980-02-28", "2026-03-01", false),
            ("1980-01-02", "2026-12-30", true),
            ("1980-02-29", "2026-02-24", true),
            ("1980-02-29", "2026-03-02", false),
            ("1980-02-29", "2028-02-29", true),
            ("1980-02-29", "2028-03-01", false),
        ] {
            assert_eq!(near(day(born), day(today)), expected, "{born} on {today}");
        }
    }
}
