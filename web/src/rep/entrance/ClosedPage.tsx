/** A book that cannot be opened: what happened, what is safe, what to do. */
import { useState } from "react";

import { problemWords } from "../book/problemWords";
import type { BookState } from "../engine/contract";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { Doorway } from "./Doorway";
import { InsecurePage } from "./InsecurePage";
import PairPage from "./PairPage";

type Closed = Extract<BookState, { kind: "evicted" | "revoked" | "unusable" }>;

/** The page of each reason. */
export default function ClosedPage({ state, code }: { state: Closed; code: string | null }) {
  const { say } = useSay();
  const [isPairing, setPairing] = useState(code !== null && state.kind !== "unusable");
  if (isPairing) return <PairPage code={code} />;
  if (state.kind === "unusable") {
    if (state.code === "INSECURE-PAGE") return <InsecurePage address={location.origin} />;
    return (
      <Doorway title={say("unusable.title")}>
        <p data-closed={state.code}>{problemWords(state, say)}</p>
        <Button weight="main" onClick={() => location.reload()}>
          {say("action.again")}
        </Button>
      </Doorway>
    );
  }
  const isEvicted = state.kind === "evicted";
  return (
    <Doorway title={say(isEvicted ? "evicted.title" : "revoked.title")}>
      <p data-closed={state.kind}>{say(isEvicted ? "evicted.words" : "revoked.words")}</p>
      {isEvicted && state.unsent ? <p className="bg-warn-well px-3 py-2 text-warn">{say("evicted.unsent", { n: state.unsent })}</p> : null}
      <Button weight="main" onClick={() => setPairing(true)}>
        {say("closed.pair")}
      </Button>
    </Doorway>
  );
}
