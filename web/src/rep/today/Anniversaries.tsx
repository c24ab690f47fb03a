/** Whose policy has its anniversary within two weeks. */
import { Phone } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";

import { useAnswer } from "../book/useAnswer";
import { entriesOf } from "../customers/fields";
import { telLink } from "../customers/phones";
import { Button } from "../ui/Button";
import { dayShort } from "../ui/moments";
import { useSay } from "../words/useSay";
import type { Anniversary } from "./anniversaries";
import { useAnniversaries } from "./useAnniversaries";

/** Rows shown at once; the rest is a tap away. */
const SHOWN = 5;

/** The list; nothing where there are none. */
export default function Anniversaries({ day }: { day: string }) {
  const { say } = useSay();
  const all = useAnniversaries(day);
  const [isWhole, setWhole] = useState(false);
  if (all.length === 0) return null;
  return (
    <section aria-label={say("anniversaries.title")}>
      <h2 className="text-lg font-semibold">{say("anniversaries.title")}</h2>
      <ul>
        {all.slice(0, isWhole ? all.length : SHOWN).map((one) => (
          <Row key={one.policy.id} anniversary={one} />
        ))}
      </ul>
      {!isWhole && all.length > SHOWN && (
        <Button weight="quiet" data-more-anniversaries onClick={() => setWhole(true)}>
          {say("anniversaries.more", { n: all.length - SHOWN })}
        </Button>
      )}
    </section>
  );
}

function Row({ anniversary: { policy, on, years } }: { anniversary: Anniversary }) {
  const { say, language } = useSay();
  const name = policy.customerName ?? "—";
  const words = (
    <>
      <span className="min-w-0 font-medium wrap-anywhere">{name}</span>
      <span className="text-sm text-quiet">{say("anniversaries.line", { day: dayShort(on, language), years, product: policy.productName })}</span>
    </>
  );
  return (
    <li data-anniversary={policy.id} className="flex items-center gap-1 border-b border-line">
      {policy.customer === null ? (
        <p className="flex min-h-14 min-w-0 flex-1 flex-col justify-center">{words}</p>
      ) : (
        <>
          <Link href={`/customers/${policy.customer}/policies`} className="flex min-h-14 min-w-0 flex-1 flex-col justify-center no-underline">
            {words}
          </Link>
          <Call customer={policy.customer} name={name} />
        </>
      )}
    </li>
  );
}

/** A call, where a number is known. */
function Call({ customer, name }: { customer: string; name: string }) {
  const { say } = useSay();
  const { value } = useAnswer("document", { id: customer });
  const phone = value ? entriesOf(value, "phone")[0]?.value : undefined;
  if (typeof phone !== "string") return null;
  return (
    <a href={telLink(phone)} className="grid size-12 shrink-0 place-items-center rounded-sm active:bg-well" aria-label={say("contact.call-name", { name })}>
      <Phone aria-hidden className="size-5" />
    </a>
  );
}
