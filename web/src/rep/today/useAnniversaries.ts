/** Policies whose year comes round soon, read while nobody waits for anything. */
import { useEffect, useState } from "react";

import { useBook } from "../book/BookContext";
import type { Book } from "../engine/book";
import type { PolicyRow } from "../engine/contract";
import { type Anniversary, comingAnniversaries } from "./anniversaries";

/** Policies read at once; the engine gives no more. */
const PAGE = 1_000;
/** Policies looked at; more than a book has. */
const MOST = 10_000;
/** Changes that follow each other, as those of a first download, are looked at together. */
const PAUSE_MS = 5_000;

interface Found {
  readonly book: Book;
  readonly day: string;
  readonly all: readonly Anniversary[];
}

/** What was found last, so that coming back paints at once. It holds names: it goes when the book is closed. */
let found: Found | null = null;
const heard = new WeakSet<Book>();

function remember(now: Found): void {
  found = now;
  if (heard.has(now.book)) return;
  heard.add(now.book);
  now.book.listen((said) => {
    if (said.event === "state" && said.state.kind !== "ready") found = null;
  });
}

async function read(book: Book): Promise<PolicyRow[]> {
  const rows: PolicyRow[] = [];
  for (let offset = 0; offset < MOST; offset += PAGE) {
    const page = await book.call("policies", { offset, limit: PAGE });
    rows.push(...page.rows);
    if (page.rows.length < PAGE) break;
  }
  return rows;
}

/** Does something once the browser has nothing else to do; call what it returns to give it up. */
function whenIdle(work: () => void): () => void {
  // One browser of a phone has no such word.
  const { requestIdleCallback, cancelIdleCallback } = window as Partial<Pick<Window, "requestIdleCallback" | "cancelIdleCallback">>;
  if (!requestIdleCallback || !cancelIdleCallback) {
    const timer = setTimeout(work, 0);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(work);
  return () => cancelIdleCallback(asked);
}

/** Those of a day and the two weeks after it; read again on another day and after changes. */
export function useAnniversaries(day: string): readonly Anniversary[] {
  const { book } = useBook();
  const [all, setAll] = useState(() => (found?.book === book && found.day === day ? found.all : []));
  useEffect(() => {
    let isOver = false;
    let giveUp: () => void = () => undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      giveUp = whenIdle(() => {
        // Locked meanwhile: what was found goes with the page.
        read(book).then(
          (rows) => {
            if (isOver) return;
            const coming = comingAnniversaries(rows, day);
            remember({ book, day, all: coming });
            setAll(coming);
          },
          () => undefined,
        );
      });
    };
    if (found?.book !== book || found.day !== day) look();
    const end = book.listen(({ event }) => {
      if (event === "changed") timer ??= setTimeout(look, PAUSE_MS);
    });
    return () => {
      isOver = true;
      end();
      giveUp();
      clearTimeout(timer);
    };
  }, [book, day]);
  return all;
}
