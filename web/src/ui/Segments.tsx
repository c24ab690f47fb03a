/** A few choices of which one holds, side by side. */
import { useId } from "react";

/** One of them. */
export interface Segment<Value extends string> {
  readonly value: Value;
  readonly words: string;
}

interface Props<Value extends string> {
  readonly label: string;
  /** Whether the label is for listeners alone. */
  readonly hidesLabel?: boolean;
  readonly segments: readonly Segment<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** The choices. */
export function Segments<Value extends string>({ label, hidesLabel, segments, value, onChange }: Props<Value>) {
  const name = useId();
  return (
    <fieldset className="print:hidden">
      <legend className={hidesLabel ? "sr-only" : "mb-1 text-xs font-medium text-quiet"}>{label}</legend>
      <div className="flex flex-wrap gap-1">
        {segments.map((segment) => (
          <label
            key={segment.value}
            className="inline-flex min-h-8 cursor-pointer items-center rounded-sm border border-edge px-2.5 text-sm hover:bg-well has-checked:border-accent has-checked:bg-tint has-checked:font-semibold has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              value={segment.value}
              checked={segment.value === value}
              onChange={() => onChange(segment.value)}
              className="sr-only"
            />
            {segment.words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
