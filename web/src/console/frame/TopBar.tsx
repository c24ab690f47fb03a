/** The bar on top: the views of a unit, search, preferences, who is signed in. */
import { Link, useParams } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import type { Me } from "../types";
import { PreferencesButton } from "../preferences/PreferencesButton";
import { UnitSearch } from "../search/UnitSearch";
import { AccountMenu } from "./AccountMenu";
import { VIEWS } from "./views";
import { ViewMenu } from "./ViewMenu";
import { Wordmark } from "./Wordmark";

const ENTRY = "flex items-center border-b-2 border-transparent px-3 text-sm text-quiet no-underline hover:text-ink";
const ENTRY_ACTIVE = { className: "!border-accent !text-ink font-semibold", "aria-current": "page" } as const;

/** The bar. */
export function TopBar({ me }: { me: Me | undefined }) {
  const { say } = useWords();
  const params = useParams({ strict: false });
  const unit = params.unit ?? me?.unit;
  return (
    <header className="border-b bg-sheet print:hidden">
      <div className="mx-auto flex max-w-[100rem] flex-wrap items-center gap-x-2 px-4 sm:gap-x-5 lg:px-8">
        <Link to="/" className="flex min-h-9 items-center no-underline">
          <Wordmark isSmall />
        </Link>
        {unit && (
          <>
            <nav aria-label={say("frame.views")} className="hidden self-stretch lg:flex">
              {VIEWS.map(({ to, id }) => (
                <Link
                  key={id}
                  to={to}
                  params={{ unit }}
                  search={(now: object) => now}
                  activeOptions={{ exact: id !== "view.closings", includeSearch: false }}
                  className={ENTRY}
                  activeProps={ENTRY_ACTIVE}
                >
                  {say(id)}
                </Link>
              ))}
              {me?.role === "admin" && (
                <Link to="/admin" activeOptions={{ includeSearch: false }} className={ENTRY} activeProps={ENTRY_ACTIVE}>
                  {say("admin.title")}
                </Link>
              )}
            </nav>
            <ViewMenu unit={unit} isAdmin={me?.role === "admin"} />
          </>
        )}
        <div className="ml-auto flex flex-wrap items-center gap-1 py-1.5">
          {me && <UnitSearch me={me} />}
          <PreferencesButton />
          {me && <AccountMenu me={me} />}
        </div>
      </div>
    </header>
  );
}
