import { Problem } from "@/lib/contracts/problem";
import { exchange } from "@/lib/drivers/http-exchange";
import type { Host } from "@/lib/hosts/host";

/** What is opened first, and what is asked all the time. */
const PATHS = ["/sign-in", "/api/health"];
/** A new server compiles while it answers: its first page takes ten times as long as its hundredth. */
const ROUNDS = 100;
const AT_A_TIME = 4;
const TIMEOUT_MS = 10_000;

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
    const { status } = await exchange(host, address, options);
    if (status !== 200) throw new Problem("health-failed", { params: { path, status } });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, askOn));
}
