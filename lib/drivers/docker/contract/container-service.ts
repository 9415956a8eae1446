import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Behaviour } from "../../contract/driver-under-test";
import { writePythonService } from "../../contract/python-service";

/** The suite's service as a source with a Dockerfile, on the one base image that every test host has. */
export async function writeContainerService(folder: string, behaviour: Behaviour): Promise<void> {
  await writePythonService(folder, behaviour);
  await writeDockerfile(folder, ["RUN sh build.sh"]);
}

/** Another Dockerfile for it; `steps` come after the files are there. */
export async function writeDockerfile(folder: string, steps: string[], name = "Dockerfile"): Promise<void> {
  const lines = ["FROM landfall-test/python", "WORKDIR /app", "COPY . .", ...steps, 'CMD ["python3", "service.py"]'];
  await writeFile(join(folder, name), `${lines.join("\n")}\n`);
}
