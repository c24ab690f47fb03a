//! `GET /api/v1/figures/live`: the answer to a question, and the new one whenever it changes (server-sent events).
//!
//! A board is asked for what it shows when it opens; then, when the hub stores or hears of something, the question is
//! asked again and the board told if the answer is another one. Like sockets ([`super::pokes`]), it is looked
//! after every few seconds: who is not welcome any more is told the end, rights are those of now, and what was
//! stored beside this hub is found. A board lives no longer than its access token.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::poll_fn;
use sync_protocol::{ErrorCode, Poke};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};

use super::error::{ApiError, Problem};
use super::extract::{Asked, Token};
use super::page::{Figures, PAGE_ROWS};
use super::shell::Shell;
use super::view::View;
use crate::auth::AccessToken;
use crate::figures::Question;
use crate::hub::{CompletenessShown, FigureAnswerNamed, Gate};
use crate::storage::Storage;

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/figures/live";

/// Boards open at once: those of a company's branches, and of its headquarters. Who wants a further one is told to come
/// again, and asks every few seconds meanwhile.
///
/// A board keeps its answer, up to 1,000 rows, and a task that waits. What it costs is its question, asked after any
/// news and at every look. Questions stand in one line, so boards never take more than one core, and what a board
/// waits is the line: with so many, questions of three milliseconds are all answered within the second that boards
/// are promised. Those of a branch and a day take about one.
pub(super) const BOARDS: usize = 256;
/// Boards whose question is asked at once: the fleet's own work comes first.
const ASKED_AT_ONCE: usize = 1;
/// What comes within so long is told together.
const GATHERED: Duration = Duration::from_millis(250);
/// A board that takes no answer for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// Places for boards. Clones share them.
#[derive(Clone)]
pub(super) struct Boards {
    room: Arc<Semaphore>,
    asking: Arc<Semaphore>,
}

impl Boards {
    pub(super) fn new() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { room: places(BOARDS), asking: places(ASKED_AT_ONCE) }
    }
}

/// Figures that go on
///
/// Server-sent events: `figures` with the answer, at once and whenever it changes; `end` with the code of why there
/// are no more. The question is that of `/api/v1/figures`, about figures of now, with up to 1,000 rows. An edit that
/// was acknowledged is told within a second, one that another program wrote into the database within a few.
#[utoipa::path(
    get,
    path = PATH,
    tag = "figures",
    params(Question),
    responses(
        (status = 200, description = "The events.", body = Figures, content_type = "text/event-stream"),
        Problem,
    )
)]
pub(super) async fn live<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Token(token): Token,
    Asked(question): Asked<Question>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    if question.closed || question.as_of.is_some() {
        return Err(ApiError::Question("figures that go on are those of now".to_owned()));
    }
    let place = shell.boards.room.clone().try_acquire_owned().map_err(|_| ApiError::Wire(ErrorCode::Busy))?;
    let (news, looks) = (shell.hub.pokes().listen(), shell.view.subscribe());
    let tasks = shell.tasks();
    let mut board = Board { shell, question, token, news, looks, told: None };
    // Asked before the answer begins: what is not allowed is told as everywhere else.
    let first = board.look().await?;
    let (tell, mut events) = mpsc::channel(1);
    tasks.spawn(async move {
        board.keep(first, &tell).await;
        drop(place);
    });
    let events = poll_fn(move |context| events.poll_recv(context));
    Ok(Sse::new(futures::StreamExt::map(events, Ok)).keep_alive(KeepAlive::default()))
}

/// One open board.
struct Board<S, G> {
    shell: Shell<S, G>,
    question: Question,
    token: AccessToken,
    news: Receiver<Poke>,
    looks: watch::Receiver<Arc<View>>,
    /// What it shows.
    told: Option<FigureAnswerNamed>,
}

