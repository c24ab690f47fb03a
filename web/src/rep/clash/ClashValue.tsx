/** One of the values of a clash. */
import type { Clash } from "../engine/contract";
import { momentWords } from "../ui/moments";
import { deviceWords, valueWords } from "../words/names";
import { useSay } from "../words/useSay";

interface Props {
  readonly field: string;
  readonly value: Clash["values"][number];
  readonly nowMs: number;
  readonly onChoose: () => void;
}

/** The value with who wrote it; the whole of it is the button. */
export function ClashValue({ field, value, nowMs, onChoose }: Props) {
  const { say, language } = useSay();
  return (
    <li>
      <button
        type="button"
        data-clash-value={String(value.value)}
        className={`grid min-h-14 w-full gap-0.5 rounded-sm border px-4 py-2 text-left active:bg-tint ${value.shown ? "border-2 border-accent" : "border-edge"}`}
        onClick={onChoose}
      >
        <span className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="min-w-0 font-semibold wrap-anywhere">{valueWords(field, value.value, say, language)}</span>
          <span className="text-sm text-accent">{say(value.shown ? "clash.keep" : "clash.choose")}</span>
        </span>
        <span className="text-sm text-quiet">
          {say("clash.who", { author: value.author, device: deviceWords(value.device, say), time: momentWords(value.at, language, nowMs) })}
        </span>
      </button>
    </li>
  );
}
