/** The premium: a keypad with a key for ten thousands, and the amounts of late. */
import { Delete } from "lucide-react";
import { useId } from "react";

import { wonExact, wonShort } from "../../ui/numbers";
import { useAnswer } from "../book/useAnswer";
import { Button } from "../ui/Button";
import { FIELD } from "../ui/fieldClass";
import { useSay } from "../words/useSay";
import { type Key, KEYS, pressed, recentAmounts, typedAmount } from "./amount";

/** Policies looked at for amounts. */
const LOOKED_AT = 20;
/** Amounts offered. */
const OFFERED = 3;

/** The line, the amounts and the keys. A keyboard types into the line. */
export function Keypad({ won, onChange }: { won: number; onChange: (won: number) => void }) {
  const { say, language } = useSay();
  const id = useId();
  const policies = useAnswer("policies", { offset: 0, limit: LOOKED_AT }).value?.rows ?? [];
  const recent = recentAmounts(policies.map(({ premiumWon }) => premiumWon), OFFERED);
  const words = (key: Key) => (key === "man" ? say("sale.man") : key);
  return (
    <section aria-label={say("field.premium_won")} className="grid gap-2">
      <label htmlFor={id} className="font-medium">
        {say("field.premium_won")}
      </label>
      <input
        id={id}
        name="premium"
        inputMode="none"
        autoComplete="off"
        className={`${FIELD} text-right text-xl font-semibold`}
        value={won === 0 ? "" : wonExact(won, language)}
        onChange={(event) => onChange(typedAmount(event.target.value))}
      />
      {recent.length > 0 && (
        <div role="group" aria-label={say("sale.recent")} className="flex flex-wrap gap-2">
          {recent.map((amount) => (
            <Button key={amount} data-recent={amount} onClick={() => onChange(amount)}>
              {wonShort(amount, language)}
            </Button>
          ))}
        </div>
      )}
      <div role="group" aria-label={say("sale.keypad")} className="grid grid-cols-3 gap-2">
        {KEYS.map((key) => (
          <Button key={key} data-key={key} className="min-h-14 text-xl" aria-label={key === "back" ? say("sale.back") : undefined} onClick={() => onChange(pressed(won, key))}>
            {key === "back" ? <Delete aria-hidden className="size-6" /> : words(key)}
          </Button>
        ))}
      </div>
    </section>
  );
}
