/** Choosing between the values of a clash: it is out of sight at once, and comes back by a tap. */
import { useCallback, useSyncExternalStore } from "react";

import { useAct } from "../book/useAct";
import type { Clash, DocumentView, FieldValue } from "../engine/contract";
import { SHOWN_MS, useToast } from "../frame/ToastContext";
import { useSay } from "../words/useSay";
import { choices, choose, clashKey, forget, onChoice, takeBack } from "./choices";

/** How to choose, and what was chosen already. */
export function useChoices() {
  const { say } = useSay();
  const { show } = useToast();
  const act = useAct();
  const chosen = useSyncExternalStore(onChoice, choices);
  const settle = useCallback(
    (clash: Clash, value: FieldValue) => {
      const key = clashKey(clash);
      const write = async () => {
        await act(async (book) => {
          // What was written meanwhile, here or elsewhere, is newer than the choice.
          const stands = (await book.call("clashes")).some((one) => clashKey(one) === key);
          if (stands) await book.call("settle", { document: clash.document, field: clash.field, value });
          // Answered after the pages were: none shows the clash any more.
          await book.call("clashes");
        });
        forget(key);
      };
      choose(key, value, write, SHOWN_MS);
      show({ words: say("clash.settled"), undo: () => takeBack(key) && show({ words: say("toast.undone") }) });
    },
    [act, show, say],
  );
  return { settle, isOpen: (clash: Clash) => !chosen.has(clashKey(clash)), asChosen: (view: DocumentView) => asChosen(view, chosen) };
}

/** A document as it will be once the choices are written. */
function asChosen(view: DocumentView, chosen: ReadonlyMap<string, FieldValue>): DocumentView {
  const settled = view.clashes.filter((clash) => chosen.has(clashKey(clash)));
  if (settled.length === 0) return view;
  const fields = { ...view.fields };
  for (const clash of settled) {
    if (clash.field in fields) fields[clash.field] = chosen.get(clashKey(clash)) ?? null;
  }
  return { ...view, fields, clashes: view.clashes.filter((clash) => !settled.includes(clash)) };
}
