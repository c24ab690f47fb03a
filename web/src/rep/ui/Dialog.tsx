/** Something over the page, in the browser's own dialog: from the foot on a phone, in the middle of wide screens. */
import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

import { useSay } from "../words/useSay";

/** The dialog; Escape, the button and a press beside it close it. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const { say } = useSay();
  const id = useId();
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = place.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={place}
      aria-labelledby={id}
      className="mx-auto mt-auto mb-0 max-h-[92dvh] w-full max-w-xl overflow-y-auto rounded-t-md border border-edge bg-sheet text-ink shadow-lg backdrop:bg-black/50 md:my-auto md:rounded-md"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 p-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
        <div className="flex items-center justify-between gap-2">
          <h2 id={id} className="text-lg font-semibold">
            {title}
          </h2>
          <button type="button" className="grid size-12 shrink-0 place-items-center rounded-sm active:bg-well" aria-label={say("action.close")} onClick={close}>
            <X aria-hidden className="size-6" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
