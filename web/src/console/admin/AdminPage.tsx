/** What every part of the administration begins with. */
import type { ReactNode } from "react";

import { useWords } from "../../messages/useWords";

/** Title, what can be done there, and the part itself. */
export function AdminPage(props: { title: string; actions?: ReactNode; children: ReactNode }) {
  const { say } = useWords();
  return (
    <article>
      <title>{`${props.title} · ${say("admin.title")} · ${say("app.name")}`}</title>
      <header className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <h1 className="text-[1.7rem] leading-tight font-semibold tracking-tight">{props.title}</h1>
        {props.actions}
      </header>
      {props.children}
    </article>
  );
}
