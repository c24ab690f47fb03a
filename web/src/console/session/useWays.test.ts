import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";

import { forgetPerson } from "./useWays";

test("a sign-out forgets a person's figures, and not the question for the ways in that is under way", async () => {
  const client = new QueryClient();
  client.setQueryData(["figures", "nation"], 1);
  let answer: (told: string) => void = () => undefined;
  const asked = new Promise<string>((told) => (answer = told));
  const seen = new Promise((told) => {
    const observer = new QueryObserver(client, { queryKey: ["ways"], queryFn: () => asked });
    observer.subscribe(({ data }) => data && told(data));
  });
  forgetPerson(client);
  answer("by name and password");
  expect(await seen).toBe("by name and password");
  expect(client.getQueryData(["figures", "nation"])).toBeUndefined();
});
