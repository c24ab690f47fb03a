/** Whether the chain of audit entries is whole. */
import { useWords } from "../../../messages/useWords";
import type { AuditCheck } from "../../../sdk/administration";
import { Note } from "../../../ui/Note";
import { count } from "../../../ui/numbers";

/** In words. */
export function CheckNote({ check }: { check: AuditCheck }) {
  const { say, language } = useWords();
  const entries = count(check.entries, language);
  return (
    <Note tone={check.whole ? "good" : "bad"}>
      {check.whole
        ? say("audit.whole", { entries })
        : say("audit.broken", { entries, number: check.first_wrong == null ? "?" : count(check.first_wrong, language) })}
    </Note>
  );
}
