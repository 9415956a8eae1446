import type { TestHost } from "@/e2e/hosts/test-host";
import { overSsh } from "../../contract/over-ssh";
import type { DriverUnderTest } from "../../contract/workbench";
import { dockerDriver } from "../driver";
import { writeContainerService } from "./container-service";
import { removeAllOfBase } from "./remove-all-of-base";

export const CONTAINER_PORT = 8080;

/** The docker driver on a test host, over SSH. */
export async function dockerUnderTest(testHost: TestHost, user: "root" | "deploy" = "root"): Promise<DriverUnderTest> {
  const { newHost, makeBase, closeBase, close } = await overSsh(testHost, user);
  return {
    kind: "docker",
    isolatesPorts: true,
    open: async () => ({ newDriver: () => dockerDriver, newHost, makeBase, close }),
    async closeBase(place) {
      await removeAllOfBase(place);
      await closeBase(place);
    },
    writeSource: writeContainerService,
    // The tests' public ports are in a range in which a container's name server also listens, on an arbitrary port.
    settings: { containerPort: CONTAINER_PORT },
  };
}
