import { basename, dirname, join } from "node:path";

/** Where a tree is gathered before it takes its place: beside it, so that the rename stays on one file system. */
export function stagingPath(to: string): string {
  return join(dirname(to), `.incoming-${basename(to)}`);
}
