import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * What makes a phase last as long as a test wants: a command of the machine that is slow, a service that opens its port
 * or answers late. A gate is a file; whoever comes to it waits while it is there. Nothing in the product knows of it.
 */
export class Gates {
  readonly folder: string;
  /** Goes first on a worker's PATH, with `sh` and `env` that wait at their gates. */
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
