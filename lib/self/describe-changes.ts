import { isDeepStrictEqual, parseEnv } from "node:util";
import type { ReleaseFiles } from "./files";

/** What differs between the files of two releases: names, never values. A line each; none when nothing does. */
export function describeChanges(from: ReleaseFiles, to: ReleaseFiles): string[] {
  const settings = changedSettings(from.environment, to.environment);
  return [
    ...(settings.length > 0 ? [`settings: ${settings.join(", ")}`] : []),
    ...(from.compose === to.compose ? [] : ["another compose file"]),
    ...(from.caddy === to.caddy ? [] : ["another Caddyfile"]),
  ];
}

function changedSettings(from: string, to: string): string[] {
  const [before, after] = [parseEnv(from), parseEnv(to)];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).sort();
}
