/** A word with its definition, on hover and focus. */
import { Button, Tooltip, TooltipTrigger } from "react-aria-components";

/** How long a pointer rests before the definition comes. */
const DELAY_MS = 300;

/** The word; its definition beside it while one asks. */
export function Term({ words, definition }: { words: string; definition: string }) {
  return (
    <TooltipTrigger delay={DELAY_MS}>
      <Button className="min-h-6 cursor-help text-left underline decoration-edge decoration-dotted underline-offset-4">
        {words}
      </Button>
      <Definition words={definition} />
    </TooltipTrigger>
  );
}

/** The definition itself. */
export function Definition({ words }: { words: string }) {
  return (
    <Tooltip offset={6} className="max-w-72 border border-edge bg-ink px-3 py-2 text-sm text-sheet shadow-md">
      {words}
    </Tooltip>
  );
}
