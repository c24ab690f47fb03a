//! The made-up company: who works where, whom they look after, what they sold. Pure: the same seed
//! and day give the same company.

use std::collections::BTreeMap;

use document_model::sales::Sums;
use document_model::{BookId, Date, DocumentId, FieldValue, Kind, UnitCode, add_days, starter_products};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::names;
use crate::hub::HubWrite;

/// Reps in a branch.
const REPS_OF_BRANCH: usize = 4;
/// Branches in a region, until there are as many regions as the country has.
const BRANCHES_OF_REGION: usize = 3;
/// Customers a rep looks after.
const CUSTOMERS_OF_REP: std::ops::RangeInclusive<usize> = 22..=40;
/// Policies a rep sells in a hundred days of work.
const SALES_IN_A_HUNDRED_DAYS: u32 = 90;
/// Of a hundred policies, those withdrawn again.
const WITHDRAWN_OF_A_HUNDRED: u32 = 4;
/// Days in which a customer may withdraw.
const WITHDRAWAL_DAYS: i32 = 15;

/// What kind of company to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Everything is drawn from it.
    pub seed: u64,
    /// Reps, one or more.
    pub reps: usize,
    /// Days of history before today.
    pub days: i32,
    /// The business day.
    pub today: Date,
}

/// A region or a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its name.
    pub name: String,
}

/// A branch and the region it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Itself.
    pub unit: Unit,
    /// Its region's place in [`Company::regions`].
    pub region: usize,
}

/// A rep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rep {
    /// The rep's code and name.
    pub unit: Unit,
    /// The branch's place in [`Company::branches`].
    pub branch: usize,
    /// Whom the rep looks after.
    pub customers: Vec<Customer>,
    /// What the rep sold.
    pub policies: Vec<Policy>,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The document.
    pub id: DocumentId,
    /// The name.
    pub name: String,
    /// The mobile number.
    pub phone: String,
    /// City and street.
    pub address: (String, String),
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The document.
    pub id: DocumentId,
    /// Who bought it.
    pub customer: DocumentId,
    /// What was bought.
    pub sale: Sale,
    /// When it was sold.
    pub sold_on: Date,
    /// When the customer withdrew.
    pub withdrawn_on: Option<Date>,
}

/// What is sold, at what price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The product's code.
    pub product: String,
    /// The premium of one payment.
    pub premium_won: i64,
}

/// Months whose premium makes a year's: the demo sells by the month.
const MONTHS: i64 = 12;

impl Sale {
    /// What it adds to the figures.
    #[must_use]
    pub fn sold(&self) -> Sums {
        let won = self.premium_won;
        Sums { sold: 1, premium_gross_won: won, ape_gross_won: MONTHS * won, ..Sums::default() }
    }

    /// What its withdrawal adds to them.
    #[must_use]
    pub fn withdrawn(&self) -> Sums {
        let won = self.premium_won;
        Sums { withdrawn: 1, premium_withdrawn_won: won, ape_withdrawn_won: MONTHS * won, ..Sums::default() }
    }
}

/// Sums by region and product.
pub type SumsByPlace = BTreeMap<(UnitCode, String), Sums>;

/// The company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its regions.
    pub regions: Vec<Unit>,
    /// Its branches.
    pub branches: Vec<Branch>,
    /// Its reps.
    pub reps: Vec<Rep>,
}

