/** Stands in for a view that could not be loaded or drawn, below the frame that leads elsewhere. */
import type { ErrorComponentProps } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { Problem } from "../../sdk/problem";
import { Failed } from "./Failed";

/** How browsers say that a file of the console did not come. */
const NOT_LOADED = /dynamically imported module|module script/i;

/** What went wrong; opened anew, the page asks for its files again. */
export function Caught({ error }: ErrorComponentProps) {
  const { say } = useWords();
  return (
    <>
      <h1 className="text-2xl font-semibold">{say("caught.title")}</h1>
      <Failed error={problemOf(error)} again={() => location.reload()} />
    </>
  );
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const words = String(error);
  return NOT_LOADED.test(words) ? Problem.unreachable(error) : new Problem(500, "WEB-FAULT", words);
}
