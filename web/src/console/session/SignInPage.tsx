/** The page of who is not signed in. */
import { useWords } from "../../messages/useWords";
import { Wordmark } from "../frame/Wordmark";
import { LanguageLinks } from "../preferences/LanguageLinks";
import { SignInForm } from "./SignInForm";

/** Signing in, alone on the page. */
export function SignInPage() {
  const { say } = useWords();
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-sm content-center gap-8 p-6">
      <title>{say("sign-in.title")}</title>
      <header className="grid gap-2">
        <Wordmark />
        <h1 className="text-2xl leading-tight font-semibold">{say("sign-in.title")}</h1>
        <p className="text-quiet">{say("sign-in.words")}</p>
      </header>
      <SignInForm />
      <footer className="border-t pt-4 text-sm">
        <LanguageLinks />
      </footer>
    </main>
  );
}
