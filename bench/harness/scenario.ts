import type { Installation } from "./installation";
import type { Measure } from "./measure";

/** One thing that is measured, on a console of its own that has just been started on an empty database. */
export interface Scenario {
  /** What `npm run bench -- <name>` calls it. */
  name: string;
  /** Settings of the console beyond the ones every scenario has. */
  settings?: Readonly<Record<string, string>>;
  run(landfall: Installation): Promise<Measure[]>;
}
