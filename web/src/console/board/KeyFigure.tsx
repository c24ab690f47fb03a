/** One figure with what it is compared to. */
import type { ReactNode } from "react";

import { useWords } from "../../messages/useWords";
import { Bar } from "../../ui/Bar";
import { Delta } from "../../ui/Delta";
import { count, percent, wonShort } from "../../ui/numbers";
import { Term } from "../../ui/Term";
import { usePulse } from "../../ui/usePulse";
import type { Attainment } from "../types";

interface Props {
  readonly field: string;
  readonly words: string;
  readonly definition: string;
  readonly value: number;
  readonly compared: readonly { words: string; before: number | undefined }[];
  readonly target: Attainment | undefined;
  readonly children: ReactNode;
}

/** The figure. */
export function KeyFigure({ field, words, definition, value, compared, target, children }: Props) {
  const { language } = useWords();
  const amount = (number: number) =>
    field.endsWith("won") ? wonShort(number, language) : count(number, language);
  const place = usePulse<HTMLElement>(String(value));
  return (
    <div className="px-3 py-3" data-key-figure={field}>
      <dt className="text-sm text-quiet">
        <Term words={words} definition={definition} />
      </dt>
      <dd ref={place} className="key-figure-value">
        {children}
      </dd>
      {compared.map((one) => (
        <dd key={one.words} className="flex flex-wrap justify-between gap-x-3 text-sm">
          <span className="text-quiet">{one.words}</span>
          <span className="flex gap-2">
            {one.before !== undefined && <span className="text-quiet">{amount(one.before)}</span>}
            <Delta value={value} before={one.before} />
          </span>
        </dd>
      ))}
      {target && <TargetLine target={target} />}
    </div>
  );
}

function TargetLine({ target }: { target: Attainment }) {
  const { say, language } = useWords();
  const reached = target.attainment_percent;
  const amount = target.measure === "net" ? count(target.target, language) : wonShort(target.target, language);
  return (
    <dd className="text-sm">
      <span className="flex flex-wrap justify-between gap-x-3">
        <span className="text-quiet">{say("compare.target", { amount })}</span>
        <span>{reached == null ? "·" : percent(reached, language)}</span>
      </span>
      <Bar label={say("metric.attainment")} value={reached ?? 0} whole={100} />
    </dd>
  );
}
