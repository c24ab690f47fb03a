/** The link of a table's row, as light as 50,000 of them need it: its address is known, and only following it asks. */
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";

interface Props {
  /** Where it leads: path and search, as the router writes them. */
  readonly href: string;
  /** Names the row among all of its table. */
  readonly mark: string;
  readonly children: ReactNode;
}

/** The link; the router follows it where it is simply pressed, the browser in every other way. */
export function RowLink({ href, mark, children }: Props) {
  const router = useRouter();
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void router.navigate({ href });
  };
  return (
    <a
      href={href}
      onClick={follow}
      data-row-link={mark}
      className="inline-block min-h-6 underline decoration-line underline-offset-4 hover:decoration-current"
    >
      {children}
    </a>
  );
}
