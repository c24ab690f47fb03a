/**
 * The worker of one tab. The worker that holds the lock has the book open and does what all tabs ask; the others hand
 * calls on to it. A worker that goes away lets go of the lock; the next one opens the book and is asked again.
 */
import { BOOK } from "./bookName";
import type { BookEvent, BookState, SyncStatus } from "./contract";
import { Leader } from "./leader";
import { type Answered, type Asked, type Between, type Pin, problemOf, type Told, type ToPage, type ToWorker } from "./messages";

const channel = new BroadcastChannel(BOOK);
/** Calls of this tab that nobody has answered. */
const waiting = new Map<string, Asked>();
let leader: Leader | null = null;
let persisted: boolean | null = null;
let pin: string | null = null;

function toPage(message: ToPage): void {
  self.postMessage(message);
}

function toOthers(message: Between): void {
  channel.postMessage(message);
}

/** A follower's pages know that another tab has the book. */
function asFollower(event: BookEvent): BookEvent {
  return event.event === "state" && event.state.kind === "ready"
    ? { event: "state", state: { ...event.state, leader: false } }
    : event;
}

function answered(answer: Answered): void {
  if (waiting.delete(answer.id)) toPage({ tell: "answer", ...answer });
}

/** The answer of a worker that has the book, for a page of a tab that has not. */
function fromLeader({ id, answer, problem }: Answered): Answered {
  if (problem) return { id, problem };
  const state = answer as Partial<BookState> | null;
  return { id, answer: typeof state === "object" && state?.kind === "ready" ? { ...state, leader: false } : answer };
}

/** Does a call here; the answer goes wherever it came from. */
async function perform(chief: Leader, asked: Asked, reply: (answer: Answered) => void): Promise<void> {
  try {
    reply({ id: asked.id, answer: await chief.call(asked) });
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) {
      toPage({ tell: "broken", why: error.message });
      return;
    }
    const problem = problemOf(error);
    reply({ id: asked.id, problem });
    if (chief.isGone(problem)) toPage({ tell: "broken", why: problem.code });
  }
}

function ask(asked: Asked): void {
  waiting.set(asked.id, asked);
  if (leader) void perform(leader, asked, answered);
  else toOthers({ tell: "call", ...asked });
}

/** Says to this tab, and to all others but for what concerns this worker alone, what happened. */
function announce(told: Told | Pin): void {
  if (told.tell === "pin") {
    pin = told.pin;
    toOthers(told);
    return;
  }
  toPage(told);
  if (told.tell === "event") toOthers({ tell: "event", event: asFollower(told.event) });
  if (told.tell === "forget") toOthers(told);
}

async function lead(): Promise<void> {
  const chief = new Leader(announce, () => persisted);
  const state = await chief.open(pin);
  leader = chief;
  toOthers({ tell: "leader" });
  announce({ tell: "event", event: { event: "state", state } });
  for (const asked of [...waiting.values()]) void perform(chief, asked, answered);
}

self.addEventListener("message", (message: MessageEvent<ToWorker>) => {
  const told = message.data;
  if (told.tell === "call") ask({ id: told.id, name: told.name, args: told.args });
  if (told.tell === "look") {
    if (leader) leader.look();
    else toOthers({ tell: "look" });
  }
  if (told.tell === "persisted") {
    persisted = told.persisted;
    void leader?.tellStatus();
  }
});

channel.addEventListener("message", (message: MessageEvent<Between>) => {
  const told = message.data;
  if (told.tell === "answer") answered(fromLeader(told));
  if (told.tell === "pin") pin = told.pin;
  if (told.tell === "event" || told.tell === "forget") toPage(told);
  if (told.tell === "leader") for (const asked of waiting.values()) toOthers({ tell: "call", ...asked });
  if (!leader) return;
  if (told.tell === "call") void perform(leader, told, (answer) => toOthers({ tell: "answer", ...answer }));
  if (told.tell === "look") leader.look();
  if (told.tell === "hello") {
    toOthers({ tell: "pin", pin });
    leader.tellClock();
    void leader.standing().then(([state, status]: [BookState, SyncStatus | null]) => {
      toOthers({ tell: "event", event: asFollower({ event: "state", state }) });
      if (status) toOthers({ tell: "event", event: { event: "status", status } });
    });
  }
});

self.addEventListener("online", () => (leader ? leader.look() : toOthers({ tell: "look" })));
self.addEventListener("offline", () => leader?.look());
self.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof WebAssembly.RuntimeError) toPage({ tell: "broken", why: event.reason.message });
});

toPage({ tell: "event", event: { event: "state", state: { kind: "starting" } } });
toOthers({ tell: "hello" });
/** Held until this worker ends. */
void navigator.locks.request(BOOK, async () => {
  await lead();
  await new Promise<never>(() => undefined);
});
