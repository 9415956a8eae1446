/* Vitest's global setup: deployments in tests put the built supervisor on the host, and a fresh clone has none yet. */
import { bundle } from "./bundle.mjs";

export default async function setup(): Promise<void> {
  await bundle("supervisor");
}
