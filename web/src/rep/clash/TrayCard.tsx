/** An edit the hub could not take as it was: what it was about, and the two ways on. */
import { Inbox } from "lucide-react";

import { useAct } from "../book/useAct";
import type { TrayItem } from "../engine/contract";
import { Button } from "../ui/Button";
import { momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { fieldName, valueWords } from "../words/names";
import { useSay } from "../words/useSay";
import { reasonWords } from "./reasonWords";

/** The card. */
export function TrayCard({ item, onDrop }: { item: TrayItem; onDrop: () => void }) {
  const { say, language } = useSay();
  const act = useAct();
  const nowMs = useNow();
  return (
    <article data-tray={item.id} aria-label={say("tray.label", { title: item.title })} className="grid gap-3 border border-warn bg-sheet p-4">
      <header>
        <p className="flex items-center gap-2 font-semibold text-warn">
          <Inbox aria-hidden className="size-5 shrink-0" />
          {say("tray.title")}
        </p>
        <p className="wrap-anywhere">{say("tray.where", { title: item.title, time: momentWords(item.at, language, nowMs) })}</p>
        <p className="text-quiet">{reasonWords(item.reason, say)}</p>
      </header>
      <dl className="grid gap-1">
        {item.edits.map(({ field, old, new: next }, index) => (
          <div key={index} className="border-b border-line py-1">
            <dt className="text-sm text-quiet">{fieldName(field, say)}</dt>
            <dd className="wrap-anywhere">
              {say("tray.edit", { old: valueWords(field, old, say, language), new: valueWords(field, next, say, language) })}
            </dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap gap-2">
        <Button weight="main" onClick={() => void act((book) => book.call("applyTray", { id: item.id }), "tray.applied")}>
          {say("tray.again")}
        </Button>
        <Button onClick={onDrop}>{say("tray.drop")}</Button>
      </div>
    </article>
  );
}
