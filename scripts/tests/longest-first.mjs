import { BaseSequencer } from "vitest/node";

/** Files that take minutes, longest first: started last, one of them would delay the end of a run. */
const LONGEST = [
  "e2e/production/install.production.test.ts",
  "e2e/servers/lost-connections.hosts.test.ts",
  "e2e/servers/host-gone.hosts.test.ts",
  "e2e/servers/kill-in-every-phase.hosts.test.ts",
  "lib/hosts/ssh/jump.hosts.test.ts", // waits until two hosts are free
  "lib/drivers/systemd/driver.hosts.test.ts",
  "lib/drivers/docker/driver.hosts.test.ts",
  "lib/drivers/contract/hostile.hosts.test.ts",
  "lib/drivers/docker/docker.hosts.test.ts",
  "lib/engine/reconcile/lost-by-the-host.hosts.test.ts",
  "lib/hosts/ssh/ssh-host.hosts.test.ts",
  "lib/drivers/systemd/behaviour.hosts.test.ts",
];

/** A new clone has no record of an earlier run, by which Vitest would order the files itself. */
export default class LongestFirst extends BaseSequencer {
  /** @param {import("vitest/node").TestSpecification[]} files */
  async sort(files) {
    const place = (/** @type {import("vitest/node").TestSpecification} */ { moduleId }) => {
      const index = LONGEST.findIndex((file) => moduleId.endsWith(file));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
