/** The way from the top down to a unit. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { NATION } from "../levels";
import type { PeriodSearch } from "../period";
import type { Organisation } from "../types";

/** Links to the units above; keys find their way by them. */
export function Breadcrumbs(props: { path: Organisation["path"]; search: PeriodSearch; withLast?: boolean }) {
  const { say } = useWords();
  const { from, to } = props.search;
  const days = { ...(from ? { from } : {}), ...(to ? { to } : {}) };
  const last = props.path.length - 1;
  const up = props.withLast ? last : last - 1;
  return (
    <nav aria-label={say("frame.path")} className="mb-1 min-h-6 text-sm text-quiet print:hidden">
      <ol className="flex flex-wrap gap-x-1.5">
        {props.path.map(({ unit, name, level }, index) => (
          <li key={unit} className="flex gap-x-1.5">
            {index > 0 && <span aria-hidden>/</span>}
            <Link
              to="/unit/$unit"
              params={{ unit }}
              search={days}
              data-crumb={unit}
              data-crumb-level={level}
              data-up={index === up ? "" : undefined}
              aria-current={index === last && !props.withLast ? "page" : undefined}
              className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
            >
              {unit === NATION ? say("unit.nation") : name}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
