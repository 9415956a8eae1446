import type { TargetView } from "@/lib/contracts/target";
import { bodyOfDokploy, draftOfDokploy, emptyDokploy, suggestedDokployName } from "./dokploy-draft";
import { useTargetForm } from "./use-target-form";

export function useDokployForm(target: TargetView | undefined) {
  const first = () => (target ? draftOfDokploy(target) : emptyDokploy);
  const form = useTargetForm(target, { kind: "dokploy", first, bodyOf: bodyOfDokploy });
  const { draft, set } = form;
  return {
    ...form,
    /** A name that nobody has typed yet follows from the address. */
    suggestName: () => draft.name === "" && set({ name: suggestedDokployName(draft.url) }),
  };
}
