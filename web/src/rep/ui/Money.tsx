/** Money: short at a glance, the exact won on a tap. */
import { useState } from "react";

import { wonExact, wonShort } from "../../ui/numbers";
import { useSay } from "../words/useSay";

/** An amount that shows its won when it is touched. */
export function Money({ won, className = "" }: { won: number; className?: string }) {
  const { say, language } = useSay();
  const [isExact, setExact] = useState(false);
  const exact = wonExact(won, language);
  const short = wonShort(won, language);
  if (short === exact) return <span data-won={won} className={className}>{exact}</span>;
  return (
    <button
      type="button"
      data-won={won}
      title={say("money.tap")}
      className={`min-h-12 underline decoration-edge decoration-dotted underline-offset-4 ${className}`}
      onClick={() => setExact(!isExact)}
    >
      {isExact ? exact : short}
      {!isExact && <span className="sr-only"> {exact}</span>}
    </button>
  );
}
