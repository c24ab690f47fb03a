/** The grid of a unit and those below it, for all products or one type of them. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { useWords } from "../../../messages/useWords";
import type { Version } from "../../../sdk/administration";
import { Select } from "../../../ui/Select";
import { Answer } from "../../frame/Answer";
import type { Place } from "../../frame/UnitPage";
import { targetsQuery } from "../../queries";
import { KNOWN_TYPES, useTypeName } from "../../useTypeName";
import { TargetGrid } from "./TargetGrid";

/** The grid, once what is set is here. */
export function SetTargets({ place, type }: { place: Place; type: string }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const typeName = useTypeName();
  const { unit, level, below, period } = place;
  const own = useQuery(targetsQuery(unit, level, period));
  const parts = useQuery(targetsQuery(unit, below ?? level, period));
  const choose = (chosen: string) => {
    const keep = (now: Record<string, unknown>) => ({ ...now, type: chosen || undefined });
    void navigate({ to: ".", search: keep as never, replace: true });
  };
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="max-w-60">
        <Select
          label={say("split.type")}
          value={type}
          choices={[
            { value: "", words: say("grid.all-types") },
            ...KNOWN_TYPES.map((value) => ({ value, words: typeName(value) })),
          ]}
          onChange={choose}
        />
      </div>
      <Answer query={own} unit={unit}>
        {(ownAnswer) => (
          <Answer query={parts} unit={unit}>
            {(answer) => (
              <TargetGrid
                key={`${unit} ${type} ${period.from} ${period.to}`}
                place={place}
                type={type}
                rows={[...ownAnswer.rows, ...answer.rows]}
                version={versionOf(answer)}
              />
            )}
          </Answer>
        )}
      </Answer>
    </div>
  );
}

/** The version that a change is sent back with, where the hub tells one. */
function versionOf(answer: object): Version | undefined {
  return "version" in answer && typeof answer.version === "string" ? answer.version : undefined;
}
