/** Words that filter a list, a moment after the last key. */
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Field } from "./Field";
import { FIELD } from "./fieldClass";

/** Who types goes on typing within so long. */
const PAUSE_MS = 250;

/** The field; `onSettled` is told the words once nobody types, and never half a syllable. */
export function SearchField(props: { label: string; value: string; onSettled: (text: string) => void }) {
  const { value, onSettled } = props;
  const [text, setText] = useState(value);
  const [isComposing, setComposing] = useState(false);
  const settled = useRef(onSettled);
  settled.current = onSettled;
  useEffect(() => {
    if (text === value || isComposing) return;
    const timer = setTimeout(() => settled.current(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, isComposing]);
  return (
    <Field label={props.label}>
      <span className="relative">
        <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4" />
        <input
          type="search"
          className={`${FIELD} pl-8`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onCompositionStart={() => setComposing(true)}
          onCompositionEnd={() => setComposing(false)}
        />
      </span>
    </Field>
  );
}
