/** The views of a unit, where the bar has no room for them side by side. */
import { useNavigate } from "@tanstack/react-router";
import { Menu as MenuIcon } from "lucide-react";
import { MenuTrigger } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { Choices } from "../../ui/Choices";
import { VIEWS } from "./views";

/** The administrator's own entry. */
const ADMIN = "/admin";

/** One button that opens them. */
export function ViewMenu({ unit, isAdmin }: { unit: string; isAdmin: boolean }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const go = (to: string) => {
    if (to === ADMIN) return void navigate({ to: ADMIN });
    const view = VIEWS.find((one) => one.to === to);
    if (view) void navigate({ to: view.to, params: { unit } });
  };
  const views = VIEWS.map(({ to, id }) => ({ id: to, words: say(id) }));
  return (
    <div className="lg:hidden">
      <MenuTrigger>
        <Button variant="quiet" aria-label={say("frame.views")}>
          <MenuIcon aria-hidden className="size-5" />
        </Button>
        <Choices
          label={say("frame.views")}
          items={[...views, ...(isAdmin ? [{ id: ADMIN, words: say("admin.title") }] : [])]}
          onChoose={go}
        />
      </MenuTrigger>
    </div>
  );
}
