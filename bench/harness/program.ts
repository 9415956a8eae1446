import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A program of bench/programs in a process of its own, so that its work is not on the clock of the one that measures. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(name: "viewers" | "load", input: unknown) {
    this.#child = fork(fileURLToPath(new URL(`./${name}.mjs`, import.meta.url)), [JSON.stringify(input)]);
    this.#ended = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the program ${name} ended early, with ${code}`);
    });
    this.#ended.catch(() => {}); // heard of by whoever waits for an answer
  }

  async answer<T>(): Promise<T> {
    const [message] = await Promise.race([once(this.#child, "message"), this.#ended]);
    return message as T;
  }

  say(word: string): void {
    this.#child.send(word);
  }

  end(): void {
    this.#child.kill();
  }
}
