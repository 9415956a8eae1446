import { useQuery } from "@tanstack/react-query";
import { useViewer } from "@/components/layout/viewer";
import { targetQueries } from "@/components/targets/queries";
import type { GrantsView } from "@/lib/contracts/grants";
import type { SettingField } from "@/lib/drivers/catalogue";
import type { ServiceDraft } from "./service-draft";

/** What the target grants members; null for an administrator, whom no grant binds, and for a target that is not known. */
export function useGranted(targetName: string): GrantsView | null {
  const { role } = useViewer();
  const targets = useQuery(targetQueries.list()).data;
  if (role === "admin") return null;
  return targets?.find(({ name }) => name === targetName)?.grants ?? null;
}

/** The draft on a target that takes it: a member's goes to the first one they may deploy to, from what they may use there. */
export function useGrantedDraft(draft: ServiceDraft): { draft: ServiceDraft; hasTarget: boolean } {
  const { role } = useViewer();
  const targets = useQuery(targetQueries.list()).data;
  const open = targets?.filter(
    ({ kind, mayDeploy, disabledAt }) => mayDeploy && disabledAt === null && kind !== "dokploy",
  );
  const target = draft.target || (open?.find(({ kind }) => kind === "local") ?? open?.[0])?.name || "";
  const granted = useGranted(target);
  if (role === "admin") return { draft, hasTarget: true };
  const hasTarget = targets === undefined || target !== "";
  if (!granted) return { draft: { ...draft, target }, hasTarget };
  const isWithheld = draft.sourceKind === "folder" && granted.sourceRoots.length === 0;
  const driver = granted.drivers.includes(draft.driver) ? draft.driver : (granted.drivers[0] ?? draft.driver);
  return { draft: { ...draft, target, driver, ...(isWithheld && { sourceKind: "archive" }) }, hasTarget };
}

/** The values that a setting may have besides none; null where any may. */
export function grantedValues(granted: GrantsView | null, driver: string, field: SettingField): string[] | null {
  if (!granted) return null;
  if (field.name === "network") return granted.networks;
  return field.name === "user" && driver !== "docker" ? granted.users : null;
}
