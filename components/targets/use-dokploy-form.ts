import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "@/components/ui/toast";
import { useChangeTarget, useCreateTarget, useTestTarget } from "@/lib/client/targets";
import type { TargetView } from "@/lib/contracts/target";
import { bodyOfDokploy, type DokployDraft, draftOfDokploy, emptyDokploy, suggestedDokployName } from "./dokploy-draft";

/** What is typed, what the last try said of it, and the two things one can do with it. */
export function useDokployForm(target: TargetView | undefined) {
  const t = useTranslations("serverForm");
  const router = useRouter();
  const [draft, setDraft] = useState<DokployDraft>(() => (target ? draftOfDokploy(target) : emptyDokploy));
  const [error, refused] = useState<unknown>(null);
  const create = useCreateTarget();
  const change = useChangeTarget(target?.name ?? "");
  const test = useTestTarget();

  const set = (changed: Partial<DokployDraft>) => {
    setDraft({ ...draft, ...changed });
    test.reset(); // it told of something else
  };
  const saved = ({ name }: TargetView) => {
    toast.succeeded(t(target ? "saved" : "added", { name }));
    router.push(`/targets/${name}`);
  };
  const save = () => {
    refused(null);
    const options = { onSuccess: saved, onError: refused };
    const body = bodyOfDokploy(draft);
    if (target) change.mutate(body, options);
    else create.mutate({ kind: "dokploy", ...body }, options);
  };
  const tryOut = () => {
    refused(null);
    test.mutate({ kind: "dokploy", ...bodyOfDokploy(draft), target: target?.name }, { onError: refused });
  };
  return {
    draft,
    set,
    error,
    /** A name that nobody has typed yet follows from the address. */
    suggestName: () => draft.name === "" && set({ name: suggestedDokployName(draft.url) }),
    test: { run: tryOut, isBusy: test.isPending, check: test.data },
    // Saved is saved: until the page has changed, a second press must not try again.
    save: { run: save, isBusy: [create, change].some(({ isPending, isSuccess }) => isPending || isSuccess) },
  };
}
