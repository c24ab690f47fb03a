/** The policies of a customer. */
import { Link } from "wouter";

import { useBook } from "../book/BookContext";
import { useAnswer } from "../book/useAnswer";
import { buttonClass } from "../ui/buttonClass";
import { Empty } from "../ui/Empty";
import { useSay } from "../words/useSay";
import { PolicyLine } from "./PolicyLine";

/** More policies than a person has. */
const MOST = 200;

/** The list. */
export function PoliciesTab({ id }: { id: string }) {
  const { say } = useSay();
  const { value } = useAnswer("policies", { customer: id, offset: 0, limit: MOST });
  const day = useAnswer("today").value?.day;
  const { wrongDay } = useBook();
  if (!value) return null;
  if (value.total === 0) {
    return (
      <Empty words={say("policies.empty")}>
        <Link href={`/sale?customer=${id}`} className={buttonClass("plain")}>
          {say("today.sale")}
        </Link>
      </Empty>
    );
  }
  return (
    <ul>
      {value.rows.map((row) => (
        <PolicyLine key={row.id} row={row} day={day} wrongDay={wrongDay} />
      ))}
    </ul>
  );
}
