/** A line of the tree: a unit's name, its code, and on which days it is like this. */
import { ChevronRight } from "lucide-react";
import { Button as AriaButton } from "react-aria-components";

import { useWords } from "../../../messages/useWords";

interface Props {
  readonly unit: { unit: string; name: string; level: string; from?: string | null; to?: string | null };
  readonly isChosen: boolean;
  readonly onChosen: (unit: string) => void;
  readonly isOpen?: boolean;
  readonly onToggle?: () => void;
}

/** The line. */
export function UnitLine({ unit, isChosen, onChosen, isOpen = false, onToggle }: Props) {
  const { say } = useWords();
  const { from, to } = unit;
  return (
    <div className={`flex items-start gap-x-1 px-1 ${isChosen ? "bg-tint" : "hover:bg-well"}`}>
      {onToggle ? (
        <AriaButton
          aria-expanded={isOpen}
          aria-label={say("organisation.below", { name: unit.name })}
          onPress={onToggle}
          className="grid size-7 shrink-0 place-items-center"
        >
          <ChevronRight aria-hidden className={`size-4 ${isOpen ? "rotate-90" : ""}`} />
        </AriaButton>
      ) : (
        <span className="size-7 shrink-0" />
      )}
      <AriaButton
        aria-pressed={isChosen}
        onPress={() => onChosen(unit.unit)}
        data-unit={unit.unit}
        className="flex min-h-7 min-w-0 grow flex-wrap items-baseline gap-x-2 py-0.5 text-left"
      >
        <span className={isChosen ? "font-semibold" : ""}>{unit.name}</span>
        <span className="text-xs text-quiet">{unit.unit}</span>
        {(from || to) && (
          <span className="ml-auto text-xs whitespace-nowrap text-quiet">
            {from ?? "…"} – {to ?? "…"}
          </span>
        )}
      </AriaButton>
    </div>
  );
}
