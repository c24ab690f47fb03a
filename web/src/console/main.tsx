/** Where the console begins. */
import "../styles.css";

import { I18nProvider } from "@lingui/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nProvider as AriaLanguage } from "react-aria-components";

import { i18n, speak } from "../messages/words";
import { session } from "../sdk/browser";
import { queries } from "./queries";
import { PreferencesProvider } from "../ui/preferences/PreferencesContext";
import { keptPreferences, showPreferences } from "../ui/preferences/preferences";
import { router } from "./router";
import { Entrance } from "./session/Entrance";
import { takeSetupToken } from "./session/setupToken";

// First of all: nothing else may see the token in the address.
const setupToken = takeSetupToken(location, history);

const preferences = keptPreferences();
showPreferences(preferences);
await speak(preferences.language);

// After a new sign-in everything on the screen is asked for again, with the rights of now.
session.subscribe(() => {
  if (session.state === "signed-in") void queries.invalidateQueries();
});

const place = document.getElementById("console");
if (!place) throw new Error("index.html has no place for the console");
createRoot(place).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <AriaLanguage locale={preferences.language}>
        <PreferencesProvider initial={preferences} speak={speak}>
          <QueryClientProvider client={queries}>
            <Entrance setupToken={setupToken}>
              <RouterProvider router={router} />
            </Entrance>
          </QueryClientProvider>
        </PreferencesProvider>
      </AriaLanguage>
    </I18nProvider>
  </StrictMode>,
);
