//! Figures of the demo: asked at every level, compared with each other, shown as a table.

use std::collections::{BTreeMap, BTreeSet};

use document_model::Date;

use super::DemoError;
use super::company::SumsByPlace;
use super::stand::Stand;
use super::voice::{pad, right, thousands};
use crate::hub::{FigureAnswerNamed, SumsShown};
use crate::organisation::Level;
use crate::storage::{FigureQuery, SplitBy, View};

/// Columns of a unit's name.
const NAME_COLUMNS: usize = 16;
/// Columns of a number.
const NUMBER_COLUMNS: usize = 14;

/// The answers of every level, split by product, widest level first.
pub(super) struct Answers(pub(super) Vec<FigureAnswerNamed>);

impl Answers {
    /// Asks the hub.
    pub(super) async fn ask(stand: &Stand, from: Date, to: Date) -> Result<Self, DemoError> {
        let mut answers = Vec::new();
        for level in Level::ALL {
            let query = FigureQuery {
                from,
                to,
                level,
                under: None,
                by: SplitBy::Product,
                view: View::Now,
                placed: None,
            };
            answers.push(stand.app.hub.figures(&query, stand.app.clock.now()).await?);
        }
        Ok(Self(answers))
    }

    /// The nation's.
    pub(super) fn nation(&self) -> &FigureAnswerNamed {
        &self.0[0]
    }

    /// The regions'.
    pub(super) fn regions(&self) -> &FigureAnswerNamed {
        &self.0[1]
    }

    /// Policies and net premium of one rep.
    pub(super) fn of_rep(&self, code: &str) -> (i64, i64) {
        let rows = self.0[3].rows.iter().filter(|row| row.unit.as_str() == code);
        rows.fold((0, 0), |(net, won), row| (net + row.sums.net, won + row.sums.premium_net_won))
    }

    /// True when every level sums to the nation's rows, product by product.
    pub(super) fn levels_agree(&self) -> bool {
        let nation = by_product(self.nation());
        self.0.iter().all(|answer| by_product(answer) == nation && answer.total == self.nation().total)
    }

    /// True when regions and products have the sums they were made with.
    pub(super) fn are(&self, expected: &SumsByPlace) -> bool {
        let rows = self.regions().rows.iter();
        let have: BTreeMap<_, _> =
            rows.map(|row| ((row.unit.clone(), row.product.clone().unwrap_or_default()), row.sums)).collect();
        have == expected.iter().map(|(place, sums)| (place.clone(), SumsShown::from(sums))).collect()
    }

    /// Net premium by region and product, policies at the end, the sum of the rows and the nation.
    pub(super) fn table(&self) -> Vec<String> {
        let products: BTreeSet<_> = self.nation().rows.iter().filter_map(|row| row.product.clone()).collect();
        let (from, to) = (&self.nation().from, &self.nation().to);
        let heads = products.iter().map(String::as_str).chain(["all, won", "sold", "withdrawn"]);
        let heads: String = heads.map(|head| right(head, NUMBER_COLUMNS)).collect();
        let mut lines = vec![
            format!("  net premium in won, {from} to {to}"),
            format!("  {}{heads}", pad("", NAME_COLUMNS)),
        ];
        let mut names: Vec<_> = self.regions().rows.iter().map(|row| row.name.clone()).collect();
        names.dedup();
        for name in &names {
            lines.push(line(name, &products, self.regions(), |row| row == name.as_str()));
        }
        lines.push(line("sum of rows", &products, self.regions(), |_| true));
        lines.push(line("nation", &products, self.nation(), |_| true));
        lines
    }
}

fn line(
    label: &str,
    products: &BTreeSet<String>,
    answer: &FigureAnswerNamed,
    of: impl Fn(&str) -> bool,
) -> String {
    let rows = || answer.rows.iter().filter(|row| of(&row.name));
    let won = |product: &String| {
        let of_product = rows().filter(|row| row.product.as_ref() == Some(product));
        of_product.map(|row| row.sums.premium_net_won).sum::<i64>()
    };
    let all = rows().map(|row| row.sums.premium_net_won).sum();
    let (sold, withdrawn) =
        (rows().map(|row| row.sums.sold).sum(), rows().map(|row| row.sums.withdrawn).sum());
    let numbers = products.iter().map(won).chain([all, sold, withdrawn]);
    let numbers: String = numbers.map(|number| right(&thousands(number), NUMBER_COLUMNS)).collect();
    format!("  {}{numbers}", pad(label, NAME_COLUMNS))
}

fn by_product(answer: &FigureAnswerNamed) -> BTreeMap<Option<String>, [i64; 4]> {
    let mut sums: BTreeMap<_, [i64; 4]> = BTreeMap::new();
    for row in &answer.rows {
        let shown = &row.sums;
        let numbers = [shown.sold, shown.withdrawn, shown.premium_gross_won, shown.premium_net_won];
        let sum = sums.entry(row.product.clone()).or_default();
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    sums
}
