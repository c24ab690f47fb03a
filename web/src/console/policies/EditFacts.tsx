/** Who made an edit, on which device, and when: by both clocks. */
import { useWords } from "../../messages/useWords";
import { momentIn } from "../days";
import type { PolicyEdit } from "../types";
import { deviceName } from "./names";

/** The facts. */
export function EditFacts({ edit, zone }: { edit: PolicyEdit; zone: string }) {
  const { say } = useWords();
  const facts: [string, string][] = [
    [say("edit.who"), edit.by ?? say("edit.rules")],
    [say("edit.device"), deviceName(edit) ?? say("edit.hub")],
    ...(edit.made_ms == null ? [] : [[say("edit.made"), momentIn(zone, edit.made_ms)] as [string, string]]),
    [say("edit.arrived"), momentIn(zone, edit.arrived_ms)],
    [say("edit.number"), String(edit.seq)],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] content-start gap-x-4 text-sm">
      {facts.map(([words, value]) => (
        <div key={words} className="contents">
          <dt className="text-quiet">{words}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
