/** Figures that go on, for a component. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { session } from "../../sdk/browser";
import { type Figures, type Live, LiveFigures, NOTHING_YET } from "../../sdk/liveFigures";
import { askFigures, type FigureQuestion } from "../queries";

/** What is known of the answer to a question, changing by itself. */
export function useLiveFigures(question: FigureQuestion): Live {
  const client = useQueryClient();
  const key = JSON.stringify(question);
  const [known, setKnown] = useState<{ key: string; live: Live }>({ key: "", live: NOTHING_YET });
  useEffect(() => {
    const asked = JSON.parse(key) as FigureQuestion;
    const cached = client.getQueryData<{ figures: Figures; asOfMs: number }>(["live", key]);
    setKnown({ key, live: { ...NOTHING_YET, ...cached } });
    const query = new URLSearchParams(Object.entries(asked)).toString();
    const live = new LiveFigures(
      {
        open: (signal) => session.fetch(new Request(`/api/v1/figures/live?${query}`, { signal, cache: "no-store" })),
        ask: (signal) => askFigures(asked, signal),
        now: () => session.hubNow(),
        wait,
        dice: Math.random,
      },
      (next) => {
        const { figures, asOfMs } = next;
        if (figures) client.setQueryData(["live", key], { figures, asOfMs });
        setKnown({ key, live: next });
      },
      cached,
    );
    void live.run();
    return () => live.stop();
  }, [client, key]);
  // What another question was answered with is no answer to this one.
  return known.key === key ? known.live : NOTHING_YET;
}

/** Waits; a signal or the network coming back end it early. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      removeEventListener("online", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    if (signal.aborted) over();
    signal.addEventListener("abort", over);
    addEventListener("online", over);
  });
}
