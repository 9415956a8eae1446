import type { TargetCheck, TargetKind } from "@/lib/contracts/target";
import { toDokployTarget } from "./dokploy-target";
import { failedCheck } from "./failed-check";
import { lookAtHost } from "./look-at-host";
import { hostPlaceOf } from "./place";
import { preflightDokploy } from "./preflight-dokploy";
import type { TargetRow } from "./target-row";
import { listDomainSuffixes } from "./target-store";

type Look = (target: TargetRow) => Promise<TargetCheck>;

const host: Look = (target) => lookAtHost(() => hostPlaceOf(target));

const dokploy: Look = async (target) => {
  const read = toDokployTarget(target);
  if (!read || read.settings.goneAt !== null) return failedCheck({ code: "target-unset", params: {} });
  return preflightDokploy({
    name: target.name,
    url: read.settings.url,
    apiKey: read.secrets.apiKey,
    suffixes: await listDomainSuffixes(target.id),
    isDirect: read.settings.endpointMode === "dnsrr",
  });
};

const LOOKS: Record<TargetKind, Look> = { local: host, ssh: host, dokploy };

/** What a look at a target sees; one that does not answer is a result, not an error. */
export function lookAtTarget(target: TargetRow): Promise<TargetCheck> {
  return LOOKS[target.kind](target);
}
