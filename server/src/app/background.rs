//! Work between requests, each at its pace, and at once where an administrator orders it: folding pending entries into cells, adding up sums of several days, writing contact
//! times, compacting feeds, beginning large documents anew, ending exceptions, closing days by rule, signing the ends of ledgers, hints
//! between hubs.

use std::time::Duration;

use document_model::Moment;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Jobs;
use super::heads::{Cut, HeadsFile, SignError};
use crate::config::BackgroundConfig;
use crate::hints::Hints;
use crate::hub::{ClosingRules, Gate, Hub, HubError};
use crate::storage::{Storage, Stored};

/// The folder looks for entries of other processes this often when nothing tells of any.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);

/// What it means that a ledger does not go on from its signed end.
const CUT: &str = "ledgers no longer hold what was signed of them: entries were removed or changed, or an older \
                   copy of the database was put back by hand; `fieldbook verify` names them";

/// The same of the audit log.
const AUDIT_CUT: &str = "the audit log no longer holds what was signed of it: rows were removed or changed, or an \
                         older copy of the database was put back by hand; `fieldbook audit check` names the first";

/// Who has reported is read again this often while anybody asks: before those who ask would have to.
const FIELD_PACE: Duration = Duration::from_secs(2);

/// How often days are looked at that are to close by themselves, and exceptions that are to end.
const CLOSING_PACE: Duration = Duration::from_secs(15);

/// Background work that runs.
pub(super) struct Background {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts it.
pub(super) fn start<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    config: &BackgroundConfig,
    closing: ClosingRules,
    jobs: &Jobs,
    hints: &Hints,
    heads: Option<&HeadsFile>,
) -> Background {
    let stop = CancellationToken::new();
    let folder = fold_when_pending(hub.clone(), config.clone(), jobs.clone(), stop.clone());
    let contacts = write_contacts(hub.clone(), config.clone(), jobs.clone(), stop.clone());
    let compaction = compact_feeds(hub.clone(), config.clone(), jobs.clone(), stop.clone());
    let lineages = begin_anew(hub.clone(), config.clone(), jobs.clone(), stop.clone());
    let hints = hints.clone().exchange(hub.clone(), stop.clone());
    let judge = judge_by_newest(hub.clone(), jobs.clone(), stop.clone());
    let blocks = keep_blocks(hub.clone(), jobs.clone(), stop.clone());
    let field = keep_field_ready(hub.clone(), jobs.clone(), stop.clone());
    let closing = close_by_rules(hub.clone(), closing, jobs.clone(), stop.clone());
    let mut tasks = vec![
        tokio::spawn(closing),
        tokio::spawn(judge),
        tokio::spawn(blocks),
        tokio::spawn(field),
        tokio::spawn(folder),
        tokio::spawn(contacts),
        tokio::spawn(compaction),
        tokio::spawn(lineages),
        tokio::spawn(hints),
    ];
    let sign = |heads: &HeadsFile| {
        sign_heads(hub.clone(), heads.clone(), config.clone(), jobs.clone(), stop.clone())
    };
    tasks.extend(heads.map(sign).map(tokio::spawn));
    Background { stop, tasks }
}

impl Background {
    /// Cancelled when it is to stop.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Lets every task finish what it has, and waits.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if task.await.is_err() {
                tracing::error!("background work ended by a panic; it loses nothing that was acknowledged");
            }
        }
    }
}

/// Folds while there are pending entries, at the pace configured: after a commit of this process, and
/// now and then for those of others. A hub with nothing to do writes nothing.
async fn fold_when_pending<S: Storage, G: Gate>(
    hub: Hub<S, G>,
    config: BackgroundConfig,
    jobs: Jobs,
    stop: CancellationToken,
) {
    let pace = Duration::from_millis(config.fold_interval_ms);
    let mut news = hub.pokes().listen_to_own();
    while !stop.is_cancelled() {
        let again =
            match jobs.run("fold", hub.storage().fold(config.fold_entries, jobs.clock().now().0)).await {
                Ok(folded) => folded.entries == config.fold_entries,
                Err(error) => {
                    report(Err(error), "folding; figures are exact all the same");
                    false
                }
            };
        let look_anyway = Instant::now() + LOOK_ANYWAY;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(pace) => {}
        }
        if !again && news.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep_until(look_anyway) => {}
                () = jobs.ordered("fold") => {}
                heard = news.recv() => if matches!(heard, Err(RecvError::Closed)) { break },
            }
        }
        news = news.resubscribe();
    }
    report(hub.storage().fold(config.fold_entries, jobs.clock().now().0).await.map(drop), "the last fold");
}

