/** What one does most often for a customer, at the thumb. */
import { FilePlus2, MessageSquarePlus, PhoneOutgoing } from "lucide-react";
import { Link } from "wouter";

import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";

const ACTIONS = [
  { name: "sale", href: "/sale?customer=", Icon: FilePlus2, weight: "main" },
  { name: "visit", href: "/contact/visit?customer=", Icon: MessageSquarePlus, weight: "plain" },
  { name: "call", href: "/contact/call?customer=", Icon: PhoneOutgoing, weight: "plain" },
] as const;

/** Three buttons that stay in sight. */
export function CardActions({ id }: { id: string }) {
  const { say } = useSay();
  return (
    <div className="above-bar z-10 -mx-4 grid grid-cols-3 gap-2 border-t border-line bg-page px-4 py-2 md:mx-0 md:px-0 print:hidden">
      {ACTIONS.map(({ name, href, Icon, weight }) => (
        <Link key={name} href={href + id} data-action={name} className={`${buttonClass(weight)} flex-col !gap-0 !px-1 leading-tight wrap-break-word min-[26rem]:flex-row min-[26rem]:!gap-2`}>
          <Icon aria-hidden className="size-5 shrink-0" />
          {say(`add.${name}`)}
        </Link>
      ))}
    </div>
  );
}
