/**
 * Lets the console through to who is signed in. When a session ends, signing in comes over the page: what was on it
 * stays, and the address with it.
 */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { session } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { ProblemNote } from "../../ui/ProblemNote";
import { OpenIdButton } from "./OpenIdButton";
import { SignInForm } from "./SignInForm";
import { SignInPage } from "./SignInPage";
import { useSessionState } from "./useSession";
import { forgetPerson, useWays } from "./useWays";

/** The children, once somebody is signed in. */
export function SessionGate({ children }: { children: ReactNode }) {
  const state = useSessionState();
  const { problem, resume } = useResume();
  const { say } = useWords();
  const client = useQueryClient();
  const ways = useWays();
  useEffect(() => {
    // Nothing of one person's figures is left for the next.
    if (state === "signed-out") forgetPerson(client);
  }, [state, client]);

  if (state === "unknown") {
    if (!problem) return null;
    return (
      <main className="mx-auto grid min-h-dvh max-w-md content-center gap-4 p-6">
        <ProblemNote problem={problem} />
        <Button onPress={resume}>{say("action.again")}</Button>
      </main>
    );
  }
  if (state === "signed-out") return <SignInPage />;
  return (
    <>
      {children}
      <ModalOverlay
        isOpen={state === "ended"}
        className="fixed inset-0 z-50 grid place-items-center overflow-y-auto bg-page/80 p-4 backdrop-blur-[2px]"
      >
        <Modal className="w-full max-w-sm border border-edge bg-sheet p-6 shadow-lg outline-none">
          <Dialog className="outline-none" aria-label={say("session.ended.title")}>
            <h2 className="mb-1 text-lg font-semibold">{say("session.ended.title")}</h2>
            <p className="mb-5 text-quiet">{say("session.ended.words")}</p>
            {ways?.openid && <OpenIdButton name={ways.openid.name} />}
            <SignInForm />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </>
  );
}

function useResume() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const resume = useCallback(() => {
    setProblem(null);
    session.resume().catch((thrown: unknown) => setProblem(Problem.from(thrown)));
  }, []);
  useEffect(resume, [resume]);
  return { problem, resume };
}
