/* What an answer on the health path means for a live release. Pure: requests and rows are elsewhere. */
import type { WatchState } from "@/lib/contracts/uptime";

/** Bad answers in a row that make a service unhealthy. */
const BAD_ANSWERS = 3;

export interface Health {
  state: WatchState;
  badAnswers: number;
  /** People were notified that it is unhealthy, and not yet that it is healthy again. */
  isReported: boolean;
}

/** Null when the host did not answer: whether people were notified stays as it is until the service answers again. */
export function afterAnswer({ state, badAnswers, isReported }: Health, answer: { ok: boolean } | null): Health {
  if (answer === null) return { state: "unknown", badAnswers: 0, isReported };
  if (answer.ok) return { state: "healthy", badAnswers: 0, isReported: false };
  const isBad = state === "unhealthy" || isReported || badAnswers + 1 >= BAD_ANSWERS;
  return { state: isBad ? "unhealthy" : state, badAnswers: badAnswers + 1, isReported: isReported || isBad };
}
