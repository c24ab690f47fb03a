/** Where one goes: at the thumb on a phone, at the side of wide screens. */
import { ChartNoAxesColumn, House, Menu, Plus, Users } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { AddSheet } from "../add/AddSheet";
import { useSay } from "../words/useSay";

const ITEM = "flex min-h-14 min-w-0 flex-col items-center justify-center gap-0.5 px-0.5 text-center text-[0.72rem] leading-tight no-underline";

const PLACES = [
  { href: "/", id: "nav.today", Icon: House, begins: /^\/$/ },
  { href: "/customers", id: "nav.customers", Icon: Users, begins: /^\/customers/ },
  null,
  { href: "/results", id: "nav.results", Icon: ChartNoAxesColumn, begins: /^\/results/ },
  { href: "/more", id: "nav.more", Icon: Menu, begins: /^\/more/ },
] as const;

/** The bar; what one does most often stands in its middle. */
export function BottomBar() {
  const { say } = useSay();
  const [path] = useLocation();
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <nav
        aria-label={say("nav.label")}
        className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-t border-edge bg-sheet pb-[env(safe-area-inset-bottom)] md:inset-y-0 md:right-auto md:w-20 md:auto-rows-min md:grid-cols-1 md:content-start md:gap-2 md:border-t-0 md:border-r md:pt-4 print:hidden"
      >
        {PLACES.map((place) => {
          if (!place) {
            return (
              <button key="add" type="button" data-add aria-haspopup="dialog" className={ITEM} onClick={() => setAdding(true)}>
                <span className="grid size-9 place-items-center rounded-full bg-accent text-on-accent">
                  <Plus aria-hidden className="size-6" />
                </span>
                <span className="sr-only">{say("nav.add")}</span>
              </button>
            );
          }
          const { href, id, Icon, begins } = place;
          const isHere = begins.test(path);
          return (
            <Link key={href} href={href} aria-current={isHere ? "page" : undefined} className={`${ITEM} ${isHere ? "font-semibold text-accent" : "text-quiet"}`}>
              <Icon aria-hidden className="size-6" strokeWidth={isHere ? 2.5 : 2} />
              {say(id)}
            </Link>
          );
        })}
      </nav>
      {isAdding && <AddSheet close={() => setAdding(false)} />}
    </>
  );
}
