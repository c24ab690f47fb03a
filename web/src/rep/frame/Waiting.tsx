/** What waits to be sent, by name. */
import { useAnswer } from "../book/useAnswer";
import type { SyncStatus } from "../engine/contract";
import { dayWords } from "../ui/moments";
import { useSay } from "../words/useSay";

/** Customers and policies looked through for it. */
const MOST = 500;
/** Lines shown; the rest is a number. */
const SHOWN = 8;

/** The list; nothing where nothing waits. */
export function Waiting({ status }: { status: SyncStatus }) {
  const { say, language } = useSay();
  const customers = useAnswer("customers", { text: "", offset: 0, limit: MOST });
  const policies = useAnswer("policies", { offset: 0, limit: MOST });
  if (status.unsent === 0) return null;
  const waiting = [
    ...status.closedDays.map((day) => say("sync.waiting.day", { day: dayWords(day, language) })),
    ...(policies.value?.rows ?? []).filter(({ state }) => state !== "confirmed").map((row) => say("sync.waiting.policy", { customer: row.customerName ?? "—", product: row.productName })),
    ...(customers.value?.rows ?? []).filter(({ state }) => state !== "confirmed").map((row) => say("sync.waiting.customer", { customer: row.name })),
  ];
  if (waiting.length === 0) return null;
  return (
    <section aria-label={say("sync.waiting")}>
      <h3 className="font-medium">{say("sync.waiting")}</h3>
      <ul className="list-inside list-disc">
        {waiting.slice(0, SHOWN).map((words, index) => (
          <li key={index} className="wrap-anywhere">
            {words}
          </li>
        ))}
      </ul>
      {waiting.length > SHOWN && <p className="text-quiet">{say("sync.waiting.more", { n: waiting.length - SHOWN })}</p>}
    </section>
  );
}
