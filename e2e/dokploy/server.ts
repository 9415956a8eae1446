import type { Faults } from "./faults";
import type { KnownRegistries } from "./image";
import type { Keys } from "./keys";
import type { Queue } from "./queue";
import type { State } from "./state";
import type { Swarm } from "./swarm";
import type { Version } from "./version";

/** What the procedures work on. */
export interface Server {
  readonly state: State;
  readonly keys: Keys;
  readonly faults: Faults;
  readonly swarm: Swarm;
  readonly queue: Queue;
  readonly version: Version;
  readonly registries: KnownRegistries;
  /** A pull of an image that is not slow. */
  readonly pullMs: number;
  /** What else a job takes. */
  readonly jobMs: number;
  /** What `application.stop` takes. */
  readonly stopMs: number;
}
