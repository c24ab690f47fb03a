/** What the console asks the hub, once and for all views. */
import { QueryClient, queryOptions } from "@tanstack/react-query";

import { api, told } from "../sdk/browser";
import { waitMs } from "../sdk/backoff";
import { Problem } from "../sdk/problem";
import type { Period } from "./period";

/** An answer is shown again without asking for so long. */
const FRESH_MS = 10_000;
/** Names and places change by orders, a few times a day. */
const FRESH_ORGANISATION_MS = 300_000;
/** Tries before a view says that it cannot show anything; it goes on trying when asked. */
const TRIES = 3;
/** Rows of one page: the most the hub gives. */
const PAGE_ROWS = 1_000;
/** Pages of one view. Who needs more rows takes a file. */
const PAGES = 60;

/** The client of all queries. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      refetchOnWindowFocus: false,
      networkMode: "always",
      retry: (tries, thrown) => tries < TRIES && Problem.from(thrown).mayPass,
      retryDelay: (tries) => waitMs(tries, Math.random()),
    },
    // What is ordered without a network fails at once, in words; it is not done at some later time.
    mutations: { networkMode: "always" },
  },
});

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => told(api.GET("/api/v1/me")),
  staleTime: FRESH_ORGANISATION_MS,
});

/** All pages of an answer, as one. */
async function allPages<Page extends { next?: string | null }, Row>(
  ask: (after: string | undefined) => Promise<Page>,
  rows: (page: Page) => Row[],
): Promise<{ last: Page; rows: Row[] }> {
  const all: Row[] = [];
  let after: string | undefined;
  for (let number = 0; number < PAGES; number++) {
    const page = await ask(after);
    all.push(...rows(page));
    if (!page.next) return { last: page, rows: all };
    after = page.next;
  }
  throw new Problem(400, "WEB-TOO-MANY-ROWS", "this is more than one page can show");
}

/** A unit's place, and the units under it at a level (the next one below, where none is named). */
export function organisationQuery(unit: string, on: string, level?: string) {
  return queryOptions({
    queryKey: ["organisation", unit, on, level ?? ""],
    queryFn: async () => {
      const asked = { unit, on, limit: PAGE_ROWS, ...(level ? { level } : {}) };
      const { last, rows } = await allPages(
        (after) => told(api.GET("/api/v1/organisation", { params: { query: after ? { ...asked, after } : asked } })),
        (page) => page.units,
      );
      return { ...last, units: rows };
    },
    staleTime: FRESH_ORGANISATION_MS,
  });
}

/** What a question to the figures asks about. */
export interface FigureQuestion extends Period {
  readonly unit: string;
  readonly level: string;
  readonly by?: "unit" | "product" | "type" | "day";
}

/** Figures of now, all rows of them. */
export async function askFigures(question: FigureQuestion, signal?: AbortSignal) {
  const { last, rows } = await allPages(
    async (after) => {
      const query = { ...question, limit: PAGE_ROWS, ...(after ? { after } : {}) };
      const page = await told(api.GET("/api/v1/figures", { params: { query }, ...(signal ? { signal } : {}) }));
      // The same address gives files, which are texts; nobody asked for one.
      if (typeof page === "string") throw new Problem(200, "WEB-UNREADABLE", "the answer is no JSON");
      return page;
    },
    (page) => page.rows,
  );
  return { ...last, rows };
}

/** Figures of now. What another question was answered with never stands in for them. */
export function figuresQuery(question: FigureQuestion) {
  return queryOptions({
    queryKey: ["figures", question],
    queryFn: ({ signal }) => askFigures(question, signal),
  });
}

/** Targets and what is reached of them. */
export function targetsQuery(unit: string, level: string, period: Period) {
  return queryOptions({
    queryKey: ["targets", unit, level, period],
    queryFn: () => told(api.GET("/api/v1/targets", { params: { query: { unit, level, ...period } } })),
  });
}

/** The policies behind a unit's figures; another `state` of the figures asks again. */
export function policiesQuery(unit: string, period: Period, state = "") {
  return queryOptions({
    queryKey: ["policies", unit, period, state],
    queryFn: async () => {
      const { last, rows } = await allPages(
        (after) => {
          const query = { unit, ...period, limit: PAGE_ROWS, ...(after ? { after } : {}) };
          return told(api.GET("/api/v1/policies", { params: { query } }));
        },
        (page) => page.rows,
      );
      return { ...last, rows };
    },
  });
}

/** A policy's entries and edits. */
export function policyQuery(policy: string) {
  return queryOptions({
    queryKey: ["policy", policy],
    queryFn: () => told(api.GET("/api/v1/policies/{policy}", { params: { path: { policy } } })),
  });
}

/** The stamps of days. */
export function closingsQuery(period: Period) {
  return queryOptions({
    queryKey: ["closings", period],
    queryFn: () => told(api.GET("/api/v1/closings", { params: { query: { ...period } } })),
  });
}

/** What came after a day was closed. */
export function explanationQuery(unit: string, date: string) {
  return queryOptions({
    queryKey: ["explanation", unit, date],
    queryFn: () => {
      const query = { unit, date, between: "closed,now" };
      return told(api.GET("/api/v1/explain", { params: { query } }));
    },
  });
}

/** Exceptions to closed days: those that are open, or all. */
export function exceptionsQuery(open: boolean) {
  return queryOptions({
    queryKey: ["exceptions", open],
    queryFn: () => told(api.GET("/api/v1/exceptions", { params: { query: { open } } })),
  });
}

/** Policies of a unit that wait for approval. */
export function approvalsQuery(unit: string) {
  return queryOptions({
    queryKey: ["approvals", unit],
    queryFn: () => told(api.GET("/api/v1/approvals", { params: { query: { unit } } })),
  });
}
