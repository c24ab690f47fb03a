/** Where one types whom one looks for; it searches while a syllable is being put together. */
import { Search, X } from "lucide-react";

import { FIELD } from "../ui/fieldClass";
import { isEnter } from "../ui/typing";
import { useSay } from "../words/useSay";

/** The box; Enter takes the first that was found. */
export function SearchBox({ text, onChange, onEnter }: { text: string; onChange: (text: string) => void; onEnter: () => void }) {
  const { say } = useSay();
  return (
    <div className="relative">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-5 -translate-y-1/2 text-quiet" />
      <input
        type="search"
        name="search"
        aria-label={say("customers.search")}
        placeholder={say("customers.search.hint")}
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="search"
        className={`${FIELD} pr-12 pl-11 placeholder:text-quiet`}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => isEnter(event) && onEnter()}
      />
      {text !== "" && (
        <button type="button" aria-label={say("customers.search.clear")} className="absolute top-0 right-0 grid size-12 place-items-center" onClick={() => onChange("")}>
          <X aria-hidden className="size-5" />
        </button>
      )}
    </div>
  );
}
