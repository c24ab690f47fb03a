/** What was sold: the type, and the product where a type has several. */
import { useAnswer } from "../book/useAnswer";
import type { Product } from "../engine/contract";
import { Chips } from "../ui/Chips";
import { typeName } from "../words/names";
import { useSay } from "../words/useSay";

interface Chosen {
  readonly type: string | null;
  readonly product: string | null;
}

/** Types first; a type with one product needs no second tap. */
export function ProductTiles({ type, product, onChoose }: Chosen & { onChoose: (chosen: Chosen) => void }) {
  const { say } = useSay();
  const products = useAnswer("products").value ?? [];
  const types = [...new Set(products.map((one) => one.type))];
  const of = (wanted: string | null): readonly Product[] => products.filter((one) => one.type === wanted);
  const choose = (wanted: string) => {
    const [only, second] = of(wanted);
    onChoose({ type: wanted, product: only && !second ? only.code : null });
  };
  return (
    <>
      <Chips isTiles label={say("sale.type")} chips={types.map((one) => ({ value: one, words: typeName(one, say) }))} value={type} onChange={choose} />
      {of(type).length > 1 && (
        <Chips
          label={say("field.product")}
          chips={of(type).map(({ code, name }) => ({ value: code, words: name }))}
          value={product}
          onChange={(code) => onChoose({ type, product: code })}
        />
      )}
    </>
  );
}
