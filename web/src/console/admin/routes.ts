/** The administrator's addresses. Nothing of them is in the first load. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { root } from "../rootRoute";
import { readAbsences, readAudit, readDevices, readImport, readInvite, readOrganisation, readPeople } from "./searches";

const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  component: lazyRouteComponent(() => import("./AdminFrame"), "AdminFrame"),
});

const index = createRoute({
  getParentRoute: () => admin,
  path: "/",
  component: lazyRouteComponent(() => import("./FirstPart"), "FirstPart"),
});

const people = createRoute({
  getParentRoute: () => admin,
  path: "/people",
  validateSearch: readPeople,
  component: lazyRouteComponent(() => import("./people/People"), "People"),
});

const person = createRoute({
  getParentRoute: () => admin,
  path: "/people/$name",
  component: lazyRouteComponent(() => import("./people/Person"), "Person"),
});

const addPerson = createRoute({
  getParentRoute: () => admin,
  path: "/add-person",
  component: lazyRouteComponent(() => import("./people/AddPerson"), "AddPerson"),
});

const invite = createRoute({
  getParentRoute: () => admin,
  path: "/invite",
  validateSearch: readInvite,
  component: lazyRouteComponent(() => import("./invitations/InviteBranch"), "InviteBranch"),
});

const devices = createRoute({
  getParentRoute: () => admin,
  path: "/devices",
  validateSearch: readDevices,
  component: lazyRouteComponent(() => import("./devices/Devices"), "Devices"),
});

const organisation = createRoute({
  getParentRoute: () => admin,
  path: "/organisation",
  validateSearch: readOrganisation,
  component: lazyRouteComponent(() => import("./organisation/OrganisationPage"), "OrganisationPage"),
});

const absences = createRoute({
  getParentRoute: () => admin,
  path: "/absences",
  validateSearch: readAbsences,
  component: lazyRouteComponent(() => import("./absences/Absences"), "Absences"),
});

const imports = createRoute({
  getParentRoute: () => admin,
  path: "/import",
  validateSearch: readImport,
  component: lazyRouteComponent(() => import("./imports/ImportPage"), "ImportPage"),
});

const audit = createRoute({
  getParentRoute: () => admin,
  path: "/audit",
  validateSearch: readAudit,
  component: lazyRouteComponent(() => import("./audit/AuditPage"), "AuditPage"),
});

const health = createRoute({
  getParentRoute: () => admin,
  path: "/health",
  component: lazyRouteComponent(() => import("./health/HealthPage"), "HealthPage"),
});

const settings = createRoute({
  getParentRoute: () => admin,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
});

/** All of them under one. */
export const adminRoutes = admin.addChildren([
  index,
  people,
  person,
  addPerson,
  invite,
  devices,
  organisation,
  absences,
  imports,
  audit,
  health,
  settings,
]);
