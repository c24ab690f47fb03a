/** The pages of an open book, by their address below `/rep`. */
import { Suspense } from "react";
import { Route, Switch, useLocation } from "wouter";

import { BottomBar } from "./frame/BottomBar";
import { Caught } from "./frame/Caught";
import { NotHere } from "./frame/NotHere";
import { Skip } from "./frame/Skip";
import { later, useLoadedAll } from "./later";
import { TodayPage } from "./today/TodayPage";
import { withLateWords } from "./words/words";

const CustomersPage = later(() => import("./customers/CustomersPage"));
const SalePage = later(() => import("./add/SalePage"));
const ContactPage = later(withLateWords(() => import("./add/ContactPage")));
const NewCustomerPage = later(() => import("./add/NewCustomerPage"));
const ResultsPage = later(withLateWords(() => import("./results/ResultsPage")));
const MorePage = later(withLateWords(() => import("./more/MorePage")));
const DigestPage = later(() => import("./more/DigestPage"));
const PrintPage = later(() => import("./more/PrintPage"));
const InstallPage = later(() => import("./install/InstallPage"));
const HelpPage = later(withLateWords(() => import("./more/HelpPage")));
const DevicesPage = later(withLateWords(() => import("./more/DevicesPage")));

/** All of them, in the frame they share. */
export function Pages() {
  useLoadedAll();
  const [place] = useLocation();
  return (
    <div className="min-h-dvh md:pl-20 print:pl-0">
      <Skip />
      <Caught place={place}>
        <Suspense fallback={null}>
          <Switch>
            <Route path="/" component={TodayPage} />
            <Route path="/customers" component={CustomersPage} />
            <Route path="/customers/:id" component={CustomersPage} />
            <Route path="/customers/:id/:tab" component={CustomersPage} />
            <Route path="/sale" component={SalePage} />
            <Route path="/contact/:channel" component={ContactPage} />
            <Route path="/new-customer" component={NewCustomerPage} />
            <Route path="/results" component={ResultsPage} />
            <Route path="/more" component={MorePage} />
            <Route path="/more/digest" component={DigestPage} />
            <Route path="/more/print" component={PrintPage} />
            <Route path="/more/install" component={InstallPage} />
            <Route path="/more/devices" component={DevicesPage} />
            <Route path="/more/help" component={HelpPage} />
            <Route component={NotHere} />
          </Switch>
        </Suspense>
      </Caught>
      <BottomBar />
    </div>
  );
}
