/** One whom one wanted to see. */
import { MessageSquarePlus, Phone } from "lucide-react";
import { Link } from "wouter";

import { telLink } from "../customers/phones";
import type { CustomerRow } from "../engine/contract";
import { daysBetween } from "../ui/moments";
import { useSay } from "../words/useSay";

const ICON = "grid size-12 shrink-0 place-items-center rounded-sm active:bg-well";

/** The name, how late it is, a call, and what came of it. */
export function DueRow({ row, day }: { row: CustomerRow; day: string }) {
  const { say } = useSay();
  const late = row.nextContactOn ? daysBetween(row.nextContactOn, day) : 0;
  return (
    <li data-due={row.id} className="flex items-center gap-1 border-b border-line">
      <Link href={`/customers/${row.id}`} className="flex min-h-14 min-w-0 flex-1 flex-col justify-center no-underline">
        <span className="truncate font-medium">{row.name}</span>
        <span className={`text-sm ${late > 0 ? "text-warn" : "text-quiet"}`}>{late > 0 ? say("today.late", { n: late }) : say("today.is-today")}</span>
      </Link>
      {row.phone && (
        <a href={telLink(row.phone)} className={ICON} aria-label={say("contact.call-name", { name: row.name })}>
          <Phone aria-hidden className="size-5" />
        </a>
      )}
      <Link href={`/contact/visit?customer=${row.id}`} className={ICON} aria-label={say("contact.log-name", { name: row.name })}>
        <MessageSquarePlus aria-hidden className="size-5" />
      </Link>
    </li>
  );
}
