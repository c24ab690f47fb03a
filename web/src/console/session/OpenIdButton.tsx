/** Signing in at the company's own provider. */
import { LogIn } from "lucide-react";

import { useWords } from "../../messages/useWords";
import { openIdStart } from "../../sdk/entry";
import { buttonClass } from "../../ui/buttonClass";

/** A link that leaves the page, and comes back to where one was. */
export function OpenIdButton({ name }: { name: string }) {
  const { say } = useWords();
  return (
    <div className="grid gap-4">
      <a
        href={openIdStart(`${location.pathname}${location.search}`, say("sign-in.device"))}
        className={buttonClass("primary")}
        data-openid=""
      >
        <LogIn aria-hidden className="size-4" />
        {say("sign-in.openid", { name })}
      </a>
      <p className="flex items-center gap-3 text-sm text-quiet before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
        {say("sign-in.or")}
      </p>
    </div>
  );
}
