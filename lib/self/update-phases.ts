import { buildPhase } from "./phases/build";
import { checkPhase } from "./phases/check";
import { confirmPhase } from "./phases/confirm";
import { filesPhase } from "./phases/files";
import { migratePhase } from "./phases/migrate";
import { prunePhase } from "./phases/prune";
import { retirePhase } from "./phases/retire";
import { savePhase } from "./phases/save";
import { sendPhase } from "./phases/send";
import { startPhase } from "./phases/start";
import { switchPhase } from "./phases/switch";
import { verifyPhase } from "./phases/verify";
import { watchPhase } from "./phases/watch";
import { workerPhase } from "./phases/worker";
import type { UpdatePhase } from "./update";

/** Beside what serves, proven, switched to, watched; only then does the old one go. */
const TAKE_OVER = [startPhase, verifyPhase, switchPhase, watchPhase, workerPhase, retirePhase, prunePhase];

export const DEPLOY_PHASES: readonly UpdatePhase[] = [
  ...[checkPhase, confirmPhase, buildPhase, sendPhase, filesPhase, migratePhase],
  ...TAKE_OVER,
];

/** The image is on the server, and the database stays as it is: a newer schema serves older versions too. */
export const ROLLBACK_PHASES: readonly UpdatePhase[] = [checkPhase, confirmPhase, savePhase, filesPhase, ...TAKE_OVER];
