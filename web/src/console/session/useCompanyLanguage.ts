/** The company's language, for who has not chosen one. */
import { useEffect } from "react";

import { isLanguage } from "../../messages/words";
import { usePreferences } from "../../ui/preferences/PreferencesContext";
import { isLanguageChosen } from "../../ui/preferences/preferences";

/** Speaks it. */
export function useCompanyLanguage(language: string | null | undefined): void {
  const { choose } = usePreferences();
  useEffect(() => {
    if (isLanguage(language) && !isLanguageChosen()) choose({ language });
  }, [language, choose]);
}
