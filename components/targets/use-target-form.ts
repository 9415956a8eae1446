import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "@/components/ui/toast";
import type { TargetView } from "@/lib/contracts/target";
import { useChangeTarget, useCreateTarget, useTestTarget } from "./queries";

interface FormOf<Draft> {
  kind: TargetView["kind"];
  first: () => Draft;
  /** What creating, changing and testing send. */
  bodyOf: (draft: Draft) => Record<string, unknown>;
}

/** What is typed, what the last try said of it, and the two things one can do with it. */
export function useTargetForm<Draft extends object>(
  target: TargetView | undefined,
  { kind, first, bodyOf }: FormOf<Draft>,
) {
  const t = useTranslations("serverForm");
  const router = useRouter();
  const [draft, setDraft] = useState(first);
  const [error, refused] = useState<unknown>(null);
  const create = useCreateTarget();
  const change = useChangeTarget(target?.name ?? "");
  const test = useTestTarget();

  const set = (changed: Partial<Draft>) => {
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
    if (target) change.mutate(bodyOf(draft), options);
    else create.mutate({ kind, ...bodyOf(draft) }, options);
  };
  const tryOut = () => {
    refused(null);
    test.mutate({ kind, ...bodyOf(draft), target: target?.name }, { onError: refused });
  };
  return {
    draft,
    set,
    error,
    refused,
    test: { run: tryOut, isBusy: test.isPending, check: test.data },
    // Saved is saved: until the page has changed, a second press must not try again.
    save: { run: save, isBusy: [create, change].some(({ isPending, isSuccess }) => isPending || isSuccess) },
  };
}
