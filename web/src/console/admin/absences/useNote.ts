/** Noting who is away and who is back. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { absences, noteAbsence, type Noting, type RepAbsences } from "../../../sdk/administration";
import { Problem } from "../../../sdk/problem";
import type { Noted } from "./away";

/** A rep's absences; null where nothing is noted of the rep. */
export function repAbsencesQuery(rep: string) {
  return queryOptions({
    queryKey: ["absences", "one", rep],
    queryFn: async (): Promise<RepAbsences | null> => {
      const { rows } = await absences({ unit: rep, limit: 1 });
      return rows.find((row) => row.rep === rep) ?? null;
    },
    retry: false,
    // What was decided on is what was seen: nobody is to see less than there is.
    staleTime: 0,
  });
}

/** What is sent, and what stood there when it was decided. */
export interface Sent {
  readonly noting: Noting;
  readonly before: RepAbsences | null;
}

/** The order itself. Whatever tells who is expected to report is asked again after it. */
export function useNote(onNoted: (noted: Noted) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ noting }: Sent) => noteAbsence(noting),
    onSuccess: async (after, { noting, before }) => {
      // What boards showed last names reps as silent who are not expected any more.
      client.removeQueries({ queryKey: ["live"] });
      await Promise.all([
        client.invalidateQueries({ queryKey: ["absences"] }),
        client.invalidateQueries({ queryKey: ["figures"] }),
      ]);
      onNoted({ noting, before, after });
    },
    onError: async (thrown) => {
      if (Problem.from(thrown).isChangedMeanwhile) await client.invalidateQueries({ queryKey: ["absences"] });
    },
  });
}

/** What is to be noted, beside of whom and over which version. */
export type What = Pick<Noting, "absent" | "back">;

/**
 * Noting something of one rep, over what was seen of the rep: `seen`, or what the hub tells here. Where somebody was
 * first, what is there by then is in `now`, and what is sent next is decided on that.
 */
export function useNoteOf(rep: string, seen: RepAbsences | undefined, onNoted: (noted: Noted) => void) {
  const told = useQuery({ ...repAbsencesQuery(rep), enabled: rep !== "" });
  const note = useNote(onNoted);
  const [wasLate, setLate] = useState(false);
  const problem = note.error ? Problem.from(note.error) : null;
  const isChanged = problem?.isChangedMeanwhile ?? false;
  const now = told.data ?? null;
  const before = wasLate ? now : (seen ?? now);
  const send = (what: What) => {
    const version = before ? { version: before.version } : {};
    const onError = (thrown: Error) => Problem.from(thrown).isChangedMeanwhile && setLate(true);
    note.mutate({ noting: { rep, ...version, ...what }, before }, { onError });
  };
  return { send, problem, isChanged, isPending: note.isPending, isLooking: rep !== "" && told.isPending, before, now };
}
