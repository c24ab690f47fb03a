/** What happened with a customer, newest first. */
import { FileText, MessageSquare, Pencil, StickyNote } from "lucide-react";

import { useAnswer } from "../book/useAnswer";
import { Empty } from "../ui/Empty";
import { dayWords, momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { useSay } from "../words/useSay";
import { timelineWords } from "./timelineWords";

/** Lines asked for. */
const MOST = 200;

const ICONS = { contact: MessageSquare, note: StickyNote, policy: FileText, edit: Pencil } as const;

/** The timeline. */
export function ActivityTab({ id }: { id: string }) {
  const { say, language } = useSay();
  const nowMs = useNow();
  const { value: lines } = useAnswer("timeline", { customer: id, limit: MOST });
  const products = useAnswer("products").value ?? [];
  if (!lines) return null;
  // A sale has a day and no time.
  const time = ({ kind, at }: (typeof lines)[number]) => (kind === "policy" ? dayWords(at.slice(0, 10), language) : momentWords(at, language, nowMs));
  if (lines.length === 0) return <Empty words={say("activity.empty")} />;
  return (
    <ol>
      {lines.map((line, index) => {
        const Icon = ICONS[line.kind];
        return (
          <li key={index} data-line={line.kind} className="flex gap-3 border-b border-line py-2">
            <Icon aria-hidden className="mt-1 size-5 shrink-0 text-quiet" />
            <div className="min-w-0">
              <p className="line-clamp-6 wrap-anywhere">{timelineWords(line, products, say, language)}</p>
              <p className="text-sm text-quiet">{say("activity.who", { time: time(line), author: line.author })}</p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
