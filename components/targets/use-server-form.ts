import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "@/components/ui/toast";
import { useChangeTarget, useCreateTarget, useTestTarget } from "@/lib/client/targets";
import type { TargetView } from "@/lib/contracts/target";
import { bodyOfServer, draftOfServer, emptyServer, type ServerDraft } from "./server-draft";

/** What is typed, what the last try said of it, and the two things one can do with it. */
export function useServerForm(target: TargetView | undefined) {
  const t = useTranslations("serverForm");
  const router = useRouter();
  const [draft, setDraft] = useState<ServerDraft>(() => (target ? draftOfServer(target) : emptyServer));
  const [error, refused] = useState<unknown>(null);
  const create = useCreateTarget();
  const change = useChangeTarget(target?.name ?? "");
  const test = useTestTarget();

  const set = (changed: Partial<ServerDraft>) => {
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
    const body = bodyOfServer(draft);
    if (target) change.mutate(body, options);
    else create.mutate(body, options);
  };
  const tryOut = () => {
    refused(null);
    test.mutate({ ...bodyOfServer(draft), target: target?.name }, { onError: refused });
  };
  return {
    draft,
    set,
    error,
    refused,
    /** At another address nothing is confirmed; a server that is there is expected to show the key it showed. */
    elsewhere: { hostKey: target?.ssh?.hostKey ?? null },
    test: { run: tryOut, isBusy: test.isPending, check: test.data },
    // Saved is saved: until the page has changed, a second press must not try again.
    save: { run: save, isBusy: [create, change].some(({ isPending, isSuccess }) => isPending || isSuccess) },
  };
}
