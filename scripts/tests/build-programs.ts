/* Vitest's global setup: tests start the worker and the supervisor as people run them, built from the code as it is now. */
import { buildProgramsUnlessFresh } from "../build.mjs";

export default async function setup(): Promise<void> {
  await buildProgramsUnlessFresh();
}
