/* A service is redeployed and rolled back repeatedly under constant requests. */
import { expect } from "vitest";
import { test } from "../crash/machine";

const ROUNDS = 100;
/** Each sends up to 50 requests a second over kept connections. */
const VISITORS = 4;

test(`${ROUNDS} redeploys and ${ROUNDS} rollbacks fail no request`, async ({ machine }) => {
  await machine.aWorker();
  const service = await machine.aService({ name: "loaded" });
  await service.serves("first");
  const visitors = Array.from({ length: VISITORS }, () => service.aVisitor());
  const expected = ["first"];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await service.serves(`${round}`);
    expect(await (await service.rollBack()).ends()).toMatchObject({ state: "succeeded" });
    expected.push(`${round}`, await service.answer());
  }
  for (const visitor of visitors) {
    await visitor.leave();
    expect(visitor.failures).toEqual([]);
    expect(visitor.versions).toEqual(expected);
    expect(visitor.answers.length).toBeGreaterThan(ROUNDS * 10);
  }
});
