/** An address with nothing behind it. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { buttonClass } from "../../ui/buttonClass";

/** Says so, and how to go on. */
export function NotHere() {
  const { say } = useWords();
  return (
    <div className="grid max-w-xl justify-items-start gap-4 py-10">
      <h1 className="text-2xl font-semibold">{say("not-here.title")}</h1>
      <p className="text-quiet">{say("not-here.words")}</p>
      <Link to="/" className={buttonClass("plain")}>
        {say("action.own-unit")}
      </Link>
    </div>
  );
}
