/** Where the work of this device stands, always top right: a word, a shape and a colour. */
import { Suspense, useState } from "react";

import { useBook } from "../book/BookContext";
import { later } from "../later";
import { useNow } from "../ui/useNow";
import { useSay } from "../words/useSay";
import { CHIP_LOOKS } from "./chipLooks";
import { chipWords } from "./chipWords";

const SyncSheet = later(() => import("./SyncSheet"));

/** The chip; a tap tells more. */
export function SyncChip() {
  const { say, language } = useSay();
  const { status } = useBook();
  const nowMs = useNow();
  const [isOpen, setOpen] = useState(false);
  if (!status) return null;
  const { Icon, tone } = CHIP_LOOKS[status.chip];
  return (
    <>
      <button
        type="button"
        data-sync={status.chip}
        data-unsent={status.unsent}
        aria-haspopup="dialog"
        className={`inline-flex min-h-12 min-w-12 items-center gap-1.5 rounded-full border px-3 text-sm font-medium print:hidden ${tone}`}
        onClick={() => setOpen(true)}
      >
        <Icon aria-hidden className="size-4 shrink-0" />
        <span className="text-left leading-tight">{chipWords(status, say, language, nowMs)}</span>
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <SyncSheet status={status} close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
