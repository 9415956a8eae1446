import type { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { fieldProblem } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";
import { isPassword } from "@/lib/platform/secrets/password-hash";

/** From 0 to 4: lower scores take under a million guesses, which a leaked hash would not survive. */
const LEAST_SCORE = 2;

let estimator: Promise<ZxcvbnFactory> | undefined;

/** Throws `password-common` for a leaked password, a pattern or the person's own name. */
export async function refuseCommonPassword(password: string, about: readonly string[]): Promise<void> {
  estimator ??= loadEstimator();
  const parts = about.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]).filter((text) => text.length > 2);
  const { score } = (await estimator).check(password.slice(0, 128), [...parts, "landfall"]);
  if (score < LEAST_SCORE) throw fieldProblem(["password"], "password-common");
}

/** Some megabytes of lists, loaded when someone chooses a password, which is rare. */
async function loadEstimator(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import("@zxcvbn-ts/core"), import("@zxcvbn-ts/language-common")]);
  return new core.ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
}

/** The user with this address and password. An unknown address takes as long, so that it looks the same. */
export async function findByPassword(email: string | undefined, password: string) {
  const user = email === undefined ? null : await db.user.findUnique({ where: { email } });
  const fits = await isPassword(password, user?.passwordHash);
  return fits && user && !user.disabledAt ? user : null;
}
