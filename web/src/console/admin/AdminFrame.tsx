/** What stands around the administrator's parts. The hub decides who may; this only tells everybody else so. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { Suspense } from "react";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { TAB, TAB_ACTIVE, TAB_ROW } from "../../ui/tabClass";
import { Skeleton } from "../frame/Skeleton";
import { meQuery } from "../queries";
import { NotForThisAccount } from "./NotForThisAccount";

const PARTS = [
  { to: "/admin/people", words: "admin.people" },
  { to: "/admin/devices", words: "admin.devices" },
  { to: "/admin/organisation", words: "admin.organisation" },
  { to: "/admin/absences", words: "admin.absences" },
  { to: "/admin/import", words: "admin.import" },
  { to: "/admin/audit", words: "admin.audit" },
  { to: "/admin/health", words: "admin.health" },
  { to: "/admin/settings", words: "admin.settings" },
] as const satisfies readonly { to: string; words: MessageId }[];

/** The parts, and the one that is open. */
export function AdminFrame() {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  if (me.role !== "admin") return <NotForThisAccount />;
  return (
    <>
      <nav aria-label={say("admin.parts")} className={TAB_ROW}>
        {PARTS.map(({ to, words }) => (
          <Link key={to} to={to} activeOptions={{ includeSearch: false }} className={TAB} activeProps={TAB_ACTIVE}>
            {say(words)}
          </Link>
        ))}
      </nav>
      <Suspense fallback={<Skeleton />}>
        <Outlet />
      </Suspense>
    </>
  );
}
