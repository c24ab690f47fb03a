/** Who is signed in, and signing out. */
import { CircleUserRound } from "lucide-react";
import { MenuTrigger } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { session } from "../../sdk/browser";
import { Button } from "../../ui/Button";
import { Choices } from "../../ui/Choices";
import type { Me } from "../types";

/** The menu of the account. */
export function AccountMenu({ me }: { me: Me }) {
  const { say } = useWords();
  const signOut = () => void session.signOut().catch(() => undefined);
  return (
    <MenuTrigger>
      <Button variant="quiet" aria-label={say("account.menu", { user: me.user })}>
        <CircleUserRound aria-hidden className="size-5" />
        <span className="hidden max-w-40 truncate sm:inline">{me.user}</span>
      </Button>
      <Choices
        label={say("account.menu", { user: me.user })}
        items={[{ id: "out", words: say("account.sign-out") }]}
        onChoose={signOut}
      />
    </MenuTrigger>
  );
}
