/** Doing something: said when it is done, with a way back; told in plain words when it could not be. */
import { useCallback } from "react";

import { type Book, BookProblem } from "../engine/book";
import { type Said, useToast } from "../frame/ToastContext";
import { type Say, useSay } from "../words/useSay";
import type { WordId } from "../words/words";
import { useBook } from "./BookContext";
import { problemWords } from "./problemWords";

/** Work that the book does. */
type Work<T> = (book: Book) => Promise<T>;

/** Does work; afterwards says `done`, with a way to take it back where the book names one. False where it failed. */
export type Act = <T>(work: Work<T>, done?: WordId) => Promise<T | false>;

/** How to do something. */
export function useAct(): Act {
  const { book } = useBook();
  const { show } = useToast();
  const { say } = useSay();
  return useCallback<Act>(
    async (work, done) => {
      try {
        const answer = await work(book);
        if (done) show({ words: say(done), ...undoOf(answer, book, show, say) });
        return answer;
      } catch (thrown) {
        show({ words: problemWords(BookProblem.from(thrown), say), isProblem: true });
        return false;
      }
    },
    [book, show, say],
  );
}

function undoOf(answer: unknown, book: Book, tell: (said: Said) => void, say: Say): { undo?: () => void } {
  const undo = (answer as { undo?: unknown } | null | undefined)?.undo;
  if (typeof undo !== "string") return {};
  const undone = () => tell({ words: say("toast.undone") });
  const failed = (thrown: unknown) => tell({ words: problemWords(BookProblem.from(thrown), say), isProblem: true });
  return { undo: () => void book.call("undo", { undo }).then(undone, failed) };
}
