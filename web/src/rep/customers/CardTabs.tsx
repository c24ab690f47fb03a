/** The parts of the card. */
import { Link } from "wouter";

import { useSay } from "../words/useSay";
import { type Tab, TABS } from "./tabs";

/** A link to each. */
export function CardTabs({ id, tab }: { id: string; tab: Tab }) {
  const { say } = useSay();
  return (
    <nav aria-label={say("card.tabs")} className="flex flex-wrap border-b border-edge print:hidden">
      {TABS.map((one) => (
        <Link
          key={one}
          href={`/customers/${id}/${one}`}
          replace
          data-tab={one}
          aria-current={one === tab ? "page" : undefined}
          className={`-mb-px flex min-h-12 min-w-12 items-center justify-center border-b-2 px-3 no-underline ${one === tab ? "border-accent font-semibold" : "border-transparent text-quiet"}`}
        >
          {say(`tab.${one}`)}
        </Link>
      ))}
    </nav>
  );
}
