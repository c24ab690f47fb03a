/** A page: its name, the way back, the chip, and what is on it. */
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";

import { useSay } from "../words/useSay";
import { Notices } from "./Notices";
import { SyncChip } from "./SyncChip";

interface Props {
  readonly title: string;
  /** Where one came from. */
  readonly back?: string;
  readonly children: ReactNode;
  /** What stands below the title and stays there. */
  readonly head?: ReactNode;
  /** Whether the page has two panes and wants the whole width. */
  readonly isWide?: boolean;
}

/** The frame of every page. */
export function Page({ title, back, children, head, isWide = false }: Props) {
  const { say } = useSay();
  useEffect(() => {
    document.title = say("app.title", { page: title });
  }, [say, title]);
  const width = isWide ? "max-w-6xl" : "max-w-2xl";
  return (
    <>
      <header className="page-head z-20 border-b border-line bg-page pt-[env(safe-area-inset-top)] print:hidden">
        <div className={`mx-auto flex min-h-16 items-center justify-between gap-2 px-4 ${width}`}>
          <div className="flex items-center gap-1 wrap-break-word">
            {back !== undefined && (
              <Link href={back} aria-label={say("action.back")} className="-ml-3 grid size-12 shrink-0 place-items-center">
                <ChevronLeft aria-hidden className="size-6" />
              </Link>
            )}
            <h1 className="text-lg leading-tight font-semibold">{title}</h1>
          </div>
          <SyncChip />
        </div>
        {head && <div className={`mx-auto px-4 pb-3 ${width}`}>{head}</div>}
      </header>
      <Notices />
      <main className={`mx-auto px-4 pt-4 pb-32 md:pb-10 ${width}`}>{children}</main>
    </>
  );
}
