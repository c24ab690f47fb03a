/** Who lives with a customer. */
import type { DocumentView } from "../engine/contract";
import { Empty } from "../ui/Empty";
import { useSay } from "../words/useSay";
import { EntryField } from "./EntryField";
import { entriesOf } from "./fields";

/** The family, one a line. */
export function FamilyTab({ customer }: { customer: DocumentView }) {
  const { say } = useSay();
  return (
    <>
      {entriesOf(customer, "household").length === 0 && <Empty words={say("family.empty")} />}
      <EntryField customer={customer} field="household" />
    </>
  );
}
