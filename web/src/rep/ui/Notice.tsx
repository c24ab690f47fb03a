/** Something a person should know, over what they do. */
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const TONES = {
  plain: { Icon: Info, tone: "bg-tint text-ink" },
  warn: { Icon: TriangleAlert, tone: "bg-warn-well text-warn" },
  bad: { Icon: CircleAlert, tone: "bg-bad-well text-bad" },
} as const;

/** The strip. */
export function Notice({ tone, name, words, children }: { tone: keyof typeof TONES; name: string; words: ReactNode; children?: ReactNode }) {
  const { Icon, tone: look } = TONES[tone];
  return (
    <div data-notice={name} className={`flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 print:hidden ${look}`}>
      <Icon aria-hidden className="size-5 shrink-0" />
      <p className="min-w-0 flex-1 basis-48">{words}</p>
      {children}
    </div>
  );
}
