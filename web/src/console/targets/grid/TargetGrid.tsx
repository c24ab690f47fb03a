/** Setting targets: a grid that is typed into, or pasted into from a spreadsheet, and stored at once or not at all. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Redo2, Undo2 } from "lucide-react";
import { useMemo, useReducer, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { setTargets, type TargetSet, type Version } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { ProblemNote } from "../../../ui/ProblemNote";
import type { Place } from "../../frame/UnitPage";
import type { Attainment } from "../../types";
import { GridTable } from "./GridTable";
import { cellOf, changesOf, type Layout, overhang, stepped, UNTOUCHED } from "./gridState";
import { MEASURES, refusedCells } from "./measures";

interface Props {
  readonly place: Place;
  readonly type: string;
  /** What is set and reached by now. */
  readonly rows: readonly Attainment[];
  readonly version: Version | undefined;
}

/** The grid of the units below. */
export function TargetGrid({ place, type, rows, version }: Props) {
  const { say } = useWords();
  const client = useQueryClient();
  const [state, step] = useReducer(stepped, UNTOUCHED);
  const [left, setLeft] = useState(0);
  const units = useMemo(() => [{ unit: place.unit, name: place.name }, ...place.units], [place]);
  const layout = useMemo<Layout>(() => ({ rows: units.map(({ unit }) => unit), columns: MEASURES }), [units]);
  const known = useMemo(
    () => new Map(rows.filter((row) => (row.type ?? "") === type).map((row) => [cellOf(row.unit, row.measure), row])),
    [rows, type],
  );
  const { values, problems } = changesOf(state.texts, (cell) => known.get(cell)?.target);
  const save = useMutation({
    mutationFn: (sent: readonly TargetSet[]) => setTargets({ rows: sent, ...(version === undefined ? {} : { version }) }),
    onSuccess: (told) => {
      if ((told.problems ?? []).length > 0) return;
      step({ kind: "forget" });
      return client.invalidateQueries({ queryKey: ["targets"] });
    },
    onError: () => client.invalidateQueries({ queryKey: ["targets"] }),
  });
  const refused = refusedCells(save.data?.problems ?? [], save.variables ?? []);
  const send = () =>
    save.mutate(
      values.map(({ cell, value }) => {
        const [unit = "", measure = ""] = cell.split("\t");
        const known = MEASURES.find((one) => one === measure) ?? "premium";
        return { unit, measure: known, ...place.period, value, ...(type ? { type } : {}) };
      }),
    );
  const paste = (at: readonly [number, number], text: string) => {
    save.reset();
    setLeft(overhang(at, text, layout));
    step({ kind: "paste", at, text, layout });
  };
  const mayUndo = state.past.length > 0;
  return (
    <div className="grid grid-cols-1 gap-3" data-grid="">
      <p className="max-w-3xl text-sm text-quiet">{say("grid.words", { ...place.period })}</p>
      <div className="flex flex-wrap gap-2">
        <Button isDisabled={!mayUndo} onPress={() => step({ kind: "undo" })}>
          <Undo2 aria-hidden className="size-4" />
          {say("action.undo")}
        </Button>
        <Button isDisabled={state.future.length === 0} onPress={() => step({ kind: "redo" })}>
          <Redo2 aria-hidden className="size-4" />
          {say("grid.redo")}
        </Button>
        <Button
          variant="primary"
          className="!min-h-9"
          isPending={save.isPending}
          isDisabled={values.length === 0 || problems.size > 0}
          onPress={send}
        >
          {say("grid.save", { n: values.length })}
        </Button>
      </div>
      {problems.size > 0 && <Note tone="bad">{say("grid.problems", { n: problems.size })}</Note>}
      {refused.size > 0 && <Note tone="bad">{say("grid.refused", { n: refused.size })}</Note>}
      {left > 0 && <Note tone="warn">{say("grid.overhang", { n: left })}</Note>}
      {save.isError && <ProblemNote problem={Problem.from(save.error)} />}
      {save.data && refused.size === 0 && state.texts.size === 0 && <Note tone="good">{say("grid.saved")}</Note>}
      <GridTable
        units={units}
        texts={state.texts}
        known={known}
        problems={problems}
        refused={refused}
        onTyped={(cell, text) => {
          save.reset();
          step({ kind: "type", cell, text });
        }}
        onPasted={paste}
        onUndo={(isRedo) => step({ kind: isRedo ? "redo" : "undo" })}
      />
    </div>
  );
}
