import { expect, type Page } from "@playwright/test";

/** Errors that no page may cause, whatever a test is about: exceptions, logged errors, policy violations. */
export class WatchedPage {
  readonly #said: string[] = [];
  readonly #tolerated: RegExp;

  constructor(page: Page, tolerated: RegExp) {
    this.#tolerated = tolerated;
    page.on("pageerror", (error) => this.#said.push(`threw ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        this.#said.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
  }

  isQuiet(): void {
    expect(this.#said.filter((line) => !this.#tolerated.test(line))).toEqual([]);
  }
}
