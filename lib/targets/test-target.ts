import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { TargetCheck, TargetTest } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { lookAtHost } from "./check-target";
import { takeDokploy, toDokployTarget } from "./dokploy-target";
import { sshPlace } from "./place";
import { preflightDokploy } from "./preflight-dokploy";
import { toSshTarget } from "./ssh-target";
import { takeSsh } from "./take-ssh";
import type { TargetRow } from "./target-row";
import { findTargetRow, listDomainSuffixes } from "./target-store";

type Test<Kind> = (draft: Extract<TargetTest, { kind: Kind }>, known: TargetRow | null) => Promise<TargetCheck>;

const TESTS: { [Kind in TargetTest["kind"]]: Test<Kind> } = {
  ssh: async (draft, known) => {
    const ssh = takeSsh(draft, known && toSshTarget(known));
    return lookAtHost(() => sshPlace(ssh));
  },
  dokploy: async (draft, known) => {
    const { settings, secrets } = takeDokploy(draft, known && toDokployTarget(known));
    const suffixes = await listDomainSuffixes(known?.id ?? null);
    return preflightDokploy({
      name: draft.name ?? "a test",
      url: settings.url,
      apiKey: secrets.apiKey,
      suffixes,
      isDirect: settings.endpointMode === "dnsrr",
    });
  },
};

/** The look that a target gets, of one that is not written down (like this). Wrong keys are an error, the rest a result. */
export async function testTarget(draft: TargetTest, actor: Actor): Promise<TargetCheck> {
  authorize(actor, "target:write");
  const known = draft.target === undefined ? null : await findTargetRow(draft.target);
  if (draft.target !== undefined && known?.kind !== draft.kind) throw new Problem("not-found");
  return test(draft, known);
}

function test<Kind extends TargetTest["kind"]>(draft: Extract<TargetTest, { kind: Kind }>, known: TargetRow | null) {
  return TESTS[draft.kind as Kind](draft, known);
}
