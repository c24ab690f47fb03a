/** The edits of a policy, in the order the hub took them. */
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { momentIn } from "../days";
import type { PolicySearch } from "../router";
import type { PolicyEdit } from "../types";
import { FieldChanges } from "./FieldChanges";
import { deviceName, editKey, shortId } from "./names";

interface Props {
  readonly edits: readonly PolicyEdit[];
  readonly policy: string;
  readonly search: PolicySearch;
  readonly zone: string;
}

/** The list. */
export function EditList({ edits, policy, search, zone }: Props) {
  const { say } = useWords();
  return (
    <ol className="divide-y border-y bg-sheet text-sm">
      {edits.map((edit) => (
        <li key={editKey(edit)} className="grid gap-1 px-3 py-2 md:grid-cols-[16rem_1fr]">
          <span>
            <Link
              to="/policy/$policy/edit/$change"
              params={{ policy, change: editKey(edit) }}
              search={search}
              className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
            >
              {momentIn(zone, edit.arrived_ms)}
            </Link>
            <span className="ml-2 text-quiet">{shortId(editKey(edit))}</span>
            <span className="block text-quiet">
              {say("edit.by", { by: edit.by ?? say("edit.rules"), device: deviceName(edit) ?? say("edit.hub") })}
            </span>
          </span>
          <FieldChanges fields={edit.fields ?? []} />
        </li>
      ))}
    </ol>
  );
}
