/** Answers of the hub, by short names. */
import type { components } from "../sdk/schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Organisation = Schemas["Organisation"];
export type FigureRow = Schemas["FigureRowNamed"];
export type Completeness = Schemas["CompletenessShown"];
export type Silent = Schemas["SilentShown"];
export type PolicyRow = Schemas["PolicyRow"];
export type PolicyTrail = Schemas["PolicyShown"];
export type PolicyEntry = Schemas["PolicyEntry"];
export type PolicyEdit = Schemas["PolicyEdit"];
export type Closing = Schemas["ClosingShown"];
export type Attainment = Schemas["AttainmentRow"];
export type ExceptionToDay = Schemas["ExceptionShown"];
export type Awaiting = Schemas["AwaitingPolicy"];
