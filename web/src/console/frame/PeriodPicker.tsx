/** Choosing the days a view is about. They are in the address, so that it can be shared. */
import { useNavigate } from "@tanstack/react-router";
import { CalendarRange } from "lucide-react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { tagOf } from "../../ui/numbers";
import { dayWords } from "../days";
import { type Period, type PeriodSearch, PRESETS, presetSearch } from "../period";
import { DayFields } from "./DayFields";

/** Today, yesterday, a week, this month, or any days. */
export function PeriodPicker({ today, period, isTodayUsual }: { today: string; period: Period; isTodayUsual: boolean }) {
  const { say, language } = useWords();
  const navigate = useNavigate();
  const { from, to } = period;
  const go = (days: PeriodSearch) => {
    const keep = (now: Record<string, unknown>) => {
      const { from: _from, to: _to, ...rest } = now;
      return { ...rest, ...days };
    };
    void navigate({ to: ".", search: keep as never });
  };
  const words = (day: string) => dayWords(day, tagOf(language));
  return (
    <DialogTrigger>
      <Button>
        <span className="sr-only">{say("period.choose")}</span>
        <CalendarRange aria-hidden className="size-4" />
        {from === today && to === today && <span className="font-semibold">{say("period.today")}</span>}
        <span>{from === to ? words(from) : `${words(from)} – ${words(to)}`}</span>
      </Button>
      <Popover className="max-w-[calc(100vw-1rem)] border border-edge bg-sheet shadow-md">
        <Dialog className="grid gap-4 p-4 outline-none" aria-label={say("period.title")}>
          {({ close }) => (
            <>
              <div className="flex flex-wrap gap-1">
                {PRESETS.map((preset) => (
                  <Button
                    key={preset}
                    onPress={() => {
                      go(preset === "today" && !isTodayUsual ? { from: today, to: today } : presetSearch(preset, today));
                      close();
                    }}
                  >
                    {say(`period.${preset}`)}
                  </Button>
                ))}
              </div>
              <DayFields
                from={from}
                to={to}
                last={today}
                onChosen={(days) => {
                  go(days);
                  close();
                }}
              />
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
