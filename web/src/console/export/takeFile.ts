/** Fetching a file: a link could not say who asks. */
import { session } from "../../sdk/browser";
import { Problem } from "../../sdk/problem";
import type { FigureQuestion } from "../queries";

/** Fetches the figures as a file and hands it to the browser's downloads. */
export async function takeFile(question: FigureQuestion, format: "csv" | "xlsx"): Promise<void> {
  const query = new URLSearchParams([...Object.entries(question), ["format", format]]);
  // Korean spreadsheet programs know UTF-8 by its mark alone.
  if (format === "csv") query.set("bom", "true");
  const answer = await session.fetch(new Request(`/api/v1/figures?${query}`));
  if (!answer.ok) throw await Problem.of(answer);
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = `figures_${question.unit}_${question.from}_${question.to}.${format}`;
  link.click();
  URL.revokeObjectURL(address);
}
