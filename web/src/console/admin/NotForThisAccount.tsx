/** Another role followed a link to the administrator's parts. */
import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";

import { useWords } from "../../messages/useWords";
import { buttonClass } from "../../ui/buttonClass";

/** Says so, and how to go on. */
export function NotForThisAccount() {
  const { say } = useWords();
  return (
    <div className="grid max-w-xl justify-items-start gap-4 py-10" role="alert" data-not-for="">
      <Lock aria-hidden className="size-6 text-quiet" />
      <h1 className="text-2xl font-semibold">{say("admin.forbidden.title")}</h1>
      <p className="text-quiet">{say("admin.forbidden.words")}</p>
      <Link to="/" className={buttonClass("plain")}>
        {say("action.own-unit")}
      </Link>
    </div>
  );
}
