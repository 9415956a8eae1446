import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writePythonService } from "../../contract/python-service";
import type { Behaviour } from "../../contract/workbench";

/** The suite's service as a source with a Dockerfile, on the one base image that every test host has. */
export async function writeContainerService(folder: string, behaviour: Behaviour): Promise<void> {
  await writePythonService(folder, behaviour);
  // A step that runs something costs a container of its own, which only a build that is to fail or to last needs.
  await writeDockerfile(folder, behaviour.build ? ["RUN sh build.sh"] : []);
}

/** Another Dockerfile for it; `steps` come after the files are there. */
export async function writeDockerfile(folder: string, steps: string[], name = "Dockerfile"): Promise<void> {
  const lines = ["FROM landfall-test/python", "WORKDIR /app", "COPY . .", ...steps, 'CMD ["python3", "service.py"]'];
  await writeFile(join(folder, name), `${lines.join("\n")}\n`);
}
