/** Recording a sale in a few taps. */
import { type SyntheticEvent, useState } from "react";
import { useLocation, useSearch, useSearchParams } from "wouter";

import { useBook } from "../book/BookContext";
import { useAct } from "../book/useAct";
import { useAnswer } from "../book/useAnswer";
import type { PolicyRow } from "../engine/contract";
import { Page } from "../frame/Page";
import { Chips } from "../ui/Chips";
import { Field } from "../ui/Field";
import { Button } from "../ui/Button";
import { useUnsaved } from "../update/UpdateContext";
import { useSay } from "../words/useSay";
import { CustomerPicker } from "./CustomerPicker";
import { Keypad } from "./Keypad";
import { ProductTiles } from "./ProductTiles";
import { SaveBar } from "./SaveBar";

/** The ways of paying that stand at once; the others are under "more". */
const FIRST_MODES = ["monthly", "annual"] as const;
const ALL_MODES = ["monthly", "annual", "quarterly", "single"] as const;

/** The page; another customer begins it anew. */
export default function SalePage() {
  return <SaleForm key={useSearch()} />;
}

/** Customer, product, premium; paid monthly and sold today unless one says otherwise. */
function SaleForm() {
  const { say } = useSay();
  const act = useAct();
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const from = search.get("customer");
  const [customer, setCustomer] = useState(from);
  const [chosen, setChosen] = useState<{ type: string | null; product: string | null }>({ type: null, product: null });
  const [won, setWon] = useState(0);
  const [mode, setMode] = useState<PolicyRow["paymentMode"]>("monthly");
  const [isMore, setMore] = useState(false);
  const day = useAnswer("today").value?.day;
  const { wrongDay } = useBook();
  const [saleDate, setSaleDate] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  useUnsaved(chosen.type !== null || won > 0);
  const missing = customer === null ? "sale.need.customer" : chosen.product === null ? "sale.need.product" : won === 0 ? "sale.need.premium" : null;
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (isSaving || customer === null || chosen.product === null || won === 0) return;
    setSaving(true);
    const sale = { customer, product: chosen.product, premiumWon: won, paymentMode: mode, ...(saleDate ? { saleDate } : {}) };
    const done = await act((book) => book.call("recordSale", sale), "toast.saved");
    setSaving(false);
    if (done) go(from ? `/customers/${from}/policies` : "/", { replace: true });
  };
  return (
    <Page title={say("sale.title")} back={from ? `/customers/${from}` : "/"}>
      <form className="grid gap-5" onSubmit={(event) => void submit(event)}>
        <CustomerPicker id={customer} onChoose={setCustomer} />
        {customer && <ProductTiles {...chosen} onChoose={setChosen} />}
        {customer && chosen.product && <Keypad won={won} onChange={setWon} />}
        {customer && chosen.product && (
          <Chips
            label={say("field.payment_mode")}
            chips={(isMore ? ALL_MODES : FIRST_MODES).map((value) => ({ value, words: say(`choice.${value}`) }))}
            value={mode}
            onChange={setMode}
          />
        )}
        {/* A person whose clock is off sees which day it goes by. */}
        {(isMore || (customer && chosen.product && wrongDay)) && (
          <Field
            label={say("field.sale_date")}
            {...(wrongDay ? { hint: say("sale.hub-day") } : {})}
            name="sale-date"
            type="date"
            max={day}
            value={saleDate ?? day ?? ""}
            onChange={(event) => setSaleDate(event.target.value || null)}
          />
        )}
        {customer && chosen.product && !isMore && (
          <Button weight="quiet" className="justify-self-start" onClick={() => setMore(true)}>
            {say("sale.more")}
          </Button>
        )}
        <SaveBar missing={missing && say(missing)} isBusy={isSaving} />
      </form>
    </Page>
  );
}
