import { expect, test } from "vitest";

import type { PolicyRow } from "../engine/contract";
import { anniversaryFrom, comingAnniversaries } from "./anniversaries";

test.each<[string, string, string, { on: string; years: number } | null]>([
  ["on the day itself", "2024-11-27", "2026-11-27", { on: "2026-11-27", years: 2 }],
  ["once it is over, in the next year", "2024-11-26", "2026-11-27", { on: "2027-11-26", years: 3 }],
  ["past the year's end", "2024-01-05", "2026-12-28", { on: "2027-01-05", years: 3 }],
  ["never in the year of the sale", "2026-11-28", "2026-11-27", { on: "2027-11-28", years: 1 }],
  ["not before there was a sale", "2027-12-01", "2026-11-27", null],
  ["of 29 February on the 28th", "2024-02-29", "2026-02-20", { on: "2026-02-28", years: 2 }],
  ["of 29 February on the 29th where there is one", "2024-02-29", "2028-02-20", { on: "2028-02-29", years: 4 }],
  ["of 29 February next year, once the 28th is over", "2024-02-29", "2026-03-01", { on: "2027-02-28", years: 3 }],
  ["of what is no day never", "2024-13-01", "2026-11-27", null],
  ["without a day of sale never", "", "2026-11-27", null],
])("a sale comes round %s", (_, saleDate, day, expected) => {
  expect(anniversaryFrom(saleDate, day)).toEqual(expected);
});

const policy = (id: string, saleDate: string, more: Partial<PolicyRow> = {}): PolicyRow => ({
  id,
  customer: "c",
  customerName: "김철수",
  product: "WL01",
  productName: "WL01",
  productType: "life",
  premiumWon: 50_000,
  paymentMode: "monthly",
  saleDate,
  withdrawnOn: null,
  status: null,
  state: "confirmed",
  blocked: false,
  ...more,
});

test("two weeks of policies in force are told, the next first", () => {
  const policies = [
    policy("last day", "2025-12-11"),
    policy("a day later", "2025-12-12"),
    policy("today", "2020-11-27", { status: "reinstated" }),
    policy("yesterday", "2020-11-26"),
    policy("withdrawn", "2020-11-28", { withdrawnOn: "2020-12-01" }),
    policy("lapsed", "2020-11-28", { status: "lapsed" }),
    policy("in force", "2020-11-29", { status: "in_force" }),
  ];
  const told = comingAnniversaries(policies, "2026-11-27").map(({ policy, years }) => [policy.id, years]);
  expect(told).toEqual([
    ["today", 6],
    ["in force", 6],
    ["last day", 1],
  ]);
});