/// Judges every policy again where that is due: after an update that counts more of them, and where whoever
/// changed the rules was cut off before it was done.
async fn judge_by_newest<S: Storage, G: Gate>(hub: Hub<S, G>, jobs: Jobs, stop: CancellationToken) {
    let mut due = interval(LOOK_ANYWAY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
            () = jobs.ordered("judge") => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            done = jobs.run("judge", hub.judge_by_newest(jobs.clock().now())) => match done {
                Err(HubError::Storage(error)) => report(Err(error), "judging policies again"),
                Err(error) => tracing::warn!(error.reason = %error, "policies wait to be judged again"),
                Ok(()) => {}
            },
        }
    }
}

/// Adds sums of several days up anew where they do not stand: after an update, and after a hub of before it wrote
/// beside this one.
async fn keep_blocks<S: Storage, G: Gate>(hub: Hub<S, G>, jobs: Jobs, stop: CancellationToken) {
    let mut due = interval(LOOK_ANYWAY);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
            () = jobs.ordered("blocks") => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            done = jobs.run("blocks", hub.storage().fill_blocks()) => report(done.map(drop), "adding up sums of several days"),
        }
    }
}

/// Ends exceptions whose instant has come, and closes days by the company's rules. Several hubs on one database may do
/// the same: each stamp is made once.
async fn close_by_rules<S: Storage, G: Gate>(
    hub: Hub<S, G>,
    rules: ClosingRules,
    jobs: Jobs,
    stop: CancellationToken,
) {
    let mut due = interval(CLOSING_PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
            () = jobs.ordered("end_exceptions") => {}
            () = jobs.ordered("close_days") => {}
        }
        match jobs.run("end_exceptions", hub.end_due_exceptions(jobs.clock().now())).await {
            Ok(ended) => {
                for ended in ended {
                    let exception = &ended.exception;
                    tracing::info!(exception.id, exception.stamp, %exception.unit, %exception.day, "an exception ended");
                }
            }
            Err(HubError::Storage(error)) => report(Err(error), "ending exceptions"),
            Err(error) => tracing::warn!(error.reason = %error, "exceptions wait to be ended"),
        }
        match jobs.run("close_days", hub.close_due(&rules, jobs.clock().now())).await {
            Ok(stamped) if !stamped.is_empty() => {
                tracing::info!(closing.stamps = stamped.len(), "days closed by rule");
            }
            Ok(_) => {}
            Err(HubError::Storage(error)) => report(Err(error), "closing days by rule"),
            Err(error) => tracing::warn!(error.reason = %error, "days wait to be closed by rule"),
        }
    }
}

/// Writes when devices were last in contact, many at once.
async fn write_contacts<S: Storage, G: Gate>(
    hub: Hub<S, G>,
    config: BackgroundConfig,
    jobs: Jobs,
    stop: CancellationToken,
) {
    let mut due = interval(Duration::from_secs(config.contacts_interval_s));
    loop {
        let stopping = tokio::select! {
            () = stop.cancelled() => true,
            _ = due.tick() => false,
            () = jobs.ordered("contacts") => false,
        };
        report(jobs.run("contacts", hub.write_contacts()).await, "writing contact times");
        if stopping {
            return;
        }
    }
}

/// Reads again who has reported, while anybody asks.
async fn keep_field_ready<S: Storage, G: Gate>(hub: Hub<S, G>, jobs: Jobs, stop: CancellationToken) {
    let mut due = interval(FIELD_PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
            () = jobs.ordered("reported") => {}
        }
        let ready = jobs.run("reported", hub.keep_field_ready(jobs.clock().now())).await;
        report(ready, "reading who has reported");
    }
}

