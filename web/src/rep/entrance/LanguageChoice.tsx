/** The languages, each in its own words. */
import { LANGUAGES } from "../../messages/language";
import { usePreferences } from "../../ui/preferences/PreferencesContext";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";

/** One press for each. */
export function LanguageChoice() {
  const { say, language } = useSay();
  const { choose } = usePreferences();
  return (
    <div role="group" aria-label={say("settings.language")} className="flex flex-wrap gap-1">
      {LANGUAGES.map((one) => (
        <Button key={one} aria-pressed={one === language} onClick={() => choose({ language: one })}>
          <span lang={one}>{say(`language.${one}`)}</span>
        </Button>
      ))}
    </div>
  );
}
