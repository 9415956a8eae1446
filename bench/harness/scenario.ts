import type { Installation } from "./installation";
import type { Measure } from "./measure";

/** One measurement, on a console of its own that was just started on an empty database. */
export interface Scenario {
  /** Its name for `npm run bench -- <name>`. */
  name: string;
  /** Settings of the console in addition to those of every scenario. */
  settings?: Readonly<Record<string, string>>;
  run(landfall: Installation): Promise<Measure[]>;
}
