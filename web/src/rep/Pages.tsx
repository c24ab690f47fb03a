/** The pages of an open book, by their address below `/rep`. */
import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";

import { CustomersPage } from "./customers/CustomersPage";
import { BottomBar } from "./frame/BottomBar";
import { Notices } from "./frame/Notices";
import { NotHere } from "./frame/NotHere";
import { Skip } from "./frame/Skip";
import { TodayPage } from "./today/TodayPage";

const SalePage = lazy(() => import("./add/SalePage"));
const ContactPage = lazy(() => import("./add/ContactPage"));
const NewCustomerPage = lazy(() => import("./add/NewCustomerPage"));
const ResultsPage = lazy(() => import("./results/ResultsPage"));
const MorePage = lazy(() => import("./more/MorePage"));
const DigestPage = lazy(() => import("./more/DigestPage"));
const PrintPage = lazy(() => import("./more/PrintPage"));
const InstallPage = lazy(() => import("./install/InstallPage"));

/** All of them, in the frame they share. */
export function Pages() {
  return (
    <div className="min-h-dvh md:pl-20 print:pl-0">
      <Skip />
      <Notices />
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
          <Route component={NotHere} />
        </Switch>
      </Suspense>
      <BottomBar />
    </div>
  );
}
