/** What stands around every view: the bar on top, the keys, the view itself. */
import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { Suspense } from "react";

import { useWords } from "../../messages/useWords";
import { meQuery } from "../queries";
import { Keys } from "../keys/Keys";
import { ClockNote } from "./ClockNote";
import { Failed } from "./Failed";
import { Skeleton } from "./Skeleton";
import { TopBar } from "./TopBar";

/** The frame. */
export function Frame() {
  const { say } = useWords();
  const me = useQuery(meQuery);
  return (
    <>
      <a
        href="#view"
        className="absolute -top-20 left-2 z-50 bg-accent px-3 py-2 text-on-accent focus:top-2 print:hidden"
      >
        {say("frame.skip")}
      </a>
      <TopBar me={me.data} />
      {me.data && <ClockNote zone={me.data.zone} />}
      <main id="view" tabIndex={-1} className="mx-auto w-full max-w-[100rem] px-4 pt-4 pb-16 outline-none lg:px-8">
        {me.isError && <Failed error={me.error} again={() => void me.refetch()} />}
        {me.isPending && <Skeleton />}
        {me.data && (
          <Suspense fallback={<Skeleton />}>
            <Outlet />
          </Suspense>
        )}
      </main>
      {me.data && <Keys me={me.data} />}
    </>
  );
}
