import { Problem } from "@/lib/contracts/problem";

/** Aborts, with a problem that says so, when a host has not answered for so long. */
export function patience(ms: number): AbortSignal {
  const controller = new AbortController();
  const giveUp = () =>
    controller.abort(new Problem("host-unreachable", { detail: `no answer within ${ms / 1_000} s` }));
  setTimeout(giveUp, ms).unref();
  return controller.signal;
}
