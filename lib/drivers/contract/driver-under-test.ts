import type { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import type { Driver, HostPlace } from "../driver";

/** How the service that a source holds behaves. It answers JSON `{version, environment}` on `/` and its health on `/health`. */
export interface Behaviour {
  version: string;
  /** What `/health` answers; 200 by default. */
  healthStatus?: number;
  /** Answers 503 on `/health` for this long after its start. */
  warmMs?: number;
  /** Opens this port as well, so two of it cannot run side by side on one host. */
  secondPort?: number;
  /** Ends by itself at once, having written "goodbye". */
  exitCode?: number;
  /** Answers health checks, and dies of a request for `/die`. */
  diesWhenAsked?: boolean;
  build?: "failing" | "endless";
  /** Answers `/slow` only after this long. */
  slowMs?: number;
}

/** What a driver brings to be put through the contract. */
export interface DriverUnderTest {
  kind: DriverKind;
  /** Once for the suite. */
  open(): Promise<{
    newDriver: () => Driver;
    newHost: () => HostPlace["host"];
    makeBase: () => Promise<string>;
    close: () => Promise<void>;
  }>;
  /** Ends everything that was started for a base. */
  closeBase(place: HostPlace): Promise<void>;
  /** Writes a source of this driver into an empty folder. */
  writeSource(folder: string, behaviour: Behaviour): Promise<void>;
  settings?: DeploymentSpec["settings"];
  /** Each release has ports of its own, so that a fixed one is never in use. */
  isolatesPorts?: boolean;
}
