import type { Fact } from "@/lib/contracts/fact";
import { Facts } from "@/lib/contracts/fact-shape";
import { tellFactsIn } from "@/lib/platform/i18n/tell-facts";

/** What a phase told of itself, with its text in English. One that ended before there were facts has a text alone. */
export async function readFacts(phase: Stored): Promise<{ facts: Fact[]; detail: string | null }> {
  const facts = Facts.parse(phase.facts);
  return { facts, detail: facts.length > 0 ? (await tellFactsIn("en"))(facts) : (phase.detail ?? null) };
}

interface Stored {
  facts?: unknown;
  detail?: string | null | undefined;
}
