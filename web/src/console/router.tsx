/** The addresses of the console. Each view is one, with unit, days, split and order in it, so it can be shared. */
import { createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { adminRoutes } from "./admin/routes";
import { Board } from "./board/Board";
import { readSplit, type Split } from "./board/split";
import { Caught } from "./frame/Caught";
import { OwnUnit } from "./frame/OwnUnit";
import { WholeCompany } from "./frame/WholeCompany";
import { type PeriodSearch, readPeriod } from "./period";
import { root } from "./rootRoute";

/** What stands behind the question mark of a board. */
export interface BoardSearch extends PeriodSearch {
  /** What the rows are split by; units where it is left out. */
  readonly by?: Split;
  /** The column the rows are in order of; descending with a `-` before it. */
  readonly sort?: string;
  /** The regions in their true shapes; tiles where it is left out. */
  readonly map?: true;
}

/** A column as an address names it. */
const SORT = /^-?[a-z_]{1,32}$/;

function readBoard(search: Record<string, unknown>): BoardSearch {
  const by = readSplit(search["by"]);
  const sort = typeof search["sort"] === "string" && SORT.test(search["sort"]) ? search["sort"] : undefined;
  return { ...readPeriod(search), ...(by ? { by } : {}), ...(sort ? { sort } : {}), ...(search["map"] === true ? { map: true } : {}) };
}

/** What stands behind the question mark of a policy: where one came from. */
export interface PolicySearch extends PeriodSearch {
  /** The unit whose list it was in. */
  readonly unit?: string;
}

function readPolicy(search: Record<string, unknown>): PolicySearch {
  const unit = typeof search["unit"] === "string" ? { unit: search["unit"] } : {};
  return { ...readPeriod(search), ...unit };
}

/** Two ranges of days. */
export interface CompareSearch extends PeriodSearch {
  /** First day of the other range. */
  readonly from2?: string;
  /** Last day of the other range. */
  readonly to2?: string;
}

function readCompare(search: Record<string, unknown>): CompareSearch {
  const { from, to } = readPeriod({ from: search["from2"], to: search["to2"] });
  return { ...readPeriod(search), ...(from ? { from2: from } : {}), ...(to ? { to2: to } : {}) };
}

const own = createRoute({ getParentRoute: () => root, path: "/", component: OwnUnit });
const hq = createRoute({ getParentRoute: () => root, path: "/hq", component: WholeCompany });

const board = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit",
  validateSearch: readBoard,
  component: Board,
});

const closings = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/closings",
  validateSearch: readPeriod,
  component: lazyRouteComponent(() => import("./closings/Closings"), "Closings"),
});

/** Targets: seen, or set for one type of product or all. */
export interface TargetSearch extends PeriodSearch {
  /** Whether they are being set. */
  readonly set?: true;
  /** The type of product they are set for. */
  readonly type?: string;
}

const TYPE = /^[\w-]{1,64}$/;

function readTargets(search: Record<string, unknown>): TargetSearch {
  const type = typeof search["type"] === "string" && TYPE.test(search["type"]) ? { type: search["type"] } : {};
  return { ...readPeriod(search), ...(search["set"] === true ? { set: true } : {}), ...type };
}

const exceptions = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/closings/exceptions",
  validateSearch: (search: Record<string, unknown>): { all?: true } => (search["all"] === true ? { all: true } : {}),
  component: lazyRouteComponent(() => import("./exceptions/Exceptions"), "Exceptions"),
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/closings/approvals",
  component: lazyRouteComponent(() => import("./approvals/Approvals"), "Approvals"),
});

const trend = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/trend",
  validateSearch: readPeriod,
  component: lazyRouteComponent(() => import("./trend/Trend"), "Trend"),
});

const mix = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/mix",
  validateSearch: readPeriod,
  component: lazyRouteComponent(() => import("./mix/Mix"), "Mix"),
});

const targets = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/targets",
  validateSearch: readTargets,
  component: lazyRouteComponent(() => import("./targets/Targets"), "Targets"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/unit/$unit/compare",
  validateSearch: readCompare,
  component: lazyRouteComponent(() => import("./compare/Compare"), "Compare"),
});

const policy = createRoute({
  getParentRoute: () => root,
  path: "/policy/$policy",
  validateSearch: readPolicy,
  component: lazyRouteComponent(() => import("./policies/PolicyPage"), "PolicyPage"),
});

const edit = createRoute({
  getParentRoute: () => root,
  path: "/policy/$policy/edit/$change",
  validateSearch: readPolicy,
  component: lazyRouteComponent(() => import("./policies/EditPage"), "EditPage"),
});

/** The router. */
export const router = createRouter({
  routeTree: root.addChildren([own, hq, board, closings, exceptions, approvals, trend, mix, targets, compare, policy, edit, adminRoutes]),
  defaultPreload: "intent",
  defaultErrorComponent: Caught,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
