import type { Faults } from "./faults";
import type { KnownRegistries } from "./image";
import type { Keys } from "./keys";
import type { Queue } from "./queue";
import type { State } from "./state";
import type { Swarm } from "./swarm";
import type { Version } from "./version";

/** The state that the procedures work on. */
export interface Server {
  readonly state: State;
  readonly keys: Keys;
  readonly faults: Faults;
  readonly swarm: Swarm;
  readonly queue: Queue;
  readonly version: Version;
  readonly registries: KnownRegistries;
  /** The duration of a pull of an image that is not slow. */
  readonly pullMs: number;
  /** The duration of the rest of a job. */
  readonly jobMs: number;
  /** The duration of `application.stop`. */
  readonly stopMs: number;
}
