import type { Fact } from "@/lib/contracts/fact";
import { Facts } from "@/lib/contracts/fact-shape";
import { tellFactsIn } from "@/lib/platform/i18n/tell-facts";

/** A phase's facts and their text in English. A phase that ended before facts existed has only a text. */
export async function readFacts(phase: Stored): Promise<{ facts: Fact[]; detail: string | null }> {
  const facts = Facts.parse(phase.facts);
  return { facts, detail: facts.length > 0 ? (await tellFactsIn("en"))(facts) : (phase.detail ?? null) };
}

interface Stored {
  facts?: unknown;
  detail?: string | null | undefined;
}
