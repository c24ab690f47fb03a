/** The frame of pages one sees before the book is open. */
import { type ReactNode, useEffect } from "react";

import { useSay } from "../words/useSay";
import { LanguageChoice } from "./LanguageChoice";

/** A title and what is to be done: so far down that the thumb reaches it, and above the keyboard. */
export function Doorway({ title, children }: { title: string; children: ReactNode }) {
  const { say } = useSay();
  useEffect(() => {
    document.title = say("app.title", { page: title });
  }, [say, title]);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col gap-5 px-4 pt-[max(2rem,calc(50dvh-18rem),env(safe-area-inset-top))] pb-8">
      <p className="flex items-center gap-2 font-semibold text-accent">
        <img src="/rep/icon.svg" alt="" className="size-8" />
        {say("app.name")}
      </p>
      <h1 className="text-2xl leading-snug font-semibold">{title}</h1>
      {children}
      <div className="mt-auto pt-6">
        <LanguageChoice />
      </div>
    </main>
  );
}