/// Compacts feeds, a book at a time. Several hubs on one database may do the same: nothing is lost by it.
async fn compact_feeds<S: Storage, G: Gate>(
    hub: Hub<S, G>,
    config: BackgroundConfig,
    jobs: Jobs,
    stop: CancellationToken,
) {
    let keep_ms = i64::try_from(config.compact_after_h.saturating_mul(3_600_000)).unwrap_or(i64::MAX);
    let mut due = interval(Duration::from_secs(config.compact_interval_s));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
            () = jobs.ordered("compact") => {}
        }
        let before = Moment(jobs.clock().now().0.saturating_sub(keep_ms));
        let compacting = jobs.run("compact", hub.compact_due(config.compact_entries, before));
        tokio::select! {
            () = stop.cancelled() => return,
            done = compacting => match done {
                Ok(done) if done.documents > 0 => tracing::info!(
                    books = done.books,
                    documents = done.documents,
                    entries = done.entries,
                    bytes_before = done.bytes_before,
                    bytes_after = done.bytes_after,
                    "feeds were compacted"
                ),
                Ok(_) => {}
                Err(HubError::Storage(error)) => report(Err(error), "compacting feeds"),
                Err(error) => tracing::warn!(error.reason = %error, "compacting feeds failed; nothing was given up"),
            },
        }
    }
}

/// Begins documents anew that have become large.
async fn begin_anew<S: Storage, G: Gate>(
    hub: Hub<S, G>,
    config: BackgroundConfig,
    jobs: Jobs,
    stop: CancellationToken,
) {
    let mut due = interval(Duration::from_secs(config.contacts_interval_s));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
            () = jobs.ordered("begin_anew") => {}
        }
        match jobs.run("begin_anew", hub.begin_outgrown_anew(jobs.clock().now())).await {
            Ok(done) => {
                for (document, became) in done {
                    tracing::info!(%document, became = ?became, "a document had become large");
                }
            }
            Err(HubError::Storage(error)) => report(Err(error), "beginning large documents anew"),
            Err(error) => {
                tracing::warn!(error.reason = %error, "a large document did not begin anew; it goes on as it is");
            }
        }
    }
}

/// Signs the ends of the ledgers as far as they go on from those signed before; says so when one does not.
async fn sign_heads<S: Storage, G: Gate>(
    hub: Hub<S, G>,
    file: HeadsFile,
    config: BackgroundConfig,
    jobs: Jobs,
    stop: CancellationToken,
) {
    let mut due = interval(Duration::from_secs(config.sign_interval_s));
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Cut::default();
    loop {
        let stopping = tokio::select! {
            () = stop.cancelled() => true,
            _ = due.tick() => false,
            () = jobs.ordered("sign_heads") => false,
        };
        match jobs.run("sign_heads", file.sign(&hub)).await {
            Ok(cut) if cut != told => {
                if let Some(first) = cut.books.first() {
                    let books = cut.books.len();
                    tracing::error!(books, %first, "{CUT}");
                }
                if cut.audit {
                    tracing::error!("{AUDIT_CUT}");
                }
                told = cut;
            }
            Ok(_) => {}
            Err(SignError::Storage(error)) => report(Err(error), "reading the ends of the ledgers"),
            Err(SignError::File(error)) => {
                tracing::error!(error.reason = %error, "the ends of the ledgers are not signed; edits go on");
            }
        }
        if stopping {
            return;
        }
    }
}

