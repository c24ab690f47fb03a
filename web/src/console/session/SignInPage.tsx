/** The page of who is not signed in. */
import { useWords } from "../../messages/useWords";
import { Note } from "../../ui/Note";
import { Wordmark } from "../frame/Wordmark";
import { LanguageLinks } from "../preferences/LanguageLinks";
import { OpenIdButton } from "./OpenIdButton";
import { SetupCommand } from "./SetupCommand";
import { SignInForm } from "./SignInForm";
import { useCompanyLanguage } from "./useCompanyLanguage";
import { useWays } from "./useWays";

/** Signing in, alone on the page. */
export function SignInPage() {
  const { say } = useWords();
  const ways = useWays();
  useCompanyLanguage(ways?.language);
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-sm content-center gap-8 p-6">
      <title>{say("sign-in.title")}</title>
      <header className="grid gap-2">
        <Wordmark />
        <h1 className="text-2xl leading-tight font-semibold">{say("sign-in.title")}</h1>
        <p className="text-quiet">
          {ways?.company && <span className="block font-medium text-ink">{ways.company}</span>}
          {say("sign-in.words")}
        </p>
      </header>
      {ways?.setup && (
        <Note tone="warn">
          <p>
            {say("sign-in.not-set-up")} <SetupCommand />
          </p>
        </Note>
      )}
      {ways?.openid && <OpenIdButton name={ways.openid.name} />}
      <SignInForm />
      <footer className="border-t pt-4 text-sm">
        <LanguageLinks />
      </footer>
    </main>
  );
}
