/** How many rows of a list are here, and the rest of them. */
import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { count } from "../../ui/numbers";

interface Props {
  readonly shown: number;
  readonly total: number | undefined;
  readonly list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}

/** Under the list. */
export function MoreRows({ shown, total, list }: Props) {
  const { say, language } = useWords();
  const words =
    total === undefined
      ? say("admin.shown-first", { shown: count(shown, language) })
      : say("admin.shown", { shown: count(shown, language), total: count(total, language) });
  return (
    <div className="flex flex-wrap items-center gap-3 py-2 text-sm text-quiet">
      <span role="status">{words}</span>
      {list.hasNextPage && (
        <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {say("action.more")}
        </Button>
      )}
    </div>
  );
}
