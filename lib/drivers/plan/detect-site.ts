import type { PlanSettings } from "../setting-shapes";
import { type Part, type ReadSource, SITE } from "./plan";

/** Its files are not those of the site: sirv answers no path with a part that begins with a dot. */
const FOLDER = ".site";
const SERVER = "sirv-cli@3.0.1";

/** A folder of files for browsers, served by sirv: for a source in which nothing else was found. */
export async function detectSite(read: ReadSource, { install }: PlanSettings): Promise<Part | null> {
  if (install === "none" || (await read(SITE)) === null) return null;
  return {
    tools: ["node", "npm"],
    install: [
      `npm install --prefix ${FOLDER} --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --no-update-notifier ${SERVER}`,
    ],
    build: null,
    start: `exec ${FOLDER}/node_modules/.bin/sirv . --host 0.0.0.0 --port "$PORT"`,
    environment: { NODE_ENV: "production" },
    startEnvironment: {},
    noStart: null,
    reasons: [{ tool: "sirv", file: SITE }],
    wants: [],
    manager: null,
  };
}
