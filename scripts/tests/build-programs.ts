/* Vitest's global setup: tests start the worker and the supervisor as operators do, built from the current code. */
import { buildProgramsUnlessFresh } from "../build.mjs";

export default async function setup(): Promise<void> {
  await buildProgramsUnlessFresh();
}
