/** A few lists one asks for often. */
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { type Asked, FILTERS } from "./listState";

/** The chips; a second press takes one away. */
export function FilterChips({ value, onChange }: { value: Asked["filter"]; onChange: (filter: Asked["filter"]) => void }) {
  const { say } = useSay();
  return (
    <div role="group" aria-label={say("customers.filters")} className="flex flex-wrap gap-2">
      {FILTERS.map((filter) => (
        <Button key={filter} data-filter={filter} aria-pressed={filter === value} className="!px-3 text-sm" onClick={() => onChange(filter === value ? null : filter)}>
          {say(`filter.${filter}`)}
        </Button>
      ))}
    </div>
  );
}
