/** A place where nothing is yet: what will be here, and the one button that makes it so. */
import type { ReactNode } from "react";

/** The words and the way on. */
export function Empty({ words, children }: { words: string; children?: ReactNode }) {
  return (
    <div data-empty className="grid justify-items-start gap-3 py-6 text-quiet">
      <p>{words}</p>
      {children}
    </div>
  );
}
