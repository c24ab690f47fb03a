/** The company's own sign-in came to nothing: why, and the way back. */
import { ShieldX } from "lucide-react";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { buttonClass } from "../../ui/buttonClass";
import { LanguageLinks } from "../preferences/LanguageLinks";
import { Wordmark } from "../frame/Wordmark";

/** What a code may look like; anything else in the address is not shown. */
const CODE = /^[A-Z0-9-]{1,40}$/;

/** The page. */
export function SignInFailed({ code }: { code: string | null }) {
  const { say } = useWords();
  const known = code !== null && CODE.test(code) ? code : null;
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-md content-center justify-items-start gap-5 p-6">
      <title>{say("sign-in-failed.title")}</title>
      <Wordmark />
      <h1 className="flex items-center gap-2 text-2xl leading-tight font-semibold">
        <ShieldX aria-hidden className="size-6 shrink-0 text-bad" />
        {say("sign-in-failed.title")}
      </h1>
      <p>{say(wordsOf(known))}</p>
      {known && <p className="text-sm text-quiet">({known})</p>}
      <a href="/" className={buttonClass("primary")}>
        {say("sign-in-failed.again")}
      </a>
      <footer className="w-full border-t pt-4 text-sm">
        <LanguageLinks />
      </footer>
    </main>
  );
}

/** Codes that have words of their own. */
const BY_CODE: Readonly<Record<string, MessageId>> = {
  "OPENID-NO-ACCOUNT": "sign-in-failed.account",
  "OPENID-ACCOUNT-CLOSED": "sign-in-failed.disabled",
  "OPENID-STATE": "sign-in-failed.expired",
  "OPENID-REFUSED": "sign-in-failed.refused",
  "OPENID-AWAY": "sign-in-failed.away",
};

function wordsOf(code: string | null): MessageId {
  return (code === null ? undefined : BY_CODE[code]) ?? "sign-in-failed.words";
}
