import { spawn } from "node:child_process";

export interface Run {
  exitCode: number | null;
  /** Its output on both streams, in order. */
  output: string;
}

/** Runs a program in a folder to its end, whatever its exit code. It is killed when the test that waits for it ends. */
export function runProgram([name = "", ...words]: readonly string[], cwd: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, words, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
        process.stdout.write(chunk);
      });
    }
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}
