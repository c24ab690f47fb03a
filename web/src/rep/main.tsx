/** Where the rep's app begins. */
// First of all: it starts the worker.
import "./engine/first";
import "../styles.css";
import "./rep.css";

import { I18nProvider } from "@lingui/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";

import { i18n } from "../messages/i18n";
import { keptPreferences, showPreferences } from "../ui/preferences/preferences";
import { PreferencesProvider } from "../ui/preferences/PreferencesContext";
import { App } from "./App";
import { BookProvider } from "./book/BookContext";
import { openBook } from "./engine/client";
import { isElsewhere } from "./engine/first";
import { takePairingCode } from "./entrance/pairingCode";
import { InsecurePage } from "./entrance/InsecurePage";
import { ToastProvider } from "./frame/ToastContext";
import { listenForInstall } from "./install/installing";
import { UpdateProvider } from "./update/UpdateContext";
import { speak } from "./words/words";

// First of all: nothing else may see the code in the address.
const pairingCode = takePairingCode(location, history);
listenForInstall();

const preferences = keptPreferences();
showPreferences(preferences);
const [isOpenElsewhere] = await Promise.all([isElsewhere, speak(preferences.language)]);

const place = document.getElementById("rep");
if (!place) throw new Error("rep.html has no place for the app");
createRoot(place).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <PreferencesProvider initial={preferences} speak={speak}>
        {isSecureContext ? (
          <BookProvider open={() => openBook(isOpenElsewhere)}>
            <UpdateProvider>
              <ToastProvider>
                <Router base="/rep">
                  <App pairingCode={pairingCode} />
                </Router>
              </ToastProvider>
            </UpdateProvider>
          </BookProvider>
        ) : (
          <InsecurePage address={location.origin} />
        )}
      </PreferencesProvider>
    </I18nProvider>
  </StrictMode>,
);
