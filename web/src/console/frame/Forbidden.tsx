/** A unit that is not there, or not for this account: the hub tells neither apart. */
import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";

import { useWords } from "../../messages/useWords";
import { buttonClass } from "../../ui/buttonClass";

/** Says so in clear words, without a figure. */
export function Forbidden({ unit }: { unit: string }) {
  const { say } = useWords();
  return (
    <div className="grid max-w-xl justify-items-start gap-4 py-10" role="alert">
      <Lock aria-hidden className="size-6 text-quiet" />
      <h1 className="text-2xl font-semibold">{say("forbidden.title", { unit })}</h1>
      <p className="text-quiet">{say("forbidden.words")}</p>
      <Link to="/" className={buttonClass("plain")}>
        {say("action.own-unit")}
      </Link>
    </div>
  );
}
