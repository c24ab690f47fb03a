/** What is shown, by where the book stands. */
import { Suspense } from "react";

import { useBook } from "./book/BookContext";
import { LockPage } from "./entrance/LockPage";
import { Starting } from "./entrance/Starting";
import { Caught } from "./frame/Caught";
import { ClockOff } from "./frame/ClockOff";
import { rare } from "./later";
import { Pages } from "./Pages";

const ClosedPage = rare(() => import("./entrance/ClosedPage"));
const PairPage = rare(() => import("./entrance/PairPage"));

/** The app. */
export function App({ pairingCode }: { pairingCode: string | null }) {
  const { state } = useBook();
  return (
    <Caught place={state.kind}>
      <Suspense fallback={<Starting />}>
        <Shown pairingCode={pairingCode} />
      </Suspense>
    </Caught>
  );
}

function Shown({ pairingCode }: { pairingCode: string | null }) {
  const { state } = useBook();
  switch (state.kind) {
    case "starting":
      return <Starting />;
    case "unpaired":
      return (
        <>
          <ClockOff />
          <PairPage code={pairingCode} />
        </>
      );
    case "locked":
      return <LockPage state={state} />;
    case "ready":
      return <Pages />;
    case "evicted":
    case "revoked":
    case "unusable":
      return <ClosedPage state={state} code={pairingCode} />;
  }
}
