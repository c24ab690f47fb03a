/** Stands in for a part that could not be loaded or drawn: the rest of the app stays where it is. */
import { Component, type ReactNode } from "react";

import { askAnew } from "../later";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";

interface Props {
  readonly children: ReactNode;
  /** Where the app is: elsewhere it is tried anew. */
  readonly place: string;
}

/** Its children, or words in their place. */
export class Caught extends Component<Props, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.hasFailed && before.place !== this.props.place) this.#again();
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Failed again={() => this.#again()} /> : this.props.children;
  }

  #again(): void {
    askAnew();
    this.setState({ hasFailed: false });
  }
}

function Failed({ again }: { again: () => void }) {
  const { say } = useSay();
  return (
    <main role="alert" data-failed className="mx-auto grid max-w-2xl gap-4 p-4">
      <p>{say("problem.again")}</p>
      <Button weight="main" onClick={again}>
        {say("action.again")}
      </Button>
    </main>
  );
}
