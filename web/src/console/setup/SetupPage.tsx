/** A hub's first visit: the company, and who administers it. */
import { useQuery } from "@tanstack/react-query";
import { Link2Off } from "lucide-react";

import { useWords } from "../../messages/useWords";
import { checkSetup } from "../../sdk/entry";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { ProblemNote } from "../../ui/ProblemNote";
import { Wordmark } from "../frame/Wordmark";
import { LanguageLinks } from "../preferences/LanguageLinks";
import { SetupCommand } from "../session/SetupCommand";
import { SetupForm } from "./SetupForm";

/** The page; the link is good once and for half an hour. */
export function SetupPage({ token }: { token: string | null }) {
  const { say } = useWords();
  const link = useQuery({
    queryKey: ["setup-link"],
    queryFn: () => checkSetup(token ?? ""),
    enabled: token !== null,
    retry: false,
    staleTime: Infinity,
  });
  const problem = link.error ? Problem.from(link.error) : null;
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-lg content-center gap-6 p-6">
      <title>{say("setup.title")}</title>
      <header className="grid gap-2">
        <Wordmark />
        <h1 className="text-2xl leading-tight font-semibold">{say("setup.title")}</h1>
        <p className="text-quiet">{say("setup.words")}</p>
      </header>
      {token === null || problem?.needsSignIn || problem?.code === ALREADY_DONE ? (
        <LinkIsOver isTyped={token !== null} />
      ) : problem ? (
        <div className="grid justify-items-start gap-3">
          <ProblemNote problem={problem} />
          <Button onPress={() => void link.refetch()}>{say("action.again")}</Button>
        </div>
      ) : link.data ? (
        <SetupForm token={token} link={link.data} />
      ) : (
        <p role="status" className="text-quiet">
          {say("state.loading")}
        </p>
      )}
      <footer className="border-t pt-4 text-sm">
        <LanguageLinks />
      </footer>
    </main>
  );
}

function LinkIsOver({ isTyped }: { isTyped: boolean }) {
  const { say } = useWords();
  return (
    <div role="alert" className="grid gap-3 border-l-2 border-bad bg-bad-well px-4 py-3" data-link-over="">
      <p className="flex items-center gap-2 font-semibold">
        <Link2Off aria-hidden className="size-4 shrink-0" />
        {say(isTyped ? "setup.over" : "setup.no-link")}
      </p>
      <p>{say("setup.new-link")}</p>
      <p>
        <SetupCommand />{" "}
        <span className="text-sm text-quiet">({CODE})</span>
      </p>
    </div>
  );
}

const CODE = "SETUP-LINK";
/** Somebody set the hub up meanwhile. */
const ALREADY_DONE = "SETUP-DONE";
