/** Who changed what, and when. */
import { useAnswer } from "../book/useAnswer";
import { momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { deviceWords, fieldName, valueWords } from "../words/names";
import { useSay } from "../words/useSay";

/** The changes, newest first. */
export function HistoryTab({ id }: { id: string }) {
  const { say, language } = useSay();
  const nowMs = useNow();
  const { value: lines } = useAnswer("history", { id });
  return (
    <ol>
      {lines?.map((line) => (
        <li key={line.change} data-change={line.change} className="border-b border-line py-2">
          <p className="text-sm text-quiet">
            {say("clash.who", { author: line.author, device: deviceWords(line.device, say), time: momentWords(line.time, language, nowMs) })}
          </p>
          <ul>
            {line.edits.map(({ field, old, new: next }, index) => (
              <li key={index} className="line-clamp-6 wrap-anywhere">
                {say("history.edit", { field: fieldName(field, say), old: valueWords(field, old, say, language), new: valueWords(field, next, say, language) })}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
