import { type StdioOptions, spawn } from "node:child_process";
import { Problem } from "@/lib/contracts/problem";

interface HelperOptions {
  env: NodeJS.ProcessEnv;
  cwd: string;
  signal: AbortSignal;
  stdout: "ignore" | "inherit";
}

export type HelperMessage<Result> = { result: Result } | { sentence: string };

/**
 * Runs a short-lived program of ours and returns its result. Work that needs the whole engine runs there, so that this
 * process, which lives as long as the console, stays small.
 */
export function runHelper<Result>(file: string, args: readonly string[], options: HelperOptions): Promise<Result> {
  const { stdout, ...rest } = options;
  const stdio: StdioOptions = ["ignore", stdout, "pipe", "ipc"];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { ...rest, stdio });
    let message: HelperMessage<Result> | undefined;
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
    child.on("message", (sent) => {
      message = sent as HelperMessage<Result>;
    });
    child.once("error", reject);
    child.once("close", () => {
      if (message && "result" in message) resolve(message.result);
      else
        reject(
          new Problem("cannot-start", {
            detail: message?.sentence ?? `${file} ended without an answer: ${said.trim()}`,
          }),
        );
    });
  });
}

/** The child's side: does the work, sends its result or its failure as a sentence, and exits. */
export async function answerParent<Result>(work: () => Promise<Result>): Promise<never> {
  const message = await work().then(
    (result): HelperMessage<Result> => ({ result }),
    (error: unknown): HelperMessage<Result> => ({ sentence: sentenceOf(error) }),
  );
  await new Promise((sent) => process.send?.(message, sent));
  process.exit(0);
}

/** One sentence for the terminal, for any error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.detail ?? error.code;
  return error instanceof Error ? error.message : String(error);
}
