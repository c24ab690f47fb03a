/** A few words of which one is chosen. */
import { useId } from "react";

/** One of them. */
export interface Chip<Value extends string> {
  readonly value: Value;
  readonly words: string;
}

/** The group; each is a radio button with a whole thumb's room. */
export function Chips<Value extends string>(props: {
  label: string;
  chips: readonly Chip<Value>[];
  value: Value | null;
  onChange: (value: Value) => void;
  isLabelHidden?: boolean;
  /** Large tiles in three columns instead of a row. */
  isTiles?: boolean;
}) {
  const name = useId();
  return (
    <fieldset className="grid min-w-0 gap-1">
      <legend className={props.isLabelHidden ? "sr-only" : "mb-1 font-medium"}>{props.label}</legend>
      <div className={props.isTiles ? "grid grid-cols-2 gap-2 min-[20rem]:grid-cols-3" : "flex flex-wrap gap-2"}>
        {props.chips.map(({ value, words }) => (
          <label
            key={value}
            data-chip-value={value}
            className={`relative inline-flex ${props.isTiles ? "min-h-16 !px-1 text-lg" : "min-h-12"} min-w-12 cursor-pointer items-center justify-center rounded-sm border border-edge bg-sheet px-4 text-center has-checked:border-accent has-checked:bg-tint has-checked:font-semibold has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent`}
          >
            <input
              type="radio"
              name={name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
              className="absolute inset-0 cursor-pointer opacity-0"
            />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
