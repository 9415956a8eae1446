import { filesPhase } from "./phases/files";
import { buildPhase, checkPhase, confirmPhase, savePhase, sendPhase } from "./phases/prepare";
import { migratePhase, startPhase } from "./phases/start";
import { prunePhase, retirePhase, switchPhase, workerPhase } from "./phases/take-over";
import { verifyPhase, watchPhase } from "./phases/verify";
import type { UpdatePhase } from "./update";

/** The new release starts beside the live one, is verified, gets the traffic and is watched; then the old one is removed. */
const TAKE_OVER = [startPhase, verifyPhase, switchPhase, watchPhase, workerPhase, retirePhase, prunePhase];

export const DEPLOY_PHASES: readonly UpdatePhase[] = [
  ...[checkPhase, confirmPhase, buildPhase, sendPhase, filesPhase, migratePhase],
  ...TAKE_OVER,
];

/** The image is on the server already. The database stays as it is: older versions work with a newer schema too. */
export const ROLLBACK_PHASES: readonly UpdatePhase[] = [checkPhase, confirmPhase, savePhase, filesPhase, ...TAKE_OVER];
