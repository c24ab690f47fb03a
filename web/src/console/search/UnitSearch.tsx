/** Finding a unit by its name or code; `/` comes here. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { session } from "../../sdk/browser";
import { dayIn } from "../days";
import { organisationQuery } from "../queries";
import type { Me } from "../types";
import { found, searchLevels } from "./found";

/** The search field. */
export function UnitSearch({ me }: { me: Me }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [isWanted, setWanted] = useState(false);
  const on = dayIn(me.zone, session.hubNow());
  const [first, second] = searchLevels(me.level ?? "rep");
  const upper = useQuery({ ...organisationQuery(me.unit, on, first), enabled: isWanted });
  const lower = useQuery({ ...organisationQuery(me.unit, on, second), enabled: isWanted });
  const isLooking = upper.isLoading || lower.isLoading;
  const items = found([...(upper.data?.units ?? []), ...(lower.data?.units ?? [])], text);
  const go = (unit: string) => {
    setText("");
    void navigate({ to: "/unit/$unit", params: { unit } });
  };
  return (
    <ComboBox
      inputValue={text}
      onInputChange={setText}
      onFocus={() => setWanted(true)}
      value={null}
      onChange={(key) => key !== null && go(String(key))}
      allowsCustomValue
      allowsEmptyCollection
      items={items}
      className="relative"
    >
      <Label className="sr-only">{say("search.label")}</Label>
      <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-quiet" />
      <Input
        id="unit-search"
        placeholder={say("search.placeholder")}
        className="min-h-9 w-32 rounded-sm border border-edge bg-page pr-2 pl-8 text-sm placeholder:text-quiet sm:w-52"
        onKeyDown={(event) => {
          const only = items[0];
          // Enter belongs to the input method while a syllable is being put together.
          if (event.key === "Enter" && !event.nativeEvent.isComposing && !isLooking && items.length === 1 && only) go(only.unit);
        }}
      />
      <Popover className="w-72 max-w-[90vw] border border-edge bg-sheet shadow-md">
        <ListBox
          className="max-h-80 overflow-y-auto py-1 outline-none"
          renderEmptyState={() => <p className="px-4 py-2 text-sm text-quiet">{say(isLooking ? "state.loading" : "search.nothing")}</p>}
        >
          {(item: (typeof items)[number]) => (
            <ListBoxItem
              id={item.unit}
              textValue={item.name}
              className="flex min-h-9 cursor-pointer items-baseline gap-2 px-4 py-1.5 text-sm outline-none data-[focused]:bg-tint"
            >
              {item.name} <span className="text-xs text-quiet">{item.unit}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
