import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A program of bench/programs in a separate process, so that its work does not affect the measuring process. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(name: "viewers" | "load", input: unknown) {
    this.#child = fork(fileURLToPath(new URL(`./${name}.mjs`, import.meta.url)), [JSON.stringify(input)]);
    this.#ended = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the program ${name} ended early, with ${code}`);
    });
    this.#ended.catch(() => {}); // the caller that waits for an answer handles it
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
