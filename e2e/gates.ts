import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes a phase last as long as a test needs: a command of the machine is slow, a service opens its port or answers
 * late. A gate is a file; a process at the gate waits while the file exists. Nothing in the product knows it.
 */
export class Gates {
  readonly folder: string;
  /** The first folder in a worker's PATH, with `sh` and `env` that wait at their gates. */
  readonly bin: string;

  private constructor(root: string) {
    this.folder = join(root, "gates");
    this.bin = join(root, "bin");
  }

  static async make(root: string): Promise<Gates> {
    const gates = new Gates(root);
    await mkdir(gates.folder, { recursive: true });
    await mkdir(gates.bin, { recursive: true });
    for (const [tool, real] of Object.entries({ sh: "/bin/sh", env: "/usr/bin/env" })) {
      const script = `#!/bin/sh\n${gates.waitAt(tool)}\nexec ${real} "$@"\n`;
      await writeFile(join(gates.bin, tool), script);
      await chmod(join(gates.bin, tool), 0o755);
    }
    return gates;
  }

  /** For a shell. */
  waitAt(name: string): string {
    return `while [ -e '${join(this.folder, name)}' ]; do sleep 0.05; done`;
  }

  async shut(name: string): Promise<void> {
    await writeFile(join(this.folder, name), "");
  }
  async open(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }
}
