/** The units below one. */
import { useQuery } from "@tanstack/react-query";

import { useWords } from "../../../messages/useWords";
import { Failed } from "../../frame/Failed";
import { organisationQuery } from "../../queries";
import { UnitNode } from "./UnitNode";
import type { Choosing } from "./UnitTree";

/** Their list. */
export function UnitBelow({ unit, ...choosing }: { unit: string } & Choosing) {
  const { say } = useWords();
  const below = useQuery(organisationQuery(unit, choosing.on));
  if (below.isError) return <Failed error={below.error} again={() => void below.refetch()} />;
  if (below.isPending) return <p className="py-1 pl-9 text-quiet">{say("state.loading")}</p>;
  const { units } = below.data;
  if (units.length === 0) return <p className="py-1 pl-9 text-quiet">{say("organisation.nothing-below")}</p>;
  return (
    <ul className="ml-3 border-l pl-1">
      {units.map((one) => (
        <UnitNode key={one.unit} unit={one} {...choosing} />
      ))}
    </ul>
  );
}
