/** The languages, each in its own words. */
import { useWords } from "../../messages/useWords";
import { LANGUAGES } from "../../messages/words";
import { Button } from "../../ui/Button";
import { usePreferences } from "../../ui/preferences/PreferencesContext";

/** One press for each language. */
export function LanguageLinks() {
  const { say, language } = useWords();
  const { choose } = usePreferences();
  return (
    <div role="group" aria-label={say("preferences.language")} className="flex flex-wrap gap-1">
      {LANGUAGES.map((one) => (
        <Button key={one} variant="quiet" aria-pressed={one === language} onPress={() => choose({ language: one })}>
          <span lang={one}>{say(`language.${one}`)}</span>
        </Button>
      ))}
    </div>
  );
}
