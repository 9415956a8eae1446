import { expect, onTestFinished, test } from "vitest";
import type { Difference } from "./replay/compare";
import { PREPARATIONS } from "./replay/preparations";
import { Replay } from "./replay/replay";
import { readTranscript } from "./replay/transcript";
import { startDokploy } from "./stand-in";

/** The registries that the real server could reach. */
const REGISTRIES = {
  "127.0.0.1:5601": {
    images: {
      "demo-web:1.0": {},
      "demo-web:2.0": {},
      "demo-big:1.0": {},
      "demo-crash:1.0": { exitAfterMs: 0 },
    },
  },
  "127.0.0.1:5602": { login: { username: "deployer", password: "registry-pass" }, images: { "team/demo-web:1.0": {} } },
};

/** The permitted differences of the stand-in, with the reasons. */
const ALLOWED: { exchange: RegExp; at: RegExp; because: string }[] = [
  {
    exchange: /-unknown-(project|service|application|registry)$/,
    at: /^body\.message$/,
    because: "the statement in a failed query is shortened; that the values follow it is tested below",
  },
  {
    exchange: /^deployment-readLogs-with-rollback$/,
    at: /^body$/,
    because: "the layers that were pushed are not named",
  },
  {
    exchange: /^docker-getConfig$/,
    at: /^body\.Mounts$/,
    because: "the recorded body was trimmed",
  },
  {
    exchange: /^docker-service-tasks-after-(update|rollback)$|^docker-containers-crash-update$/,
    at: /^body\[\]\.(currentState|status)$/,
    because: "an old container ends at once here; the recorded ones ignored SIGTERM for ten seconds (`:stubborn` does)",
  },
];

const isAllowed = (name: string, { at }: Difference) =>
  ALLOWED.some((allowed) => allowed.exchange.test(name) && allowed.at.test(at));

test("the stand-in answers all that was recorded as the real server did", { timeout: 120_000 }, async () => {
  const standIn = await startDokploy({ registries: REGISTRIES, swarm: { restartMs: 1_500 }, stopMs: 0 });
  onTestFinished(() => standIn.close());
  const replay = new Replay(standIn);
  const transcript = readTranscript();
  expect(transcript).toHaveLength(302);
  const found: (Difference & { name: string })[] = [];
  for (const exchange of transcript) {
    const { name } = exchange;
    if (!replay.isHeld) await replay.until(() => standIn.isIdle);
    await PREPARATIONS[name]?.(replay);
    if (!replay.isHeld) await replay.until(() => standIn.isIdle);
    const differences = await replay.exchange(exchange);
    found.push(...differences.filter((one) => !isAllowed(name, one)).map((one) => ({ name, ...one })));
  }
  expect(found).toEqual([]);
});
