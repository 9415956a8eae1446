import { expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { sayingSilence } from "./say-silence";

/** This machine, seen through a network that drops every packet until the test allows it. */
class SilentHost extends LocalHost {
  readonly through = Promise.withResolvers<void>();
  override async stat(path: string) {
    await this.through.promise;
    return super.stat(path);
  }
}

/** A host that answers, and counts the questions. */
class AnsweringHost extends LocalHost {
  asked = 0;
  override stat(path: string) {
    this.asked += 1;
    return super.stat(path);
  }
}

async function spoken(host: LocalHost, work: (said: string[]) => Promise<void>, patienceMs = 5): Promise<string[]> {
  const said: string[] = [];
  const log = (line: string) => said.push(line.replace(/[\d.]+ m?s/, "N"));
  await sayingSilence({ host, base: "/", log }, () => work(said), { askEveryMs: 1, patienceMs });
  return said;
}

test("a host that is silent is told while it is, and once more when it answers", async () => {
  const host = new SilentHost();
  const said = await spoken(host, async (lines) => {
    await expect.poll(() => lines.length, { interval: 1 }).toBeGreaterThan(1);
    host.through.resolve();
    await expect.poll(() => lines.at(-1), { interval: 1 }).toContain("again");
  });
  expect(new Set(said.slice(0, -1))).toEqual(new Set([`${host.label} has not answered for N; waiting for it`]));
  expect(said.at(-1)).toBe(`${host.label} answers again, after N`);
});

test("one that answers is not spoken of, and work that ends waits for nobody", async () => {
  const host = new AnsweringHost();
  const isAsked = () => expect.poll(() => host.asked, { interval: 1 }).toBeGreaterThan(2);
  // On a busy machine an answer takes longer than the other test's patience.
  expect(await spoken(host, async () => isAsked(), 60_000)).toEqual([]);
  await spoken(new SilentHost(), async () => {});
});
