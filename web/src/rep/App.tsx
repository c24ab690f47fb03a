/** What is shown, by where the book stands. */
import { useBook } from "./book/BookContext";
import { ClosedPage } from "./entrance/ClosedPage";
import { LockPage } from "./entrance/LockPage";
import { PairPage } from "./entrance/PairPage";
import { Starting } from "./entrance/Starting";
import { Pages } from "./Pages";

/** The app. */
export function App({ pairingCode }: { pairingCode: string | null }) {
  const { state } = useBook();
  switch (state.kind) {
    case "starting":
      return <Starting />;
    case "unpaired":
      return <PairPage code={pairingCode} />;
    case "locked":
      return <LockPage {...(state.waitUntil ? { waitUntil: state.waitUntil } : {})} />;
    case "ready":
      return <Pages />;
    case "evicted":
    case "revoked":
    case "unusable":
      return <ClosedPage state={state} code={pairingCode} />;
  }
}