impl Company {
    /// Makes it up.
    #[must_use]
    pub fn make(plan: &Plan) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(plan.seed);
        let branches = plan.reps.div_ceil(REPS_OF_BRANCH);
        let regions = branches.div_ceil(BRANCHES_OF_REGION).clamp(1, names::REGIONS.len());
        let branch = |number: usize| Branch {
            unit: Unit {
                code: UnitCode(format!("B{:03}", number + 1)),
                name: names::branch(number % regions, number / regions),
            },
            region: number % regions,
        };
        let branches: Vec<_> = (0..branches).map(branch).collect();
        let region = |number: usize| Unit {
            code: UnitCode(format!("R{:02}", number + 1)),
            name: names::REGIONS[number].0.to_owned(),
        };
        let mut reps: Vec<_> = (0..plan.reps).map(|number| rep(number, branches.len(), &mut dice)).collect();
        for rep in &mut reps {
            let city = names::REGIONS[branches[rep.branch].region].0;
            fill(rep, city, plan, &mut dice);
        }
        Self { regions: (0..regions).map(region).collect(), branches, reps }
    }

    /// The organisation as the file a company would import.
    #[must_use]
    pub fn organisation_csv(&self) -> String {
        let mut csv = "region_code,region_name,branch_code,branch_name,rep_code,rep_name\n".to_owned();
        for rep in &self.reps {
            let branch = &self.branches[rep.branch];
            let region = &self.regions[branch.region];
            let units = [region, &branch.unit, &rep.unit].map(|unit| format!("{},{}", unit.code, unit.name));
            csv.push_str(&units.join(","));
            csv.push('\n');
        }
        csv
    }

    /// Customers and policies as an import writes them.
    #[must_use]
    pub fn writes(&self) -> Vec<HubWrite> {
        self.reps.iter().flat_map(writes_of).collect()
    }

    /// What the policies sum to.
    #[must_use]
    pub fn sums(&self) -> SumsByPlace {
        let mut sums = SumsByPlace::new();
        for rep in &self.reps {
            for policy in &rep.policies {
                let sum =
                    sums.entry((self.region_of(rep).code.clone(), policy.sale.product.clone())).or_default();
                sum.add(&policy.sale.sold());
                if policy.withdrawn_on.is_some() {
                    sum.add(&policy.sale.withdrawn());
                }
            }
        }
        sums
    }

    /// The region a rep sells in.
    #[must_use]
    pub fn region_of(&self, rep: &Rep) -> &Unit {
        &self.regions[self.branches[rep.branch].region]
    }

    /// Customers of all reps.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.reps.iter().map(|rep| rep.customers.len()).sum()
    }

    /// Policies of all reps.
    #[must_use]
    pub fn policies(&self) -> usize {
        self.reps.iter().map(|rep| rep.policies.len()).sum()
    }
}

/// Any product at a price people pay for it.
pub(super) fn sale(dice: &mut ChaCha8Rng) -> Sale {
    let products = starter_products();
    let product = products[dice.random_range(0..products.len())].code.0.clone();
    Sale { product, premium_won: dice.random_range(3..=40) * 10_000 }
}

/// The fields of a policy.
pub(super) fn policy_fields(customer: DocumentId, sale: &Sale, sold_on: Date) -> Vec<(String, FieldValue)> {
    vec![
        ("customer".to_owned(), FieldValue::Text(customer.to_string())),
        ("product".to_owned(), FieldValue::Text(sale.product.clone())),
        ("premium_won".to_owned(), FieldValue::Number(sale.premium_won)),
        ("payment_mode".to_owned(), FieldValue::from("monthly")),
        ("sale_date".to_owned(), FieldValue::Text(sold_on.to_string())),
    ]
}

/// A rep without customers yet. Neighbours in the list are in different branches.
fn rep(number: usize, branches: usize, dice: &mut ChaCha8Rng) -> Rep {
    let name = match number {
        // The first reps have accounts named after them, so no two share a surname.
        early if early < names::SURNAMES.len() => names::person_of(early, dice),
        _ => names::person(dice),
    };
    let unit = Unit { code: UnitCode(format!("P{:05}", number + 1)), name };
    Rep { unit, branch: number % branches, customers: Vec::new(), policies: Vec::new() }
}

fn fill(rep: &mut Rep, city: &str, plan: &Plan, dice: &mut ChaCha8Rng) {
    for number in 0..dice.random_range(CUSTOMERS_OF_REP) {
        rep.customers.push(Customer {
            id: DocumentId::derived("demo customer", &format!("{} {number}", rep.unit.code)),
            name: names::person(dice),
            phone: names::phone(dice),
            address: (city.to_owned(), names::street(dice)),
        });
    }
    for back in (1..=plan.days).rev() {
        if !dice.random_ratio(SALES_IN_A_HUNDRED_DAYS, 100) {
            continue;
        }
        let sold_on = add_days(plan.today, -back);
        let withdrawn = dice.random_ratio(WITHDRAWN_OF_A_HUNDRED, 100);
        let after = dice.random_range(0..=WITHDRAWAL_DAYS.min(back));
        rep.policies.push(Policy {
            id: DocumentId::derived("demo policy", &format!("{} {back}", rep.unit.code)),
            customer: rep.customers[dice.random_range(0..rep.customers.len())].id,
            sale: sale(dice),
            sold_on,
            withdrawn_on: withdrawn.then(|| add_days(sold_on, after)),
        });
    }
}

