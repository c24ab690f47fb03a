/** The line at the foot of the page that says what was done. */
import { CircleAlert, CircleCheck, X } from "lucide-react";

import { useSay } from "../words/useSay";
import type { Said } from "./ToastContext";

const BUTTON = "min-h-12 shrink-0 rounded-sm px-3 font-semibold underline underline-offset-4";

/** The line; listeners hear it without losing their place. */
export function Toast({ said, close }: { said: Said | null; close: () => void }) {
  const { say } = useSay();
  const Icon = said?.isProblem ? CircleAlert : CircleCheck;
  const undo = said?.undo;
  return (
    <div role={said?.isProblem ? "alert" : "status"} className="pointer-events-none fixed inset-x-0 bottom-32 z-30 px-3 md:bottom-24 md:left-20 print:hidden">
      {said && (
        <div data-toast={said.isProblem ? "problem" : "done"} className="pointer-events-auto mx-auto flex w-fit max-w-full flex-wrap items-center gap-x-2 rounded-sm bg-ink pl-4 text-sheet shadow-lg">
          <Icon aria-hidden className="size-5 shrink-0" />
          <p className="min-w-0 flex-1 py-2">{said.words}</p>
          {undo && (
            <button
              type="button"
              className={BUTTON}
              onClick={() => {
                close();
                undo();
              }}
            >
              {say("action.undo")}
            </button>
          )}
          <button type="button" className={BUTTON} aria-label={say("action.close")} onClick={close}>
            <X aria-hidden className="size-5" />
          </button>
        </div>
      )}
    </div>
  );
}
