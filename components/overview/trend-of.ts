import type { Overview } from "@/lib/contracts/overview";

/** Below this a difference is noise. */
const NOTICEABLE = 0.05;

export function trendOf({
  medianMs,
  earlierMedianMs,
}: Overview["duration"]): { direction: "faster" | "slower" | "same"; part: number } | null {
  if (medianMs === null || earlierMedianMs === null || earlierMedianMs === 0) return null;
  const change = medianMs / earlierMedianMs - 1;
  const part = Math.round(Math.abs(change) * 100) / 100;
  if (part < NOTICEABLE) return { direction: "same", part };
  return { direction: change < 0 ? "faster" : "slower", part };
}