impl<S: Storage, G: Gate> Board<S, G> {
    /// Goes on until either side has enough.
    async fn keep(mut self, first: Option<Event>, tell: &mpsc::Sender<Event>) {
        let mut next: Result<_, ApiError> = Ok(first);
        loop {
            let (event, is_last) = match next {
                Ok(event) => (event, false),
                Err(error) => (Some(Event::default().event("end").data(error.code())), true),
            };
            if let Some(event) = event
                && !matches!(timeout(SEND_TIMEOUT, tell.send(event)).await, Ok(Ok(())))
            {
                return;
            }
            if is_last || !self.wait(tell).await {
                return;
            }
            next = self.look().await;
        }
    }

    /// Waits until there may be something to tell; false when there is nobody to tell it to, or by.
    async fn wait(&mut self, tell: &mpsc::Sender<Event>) -> bool {
        tokio::select! {
            () = self.shell.closing() => return false,
            () = tell.closed() => return false,
            Ok(()) = self.looks.changed() => return true,
            poke = self.news.recv() => if matches!(poke, Err(RecvError::Closed)) { return false },
        }
        sleep(GATHERED).await;
        // All that came by now is in the answer that is asked for now.
        self.news = self.news.resubscribe();
        true
    }

    /// Asks the question with the rights of now; nothing where the board shows the answer.
    async fn look(&mut self) -> Result<Option<Event>, ApiError> {
        let view = self.looks.borrow_and_update().clone();
        let now = self.shell.clock.now();
        let standing = view.standing(&self.token.principal).filter(|_| now < self.token.expires);
        self.token.principal = standing.ok_or(ApiError::Wire(ErrorCode::SignInNeeded))?;
        let turn = self.shell.boards.asking.acquire().await.map_err(|_| ApiError::internal())?;
        let rules = self.shell.hub.current_rules().await?;
        let query = self.question.query(rules.day(now), &rules.roster, &self.token.principal.unit)?;
        let query = match self.question.today_structure {
            true => self.shell.hub.in_todays_structure(query, now).await?,
            false => query,
        };
        let answer = self.shell.hub.figures_for(&self.token.principal, &query, now).await?;
        drop(turn);
        if answer.rows.len() > PAGE_ROWS {
            let told =
                format!("figures that go on have at most {PAGE_ROWS} rows; ask about fewer units or days");
            return Err(ApiError::Question(told));
        }
        // Entries that were only moved into the cells are no news, nor is a contact of who is silent all the same.
        let is_told = self.told.as_ref().is_some_and(|told| {
            let mut same = FigureAnswerNamed { moment: told.moment, ..answer.clone() };
            if same.completeness.as_ref().map(CompletenessShown::reports)
                == told.completeness.as_ref().map(CompletenessShown::reports)
            {
                same.completeness.clone_from(&told.completeness);
            }
            same == *told
        });
        if is_told {
            return Ok(None);
        }
        let event = Event::default().event("figures").json_data(&answer);
        self.told = Some(answer);
        event.map(Some).map_err(|_| ApiError::internal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::NOW;
    use crate::http::tests::World;
    use crate::storage::FigureStorage;

    #[tokio::test]
    async fn only_another_answer_is_news() {
        let world = World::new().await;
        let signed = world.signed_in("mo").await;
        let (shell, storage) = (world.shell.clone(), world.app.hub.storage());
        let question = Question { from: "today".to_owned(), to: "today".to_owned(), ..Question::default() };
        let token = shell.desk.authenticate(storage, &signed.access_token, NOW).await.unwrap();
        let (news, looks) = (shell.hub.pokes().listen(), shell.view.subscribe());
        let mut board = Board { shell, question, token, news, looks, told: None };
        let mut is_news = async || board.look().await.unwrap().is_some();
        assert!(is_news().await && !is_news().await);
        world.sell("P1", "WL01", 1).await;
        assert!(is_news().await && !is_news().await);
        assert!(storage.fold(10, NOW.0).await.unwrap().moment > 0);
        assert!(!is_news().await, "entries were only moved into the cells");
    }
}
