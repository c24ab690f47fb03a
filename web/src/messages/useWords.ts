/** The words of the screen, for components. */
import { useLingui } from "@lingui/react";
import { useCallback } from "react";

import { type Language, type MessageId, type MessageValues, isLanguage } from "./words";

/** Says a message. */
export type Say = (id: MessageId, values?: MessageValues) => string;

/** How to say a message in the language in use, and which one that is. */
export function useWords(): { say: Say; language: Language } {
  const { i18n } = useLingui();
  // A new function for each language, so that nothing memoised keeps old words.
  const say = useCallback<Say>((id, values) => i18n._(id, values), [i18n, i18n.locale]);
  return { say, language: isLanguage(i18n.locale) ? i18n.locale : "ko" };
}
