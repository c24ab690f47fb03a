/** The book is here and closed: the PIN opens it. */
import { Suspense, type SyntheticEvent, useEffect, useState } from "react";

import type { Language } from "../../messages/language";
import { count } from "../../ui/numbers";
import { useBook } from "../book/BookContext";
import { problemWords } from "../book/problemWords";
import { BookProblem } from "../engine/book";
import type { BookState } from "../engine/contract";
import { later, useLoadedAll } from "../later";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSay } from "../words/useSay";
import { withLateWords } from "../words/words";
import { Doorway } from "./Doorway";
import { isWhole, typedPin } from "./pin";

const ForgottenPin = later(withLateWords(() => import("./ForgottenPin")));

const SECOND_MS = 1_000;

/** Asks for the PIN; the last digit sends it. */
export function LockPage({ state }: { state: Extract<BookState, { kind: "locked" }> }) {
  const { say, language } = useSay();
  const { book, become } = useBook();
  const [pin, setPin] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [isForgotten, setForgotten] = useState(false);
  const seconds = useSecondsUntil(state.waitUntil);
  // While the digits are typed.
  useLoadedAll();
  useNumbersReady(language);
  const unlock = async (whole: string) => {
    setBusy(true);
    try {
      become(await book.call("unlock", { pin: whole }));
    } catch (thrown) {
      setProblem(problemWords(BookProblem.from(thrown), say));
      setPin("");
    }
    setBusy(false);
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isWhole(pin)) void unlock(pin);
  };
  return (
    <Doorway title={say("lock.title")}>
      <form className="grid gap-4" onSubmit={submit}>
        <p>{say("lock.words")}</p>
        <Field
          label={say("lock.pin")}
          name="pin"
          type="password"
          inputMode="numeric"
          autoComplete="current-password"
          autoFocus
          readOnly={isBusy || seconds > 0}
          value={pin}
          problem={seconds > 0 ? say("lock.wait", { n: seconds }) : problem}
          onChange={(event) => {
            const typed = typedPin(event.target.value);
            setPin(typed);
            if (isWhole(typed)) void unlock(typed);
          }}
        />
        <Button weight="main" type="submit" disabled={isBusy || seconds > 0}>
          {say("lock.open")}
        </Button>
      </form>
      <Button weight="quiet" data-forgotten-pin onClick={() => setForgotten(true)}>
        {say("lock.forgotten")}
      </Button>
      {isForgotten && (
        <Suspense fallback={null}>
          <ForgottenPin user={state.user} unsent={state.unsent ?? 0} close={() => setForgotten(false)} />
        </Suspense>
      )}
    </Doorway>
  );
}

/** The first number that a browser writes takes it longest: it is none that somebody waits for. */
function useNumbersReady(language: Language): void {
  useEffect(() => void count(0, language), [language]);
}

/** Whole seconds until a moment; 0 once it is over. */
function secondsUntil(moment: string | undefined): number {
  return moment ? Math.max(0, Math.ceil((Date.parse(moment) - Date.now()) / SECOND_MS)) : 0;
}

/** The same, counted down. */
function useSecondsUntil(moment: string | undefined): number {
  const [seconds, setSeconds] = useState(() => secondsUntil(moment));
  useEffect(() => {
    setSeconds(secondsUntil(moment));
    const timer = setInterval(() => setSeconds(secondsUntil(moment)), SECOND_MS);
    return () => clearInterval(timer);
  }, [moment]);
  return seconds;
}
