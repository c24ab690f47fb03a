//! Today, own figures, where the device stands, and what support is told.

use std::collections::BTreeMap;

use document_model::{Date, Kind, Moment, RecordFacts, add_days, format_moment, parse_date};
use serde::Deserialize;
use sync_protocol::Advice;

use super::answers::{
    DaySums, Diagnostics, DifferenceAnswer, Download, FigureRow, OwnFigures, Sales, Sums, SyncStatus, Today,
};
use super::lists::{Filter, is_shown, passes};
use super::{App, Browser, CallProblem, Standing, chip};
use crate::figures::Figures;
use crate::records::keys;
use crate::store::Store;
use crate::transport::Transport;
use crate::{ClientError, DifferenceCause};

/// Days a range may have to be told day by day.
const DAYS_TOLD: usize = 62;
/// Rows of each list on the first page.
const DUE_ROWS: usize = 50;

#[derive(Deserialize)]
pub(super) struct FiguresArgs {
    from: String,
    to: String,
}

impl<S: Store, T: Transport> App<S, T> {
    pub(super) async fn today(&self, now: Moment) -> Result<Today, CallProblem> {
        let engine = self.client.engine()?;
        let day = engine.day(now);
        let first = day.first_of_month();
        let waiting = engine.device().closed_days.contains(&document_model::day_number(day));
        let rows = |filter: Filter| {
            let mut found: Vec<_> = self
                .cards
                .of_kind(Kind::Customer)
                .filter(|card| is_shown(card) && passes(card, filter, day))
                .collect();
            found.sort_by(|a, b| {
                (a.text("next_contact_on"), &a.order).cmp(&(b.text("next_contact_on"), &b.order))
            });
            let first = found.into_iter().take(DUE_ROWS);
            first.map(|card| self.customer_row(card, now)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Today {
            day: day.to_string(),
            closed: waiting || self.journal.is_said(day),
            customers: self.cards.of_kind(Kind::Customer).filter(|card| is_shown(card)).count(),
            sales: Sales {
                day: self.own(day, day, now).await?.total.into(),
                month: self.own(first, day, now).await?.total.into(),
            },
            due: rows(Filter::VisitDue)?,
            birthdays: rows(Filter::Birthday)?,
        })
    }

    /// Own figures of a range, from the rows at hand.
    async fn own(&self, from: Date, to: Date, now: Moment) -> Result<Figures, ClientError> {
        let rows = self.cards.of_kind(Kind::Policy).map(|card| &card.row);
        let within = |row: &&crate::records::Row| {
            let day = row.fields.get("sale_date").and_then(document_model::FieldValue::as_text);
            day.and_then(parse_date).is_some_and(|day| (from..=to).contains(&day))
        };
        self.client.figures_of(rows.filter(within), &self.hq_records(), (from, to), now).await
    }

    fn hq_records(&self) -> BTreeMap<document_model::DocumentId, RecordFacts> {
        let records = self.cards.of_kind(Kind::PolicyRecord).map(|card| &card.row);
        let told = |row: &crate::records::Row| {
            Some((RecordFacts::policy_of(row.id, &row.fields)?, RecordFacts::of_fields(&row.fields)))
        };
        records.filter_map(told).collect()
    }

    pub(super) async fn figures(&self, args: &FiguresArgs, now: Moment) -> Result<OwnFigures, CallProblem> {
        let day = |text: &str| parse_date(text).ok_or_else(|| CallProblem::bad_value("a day is no date"));
        let (from, to) = (day(&args.from)?, day(&args.to)?);
        if from > to {
            return Err(CallProblem::bad_value("the first day is after the last"));
        }
        let all = self.own(from, to, now).await?;
        let mut by_day = Vec::new();
        let days = (0..).map(|days| add_days(from, days)).take_while(|day| *day <= to).take(DAYS_TOLD);
        for day in days {
            let sums = Sums::from(self.own(day, day, now).await?.total);
            if sums != Sums::default() {
                by_day.push(DaySums { day: day.to_string(), sums });
            }
        }
        let catalogue = self.client.engine()?.catalogue();
        let row = |line: &crate::FigureLine| {
            let product = catalogue.get(&line.product.as_str().into());
            FigureRow {
                product: line.product.clone(),
                name: product.map_or(&line.product, |product| &product.name).clone(),
                product_type: product.map_or("other", |product| &product.product_type).to_owned(),
                sums: line.sums.into(),
            }
        };
        let difference = |difference: &crate::FigureDifference| {
            let customer = self.cards.get(difference.policy).and_then(|card| card.text("customer"));
            let customer = customer.and_then(|id| id.parse().ok());
            DifferenceAnswer {
                policy: difference.policy,
                customer_name: customer.and_then(|id| self.cards.name_of(id)),
                why: why(difference.why),
                count: difference.count,
                won: difference.won,
            }
        };
        Ok(OwnFigures {
            rows: all.rows.iter().map(row).collect(),
            total: all.total.into(),
            headquarters: all.headquarters.into(),
            differences: all.differences.iter().map(difference).collect(),
            by_day,
            from: all.from,
            to: all.to,
        })
    }

    /// Where the device stands, as far as this program knows.
    pub async fn status(&self, browser: Browser) -> Result<SyncStatus, CallProblem> {
        let engine = self.client.engine()?;
        let device = engine.device();
        let clashes = self.cards.all().filter(|card| !card.row.clashes.is_empty()).count() as u64;
        let tray = self.client.store.scan(keys::TRAY).await?.len() as u64;
        let sign_in_needed = device.refresh_token.is_empty() || engine.paused() == Some(Advice::SignIn);
        let downloading = engine.books().is_empty()
            || engine.books().values().any(|book| book.cursor.is_none() || book.download.is_some());
        let closed_days: Vec<_> = device.days_waiting().collect();
        let unsent = engine.unsent() + closed_days.len() as u64;
        let standing = Standing {
            problem: self.link.problem.is_some(),
            sign_in_needed,
            attention: clashes + tray,
            lost: self.link.lost,
            unsent,
            behind: downloading || engine.books().values().any(|book| book.behind),
        };
        let (bytes_up, bytes_down) = self.journal.bytes();
        let (last_sent, last_received) = self.journal.last();
        let received = self.cards.of_kind(Kind::Customer).count() as u64;
        Ok(SyncStatus {
            chip: chip(standing),
            unsent,
            closed_days,
            attention: clashes + tray,
            clashes,
            tray,
            sign_in_needed,
            online: !self.link.lost,
            last_contact: (device.last_contact_ms > 0).then(|| format_moment(Moment(device.last_contact_ms))),
            last_sent,
            last_received,
            problem: self.link.problem.clone(),
            bytes_up,
            bytes_down,
            persisted: browser.persisted,
            usage: browser.usage,
            download: downloading.then_some(Download { received, total: 0 }),
            next_sync_ms: engine.next_sync().map(|due| due.0).filter(|_| !sign_in_needed),
        })
    }

    /// Counts and codes, no name, number or text of a customer.
    pub(super) async fn diagnostics(&self) -> Result<Diagnostics, CallProblem> {
        let status = self.status(Browser::default()).await?;
        let engine = self.client.engine()?;
        let mut lines = vec![
            format!("fieldbook {}", env!("CARGO_PKG_VERSION")),
            format!("device {}", engine.device().device),
            format!("unit {}", engine.device().unit.0),
            format!("documents {}", engine.index().len()),
            format!("books {}", engine.books().len()),
            format!(
                "chip {} unsent {} tray {} clashes {}",
                status.chip.as_str(),
                status.unsent,
                status.tray,
                status.clashes
            ),
            format!("online {} sign-in needed {}", status.online, status.sign_in_needed),
            format!("last contact {}", status.last_contact.as_deref().unwrap_or("never")),
            format!("bytes today up {} down {}", status.bytes_up, status.bytes_down),
        ];
        lines.extend(status.problem.map(|problem| format!("problem {}", problem.code)));
        Ok(Diagnostics { text: lines.join("\n") })
    }
}

fn why(cause: DifferenceCause) -> &'static str {
    match cause {
        DifferenceCause::Waiting => "waiting",
        DifferenceCause::NotConfirmed => "unconfirmed",
        DifferenceCause::Withdrawn => "withdrawn",
        DifferenceCause::Problem => "problem",
    }
}
