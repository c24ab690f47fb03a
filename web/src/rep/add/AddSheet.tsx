/** What can be added, in four large buttons, the last one first. */
import { FilePlus2, MessageSquarePlus, PhoneOutgoing, UserPlus } from "lucide-react";
import { Link } from "wouter";

import { Dialog } from "../ui/Dialog";
import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";
import { addedInOrder, keepAdded } from "./lastUsed";

const WAYS = {
  sale: { href: "/sale", Icon: FilePlus2 },
  visit: { href: "/contact/visit", Icon: MessageSquarePlus },
  call: { href: "/contact/call", Icon: PhoneOutgoing },
  customer: { href: "/new-customer", Icon: UserPlus },
} as const;

/** The sheet. */
export function AddSheet({ close }: { close: () => void }) {
  const { say } = useSay();
  return (
    <Dialog title={say("nav.add")} close={close}>
      <div className="grid grid-cols-1 gap-3 min-[20rem]:grid-cols-2">
        {addedInOrder().map((name) => {
          const { href, Icon } = WAYS[name];
          return (
            <Link
              key={name}
              href={href}
              data-add-way={name}
              className={`${buttonClass("plain")} min-h-24 flex-col text-lg`}
              onClick={() => {
                keepAdded(name);
                close();
              }}
            >
              <Icon aria-hidden className="size-7 text-accent" />
              {say(`add.${name}`)}
            </Link>
          );
        })}
      </div>
    </Dialog>
  );
}
