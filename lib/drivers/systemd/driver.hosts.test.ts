import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeHost } from "@/e2e/hosts/take-host";
import { driverContract } from "../contract/driver-contract";
import { overSsh } from "../contract/over-ssh";
import { writePythonService } from "../contract/python-service";
import { systemdDriver } from "./driver";

const testHost = await takeHost();
const { newHost, makeBase, closeBase, close } = await overSsh(testHost);

driverContract({
  kind: "systemd",
  open: async () => ({ newDriver: () => systemdDriver, newHost, makeBase, close }),
  closeBase,
  async writeSource(folder, behaviour) {
    await writePythonService(folder, behaviour);
    await writeFile(join(folder, "Procfile"), "web: python3 service.py\n");
  },
  settings: { build: "sh build.sh" },
});
