/** The words of the app, for components. */
import { useLingui } from "@lingui/react";
import { useCallback } from "react";

import { isLanguage, type Language } from "../../messages/language";
import type { MessageValues } from "../../messages/i18n";
import type { WordId } from "./words";

/** Says a message. */
export type Say = (id: WordId, values?: MessageValues) => string;

/** How to say a message in the language in use, and which one that is. */
export function useSay(): { say: Say; language: Language } {
  const { i18n } = useLingui();
  // A new function for each language, so that nothing memoised keeps old words.
  const say = useCallback<Say>((id, values) => i18n._(id, values), [i18n, i18n.locale]);
  return { say, language: isLanguage(i18n.locale) ? i18n.locale : "ko" };
}
