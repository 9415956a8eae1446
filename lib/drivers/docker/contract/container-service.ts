import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writePythonService } from "../../contract/python-service";
import type { Behaviour } from "../../contract/workbench";

/** The suite's service as a source with a Dockerfile, on the one base image that every test host has. */
export async function writeContainerService(folder: string, behaviour: Behaviour): Promise<void> {
  await writePythonService(folder, behaviour);
  // A step that runs a command needs a container of its own, so only a build that should fail or take time has one.
  await writeDockerfile(folder, behaviour.build ? ["RUN sh build.sh"] : []);
}

/** Writes another Dockerfile; `steps` come after the files are copied. */
export async function writeDockerfile(folder: string, steps: string[], name = "Dockerfile"): Promise<void> {
  const lines = ["FROM landfall-test/python", "WORKDIR /app", "COPY . .", ...steps, 'CMD ["python3", "service.py"]'];
  await writeFile(join(folder, name), `${lines.join("\n")}\n`);
}
