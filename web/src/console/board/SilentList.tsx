/** The reps whose day is not known to be complete. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { count } from "../../ui/numbers";
import { momentIn } from "../days";
import type { Silent } from "../types";

/** By name, with the last contact. */
export function SilentList({ silent, more, zone }: { silent: readonly Silent[]; more: number; zone: string }) {
  const { say, language } = useWords();
  return (
    <div className="absolute inset-x-0 z-10 mt-1 max-h-80 overflow-y-auto border border-edge bg-sheet shadow-md" tabIndex={0} role="region" aria-label={say("silent.title")}>
      <ul className="divide-y text-sm">
        {silent.map((one) => (
          <li key={one.rep} className="flex flex-wrap justify-between gap-x-4 px-3 py-1">
            <Link to="/unit/$unit" params={{ unit: one.rep }} className="inline-block min-h-6 underline underline-offset-4">
              {one.name}
            </Link>
            <span className="text-quiet">
              {one.last_contact
                ? say("silent.contact", { at: momentIn(zone, Date.parse(one.last_contact)) })
                : say("silent.never")}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="border-t px-3 py-1 text-sm text-quiet">{say("silent.more", { number: count(more, language) })}</p>}
    </div>
  );
}
