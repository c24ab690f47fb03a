/** Every view of the console, for the tests that look at all of them and for pictures. */
import type { Hub } from "./hub";
import { dayAgo } from "./hub";

/** A view: its name, its address, and what is there once it is ready. */
export interface View {
  readonly name: string;
  readonly path: string;
  readonly ready: string;
}

interface Policies {
  rows: { policy: string }[];
}
interface Trail {
  entries: { cause: { change: string } }[];
}

/** All views of a hub. */
export async function views(hub: Hub): Promise<View[]> {
  const { rows } = await hub.ask<Policies>("hq", "/api/v1/policies?from=today&to=today&unit=P1");
  const policy = rows[0]?.policy ?? "";
  const trail = await hub.ask<Trail>("hq", `/api/v1/policies/${policy}`);
  const change = trail.entries[0]?.cause.change ?? "";
  await hub.command(["org", "absent", "P3", "--from", dayAgo(3), "--reason", "육아휴직"]);
  await hub.command(["org", "absent", "P5", "--from", dayAgo(-10), "--to", dayAgo(-12), "--reason", "wedding"]);
  const today = `unit=P1&from=${dayAgo(0)}&to=${dayAgo(0)}`;
  return [
    { name: "nation", path: "/unit/nation", ready: "[data-line=live]" },
    { name: "region", path: "/unit/R1", ready: "[data-sum-check=agrees]" },
    { name: "branch", path: "/unit/B1", ready: "[data-sum-check=agrees]" },
    { name: "rep", path: "/unit/P1", ready: "[data-sum-check=agrees]" },
    { name: "by-product", path: "/unit/nation?by=product", ready: "[data-sum-check=agrees]" },
    { name: "by-day", path: `/unit/nation?by=day&from=${dayAgo(7)}&to=${dayAgo(0)}`, ready: "[data-sum-check=agrees]" },
    { name: "policy", path: `/policy/${policy}?${today}`, ready: "[data-sum-check=agrees]" },
    { name: "edit", path: `/policy/${policy}/edit/${change}?${today}`, ready: "[data-sum-check=agrees]" },
    { name: "closings", path: "/unit/nation/closings", ready: "[data-day]" },
    { name: "exceptions", path: "/unit/nation/closings/exceptions", ready: "[data-empty], [data-exception]" },
    { name: "approvals", path: "/unit/nation/closings/approvals", ready: "[data-empty], [data-waiting]" },
    { name: "trend", path: "/unit/nation/trend", ready: "[data-chart] svg path" },
    { name: "mix", path: "/unit/nation/mix", ready: "[data-sum-check=agrees]" },
    { name: "targets", path: "/unit/nation/targets", ready: "[role=table]" },
    { name: "targets-set", path: "/unit/nation/targets?set=true", ready: "[data-grid]" },
    { name: "setup-over", path: "/setup", ready: "[data-link-over]" },
    { name: "sign-in-failed", path: "/sign-in-failed?code=OPENID-STATE", ready: "h1" },
    { name: "compare", path: "/unit/nation/compare", ready: "[data-sum-check=agrees]" },
    { name: "empty", path: "/unit/B2?from=2020-01-01", ready: "[data-sum-check=agrees]" },
    { name: "not-here", path: "/nothing/here", ready: "h1" },
    { name: "forbidden", path: "/unit/XX", ready: "h1" },
    ...((await hub.has("/api/v1/accounts")) ? ADMIN_VIEWS : []),
  ];
}

/** What an administrator has beside them, where the hub has it. */
const ADMIN_VIEWS: readonly View[] = [
  { name: "admin-people", path: "/admin/people", ready: "[data-row-link=hq]" },
  { name: "admin-people-empty", path: "/admin/people?text=nobody-is-called-so", ready: "[data-empty]" },
  { name: "admin-person", path: "/admin/people/seoul", ready: "[data-account]" },
  { name: "admin-add-person", path: "/admin/add-person", ready: "input[name=name]" },
  { name: "admin-invite", path: "/admin/invite", ready: "input[name=address]" },
  { name: "admin-devices", path: "/admin/devices", ready: "[role=table]" },
  { name: "admin-organisation", path: "/admin/organisation?unit=R1", ready: "[data-unit=R1]" },
  { name: "admin-absences", path: "/admin/absences", ready: "[data-row-link=P3]" },
  { name: "admin-absences-empty", path: `/admin/absences?unit=B1&on=${dayAgo(0)}`, ready: "[data-empty]" },
  { name: "admin-import", path: "/admin/import?kind=org", ready: "input[name=file]" },
  { name: "admin-audit", path: "/admin/audit", ready: "[role=table]" },
  { name: "admin-health", path: "/admin/health", ready: "[data-check]" },
  { name: "admin-settings", path: "/admin/settings", ready: "[data-setting]" },
];
