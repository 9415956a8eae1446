import { Problem } from "@/lib/contracts/problem";
import { exchange } from "@/lib/drivers/http-exchange";
import type { Host } from "@/lib/hosts/host";

/** What is opened first, and what is asked all the time. */
const PATHS = ["/sign-in", "/api/health"];
/** A new server compiles while it answers: its first page takes ten times as long as its hundredth. */
const ROUNDS = 100;
const AT_A_TIME = 4;
/** On a small server that has just started the rest of Landfall too, the first page can take long. */
const TIMEOUT_MS = 30_000;

/**
 * Asks for pages until the server is as quick as the one it is to replace, so that nobody meets a cold one. Throws
 * `health-failed` at the first page that is not well.
 */
export async function warmUp(host: Host, address: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  let left = ROUNDS;
  const askOn = async () => {
    while (left-- > 0) for (const path of PATHS) await askFor(path);
  };
  const askFor = async (path: string) => {
    const options = { path, headers: { host: "localhost" }, timeoutMs: TIMEOUT_MS, signal };
    const { status } = await exchange(host, address, options).catch((cause: unknown) => {
      signal.throwIfAborted();
      const said = cause instanceof Error ? cause.message : String(cause);
      const late = cause instanceof Error && cause.name === "TimeoutError";
      const detail = `${path}: ${late ? `no answer within ${TIMEOUT_MS / 1_000} s` : said}`;
      throw new Problem("health-failed", { params: { path }, detail, cause });
    });
    if (status !== 200) throw new Problem("health-failed", { params: { path, status } });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, askOn));
}