fn writes_of(rep: &Rep) -> Vec<HubWrite> {
    let book = BookId::of_rep(&rep.unit.code);
    let write =
        |document, kind, fields| HubWrite { document, kind, book, fields, imported: true, only_new: true };
    let customers = rep.customers.iter().map(|customer| {
        let text = |name: &str, value: &str| (name.to_owned(), FieldValue::from(value));
        let (city, street) = &customer.address;
        let fields = vec![
            text("name", &customer.name),
            text("phone", &customer.phone),
            text("address.city", city),
            text("address.street", street),
        ];
        write(customer.id, Kind::Customer, fields)
    });
    let policies = rep.policies.iter().map(|policy| {
        let mut fields = policy_fields(policy.customer, &policy.sale, policy.sold_on);
        let withdrawn = policy.withdrawn_on.map(|day| FieldValue::Text(day.to_string()));
        fields.extend(withdrawn.map(|day| ("withdrawn_on".to_owned(), day)));
        write(policy.id, Kind::Policy, fields)
    });
    customers.chain(policies).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use document_model::parse_date;

    use super::*;

    /// A company of `reps` reps.
    pub(crate) fn company(seed: u64, reps: usize) -> Company {
        let today = parse_date("2026-09-21").unwrap();
        Company::make(&Plan { seed, reps, days: 30, today })
    }

    #[test]
    fn the_same_seed_makes_the_same_company() {
        assert_eq!(company(7, 48), company(7, 48));
        assert_ne!(company(7, 48), company(8, 48));
    }

    #[test]
    fn the_usual_company_has_the_usual_size() {
        let company = company(1, 48);
        assert_eq!((company.regions.len(), company.branches.len(), company.reps.len()), (4, 12, 48));
        assert!((1_300..1_700).contains(&company.customers()), "{}", company.customers());
        assert!((1_100..1_500).contains(&company.policies()), "{}", company.policies());
    }

    #[test]
    fn any_size_fits_together() {
        for reps in [1, 3, 13, 600] {
            let company = company(1, reps);
            let lines = company.organisation_csv().lines().count();
            assert_eq!(lines, reps + 1);
            let used: BTreeSet<_> = company.reps.iter().map(|rep| rep.branch).collect();
            assert_eq!(used.len(), company.branches.len(), "no branch is empty");
            let used: BTreeSet<_> = company.branches.iter().map(|branch| branch.region).collect();
            assert_eq!(used.len(), company.regions.len(), "no region is empty");
        }
    }

    #[test]
    fn every_document_is_there_once_and_every_policy_has_its_customer() {
        let company = company(3, 48);
        let ids: BTreeSet<_> = company.writes().iter().map(|write| write.document).collect();
        assert_eq!(ids.len(), company.customers() + company.policies());
        for rep in &company.reps {
            let customers: BTreeSet<_> = rep.customers.iter().map(|customer| customer.id).collect();
            assert!(rep.policies.iter().all(|policy| customers.contains(&policy.customer)));
        }
    }

    #[test]
    fn history_lies_in_the_past_and_sums_up() {
        let company = company(3, 48);
        let today = parse_date("2026-09-21").unwrap();
        let policies = || company.reps.iter().flat_map(|rep| &rep.policies);
        assert!(policies().all(|policy| policy.sold_on < today));
        assert!(
            policies()
                .all(|policy| policy.withdrawn_on.is_none_or(|day| policy.sold_on <= day && day <= today))
        );
        let sold: i64 = company.sums().values().map(|sums| sums.sold).sum();
        assert_eq!(sold, company.policies() as i64);
        assert!(company.sums().values().any(|sums| sums.withdrawn > 0));
    }
}
