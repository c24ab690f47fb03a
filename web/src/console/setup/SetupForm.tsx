/** Company, zone, language, and the first administrator. */
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../messages/useWords";
import { LANGUAGES } from "../../messages/words";
import { setUp, type SetupLink } from "../../sdk/entry";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { FIELD } from "../../ui/fieldClass";
import { ProblemNote } from "../../ui/ProblemNote";
import { SetupCommand } from "../session/SetupCommand";
import { clockIn } from "../days";
import { exactIn, textIn } from "../forms";

const CODE_OF_LINK = "SETUP-LINK";

/** The form; afterwards the console, signed in. */
export function SetupForm({ token, link }: { token: string; link: SetupLink }) {
  const { say, language } = useWords();
  const [isUnlike, setUnlike] = useState(false);
  const set = useMutation({
    mutationFn: setUp,
    // The cookie is here: the console begins anew, as on any other visit.
    onSuccess: () => location.replace("/admin/people"),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [password, again] = [exactIn(fields, "password"), exactIn(fields, "again")];
    setUnlike(password !== again);
    if (password !== again) return;
    const text = (name: string) => textIn(fields, name);
    const device_name = say("sign-in.device");
    const answers = { company: text("company"), zone: text("zone"), language: text("language"), user: text("user") };
    set.mutate({ token, ...answers, password, device_name });
  };
  const problem = set.error ? Problem.from(set.error) : null;
  const zones = link.zones.includes(link.zone) ? link.zones : [link.zone, ...link.zones];
  return (
    <form onSubmit={submit} className="grid gap-4 bg-sheet p-5">
      <Field label={say("setup.company")}>
        <input name="company" required autoComplete="organization" className={FIELD} />
      </Field>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        <Field label={say("setup.zone")} hint={say("setup.zone.means")}>
          <select name="zone" defaultValue={link.zone} className={FIELD}>
            {zones.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </Field>
        <Field label={say("preferences.language")} hint={say("setup.language.means")}>
          <select name="language" defaultValue={language} key={language} className={FIELD}>
            {LANGUAGES.map((one) => (
              <option key={one} value={one} lang={one}>
                {say(`language.${one}`)}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <fieldset className="grid gap-4 border-t pt-4">
        <legend className="sr-only">{say("setup.administrator")}</legend>
        <p aria-hidden className="font-semibold">
          {say("setup.administrator")}
        </p>
        <Field label={say("sign-in.user")}>
          <input name="user" required autoComplete="username" spellCheck={false} className={FIELD} />
        </Field>
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <Field label={say("sign-in.password")}>
            <input name="password" type="password" required autoComplete="new-password" className={FIELD} />
          </Field>
          <Field label={say("setup.password-again")}>
            <input name="again" type="password" required autoComplete="new-password" className={FIELD} />
          </Field>
        </div>
      </fieldset>
      <div role="alert">
        {isUnlike && <p className="border-l-2 border-bad bg-bad-well px-3 py-2 text-bad">{say("setup.unlike")}</p>}
      </div>
      {problem?.code === CODE_OF_LINK ? (
        <p role="alert" className="border-l-2 border-bad bg-bad-well px-3 py-2">
          {say("setup.over")} {say("setup.new-link")} <SetupCommand /> ({problem.code})
        </p>
      ) : (
        problem && <ProblemNote problem={problem} />
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button type="submit" variant="primary" isPending={set.isPending}>
          {say("setup.submit")}
        </Button>
        <span className="text-sm text-quiet">
          {say("setup.until", { at: clockIn(link.zone, link.expires_ms).slice(0, -3) })}
        </span>
      </div>
    </form>
  );
}
