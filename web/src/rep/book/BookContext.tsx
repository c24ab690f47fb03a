/** The open book for every component: where it stands, what the chip says, and what was asked. */
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";

import { type Book, BookProblem } from "../engine/book";
import type { BookState, MonthStanding, SyncStatus } from "../engine/contract";
import { aheadNow, type HubClock, wrongDay as wrongDayOf } from "../engine/hubClock";
import { keptStanding } from "../standing/keptStanding";
import { useNow } from "../ui/useNow";
import { Answers } from "./answers";

interface Opened {
  readonly book: Book;
  readonly answers: Answers;
  readonly state: BookState;
  readonly status: SyncStatus | null;
  /** Where the rep stands this month, as the hub told it last; it may be old. */
  readonly standing: MonthStanding | null;
  /** How far the hub's clock is ahead of this device's: 0 where they are much the same, and where nobody knows. */
  readonly hubAheadMs: number;
  /** The business day by this device's clock, where the hub's is another one. The book itself goes by the hub's. */
  readonly wrongDay: string | null;
  /** Takes over the state that a call answered, without waiting for the event. */
  readonly become: (state: BookState) => void;
}

const Context = createContext<Opened | null>(null);

const STARTING: BookState = { kind: "starting" };

/** A book that could not even be begun, as where a browser keeps nothing: each call says so. */
function brokenBook(thrown: unknown): Book {
  const problem = new BookProblem({ code: "STORE-UNWRITABLE", message: String(thrown), retry: false });
  return { first: STARTING, call: () => Promise.reject(problem), listen: () => () => undefined };
}

function opened(open: () => Book): Book {
  try {
    return open();
  } catch (thrown) {
    return brokenBook(thrown);
  }
}

/** Opens the book, once, and listens to it for as long as the page is there. */
export function BookProvider({ open, children }: { open: () => Book; children: ReactNode }) {
  const [book] = useState(() => opened(open));
  const answers = useMemo(() => new Answers(book), [book]);
  const [state, setState] = useState(book.first);
  const [status, setStatus] = useState<SyncStatus | null>(null);
  const [told, setTold] = useState(keptStanding);
  const [heard, setHeard] = useState<HubClock | null>(null);
  // Looked at anew each minute: somebody may set this device's.
  const nowMs = useNow();
  const hubAheadMs = aheadNow(heard, Date.now(), performance.now());
  const wrongDay = wrongDayOf(nowMs, hubAheadMs);
  useEffect(() => {
    const end = book.listen((said) => {
      if (said.event === "state") setState(said.state);
      // Kept before it is told here, and forgotten before the state of who signed out.
      if (said.event === "state" || said.event === "standing") setTold(keptStanding());
      if (said.event === "status") setStatus(said.status);
      if (said.event === "changed") answers.changed();
      if (said.event === "clock") setHeard({ aheadMs: said.aheadMs, heardMs: Date.now(), sinceMs: performance.now() });
    });
    // What is said from now on is newer than the answer to this.
    let isNews = false;
    const endOfNews = book.listen(({ event }) => (isNews ||= event === "state"));
    book.call("state").then(
      (answer) => !isNews && setState(answer),
      (thrown: unknown) => !isNews && setState(brokenBy(thrown)),
    );
    return () => {
      end();
      endOfNews();
    };
  }, [book, answers]);
  useEffect(() => {
    if (state.kind === "ready") book.call("status").then(setStatus, () => undefined);
    else answers.forget();
  }, [book, answers, state.kind]);
  const standing = state.kind === "ready" && told?.user === state.user ? told.standing : null;
  const shared = useMemo(
    () => ({ book, answers, state, status: state.kind === "ready" ? status : null, standing, hubAheadMs, wrongDay, become: setState }),
    [book, answers, state, status, standing, hubAheadMs, wrongDay],
  );
  return <Context value={shared}>{children}</Context>;
}

function brokenBy(thrown: unknown): BookState {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  return { kind: "unusable", code: typeof code === "string" ? code : "APP-FAILED", message: String(message) };
}

/** The open book. */
export function useBook(): Opened {
  const opened = use(Context);
  if (!opened) throw new Error("the book is used outside its provider");
  return opened;
}