/// All work of this file comes again by itself: what passes is told to whoever looks for it.
fn report(done: Stored<()>, what: &str) {
    match done {
        Ok(()) => {}
        Err(error) if error.passes() => tracing::debug!(error.reason = %error, "{what} waits"),
        Err(error) => {
            tracing::warn!(error.reason = %error, "{what} failed; nothing acknowledged is lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::add_days;
    use jiff::civil::Time;

    use super::super::Clock;
    use super::*;
    use crate::app::App;
    use crate::app::tests::{NOW, app};
    use crate::auth::{Account, Role};
    use crate::hub::{ExceptionAsked, InlineGate};
    use crate::organisation::{Level, NATION, UnitSpan};
    use crate::storage::FigureStorage;
    use crate::storage::conformance::Furnish;
    use crate::storage::memory::MemoryStorage;

    async fn company() -> App<MemoryStorage, InlineGate> {
        let app = app().await;
        let unit = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: code.into(),
            parent: parent.into(),
            successor: None,
        };
        let units = vec![
            unit("R1", Level::Region, NATION),
            unit("B1", Level::Branch, "R1"),
            unit("P1", Level::Rep, "B1"),
        ];
        app.hub.storage().put_units(units).await.unwrap();
        let (name, unit, password_hash) = ("kim".to_owned(), "P1".into(), String::new());
        let account = Account { name, role: Role::Rep, unit, password_hash, disabled: false };
        assert!(app.hub.storage().add_account(account).await.unwrap());
        app
    }

    #[tokio::test]
    async fn work_is_done_at_once_where_it_was_ordered() {
        let app = company().await;
        let never = BackgroundConfig {
            contacts_interval_s: 1_000_000,
            compact_interval_s: 1_000_000,
            ..app.config.background.clone()
        };
        let jobs = Jobs::new(Clock::of(|| NOW));
        let rules = ClosingRules { at: None, share_percent: None };
        let background = start(&app.hub, &never, rules, &jobs, &app.hints, None);
        let done = async |job: &'static str| loop {
            if jobs.last().iter().any(|run| run.job == job && run.trouble.is_none()) {
                break;
            }
            tokio::task::yield_now().await;
        };
        let all = [
            "begin_anew",
            "blocks",
            "close_days",
            "compact",
            "contacts",
            "end_exceptions",
            "fold",
            "judge",
            "reported",
        ];
        for job in all {
            tokio::time::timeout(LOOK_ANYWAY, done(job)).await.expect("each is done at the start");
        }
        assert_eq!(jobs.last().iter().map(|run| run.job).collect::<Vec<_>>(), all);
        // None of these comes by itself for a long time.
        for job in ["begin_anew", "compact", "contacts"] {
            let failed = async { Err::<(), _>("a disk that was full") };
            assert!(jobs.run(job, failed).await.is_err());
            assert!(jobs.order(job).is_some_and(|run| run.trouble.is_some()));
            tokio::time::timeout(LOOK_ANYWAY, done(job)).await.expect(job);
        }
        background.stop().await;
    }

    #[tokio::test]
    async fn a_hub_at_work_ends_exceptions_and_closes_days() {
        let app = company().await;
        let today = app.hub.current_rules().await.unwrap().day(NOW);
        app.hub.close_day(today, None, false, "hq", NOW).await.unwrap();
        let (user, until) = ("kim".to_owned(), Moment(NOW.0 + 1));
        let asked = ExceptionAsked { unit: "B1".into(), day: today, user, until, reason: None };
        app.hub.open_exception(asked, "hq", NOW).await.unwrap();
        let rules = ClosingRules { at: Some((Time::constant(0, 0, 0, 0), 1)), share_percent: None };
        let later = Clock::of(move || until);
        let background = start(&app.hub, &app.config.background, rules, &Jobs::new(later), &app.hints, None);
        let storage = app.hub.storage();
        let stamped = async || storage.closings(add_days(today, -9), today).await.unwrap();
        // Today, and the six days before it: a branch, a region and the nation of each.
        let is_done =
            async || storage.exceptions(true, 1).await.unwrap().is_empty() && stamped().await.len() == 21;
        let done = async {
            while !is_done().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LOOK_ANYWAY, done).await.expect("it is done at once");
        background.stop().await;
        let stamped = stamped().await;
        assert!(stamped.iter().all(|one| one.day > add_days(today, -7) && one.stamp == 1), "{stamped:?}");
        assert_eq!(stamped.iter().filter(|one| one.account == "rule: time").count(), 18);
        let exception = app.hub.exceptions(false).await.unwrap().remove(0);
        assert_eq!((exception.state, exception.ended_by.as_deref()), ("ended", Some("rule: until")));
    }
}
