/** The keys of the console, and the list of them that `?` opens. */
import { useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { NATION } from "../levels";
import type { Me } from "../types";
import { KeyHelp } from "./KeyHelp";
import { type KeyAction, KeyReader } from "./keyReader";
import { moveAmongRows } from "./rows";

/** Listens while the console is open. */
export function Keys({ me }: { me: Me }) {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const navigate = useNavigate();
  const router = useRouter();
  const params = useParams({ strict: false });
  useEffect(() => {
    const reader = new KeyReader();
    const toLevel = (level: "nation" | "region" | "branch") => {
      const crumbs = [...document.querySelectorAll<HTMLElement>("[data-crumb-level]")];
      const crumb = crumbs.find((one) => one.dataset["crumbLevel"] === level);
      if (crumb?.dataset["crumb"]) void navigate({ to: "/unit/$unit", params: { unit: crumb.dataset["crumb"] } });
      else if (level === "nation" && me.level === "nation") void navigate({ to: "/unit/$unit", params: { unit: NATION } });
    };
    const act: Record<KeyAction, () => void> = {
      search: () => document.getElementById("unit-search")?.focus(),
      nation: () => toLevel("nation"),
      region: () => toLevel("region"),
      branch: () => toLevel("branch"),
      next: () => moveAmongRows(1),
      previous: () => moveAmongRows(-1),
      up: () => document.querySelector<HTMLAnchorElement>("[data-up]")?.click(),
      export: () => document.querySelector<HTMLElement>("[data-export]")?.click(),
      help: () => setHelpOpen(true),
    };
    const listen = (event: KeyboardEvent) => {
      const action = reader.press(event, performance.now());
      if (!action) return;
      event.preventDefault();
      act[action]();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [me, navigate, router, params]);
  return <KeyHelp isOpen={isHelpOpen} close={() => setHelpOpen(false)} />;
}
