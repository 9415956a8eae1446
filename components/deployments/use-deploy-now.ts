import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { toast } from "@/components/ui/toast";
import type { NewDeployment } from "@/lib/contracts/deployment";
import { useRequestDeployment } from "./queries";

/** Requests a deployment and opens its page, where it can be watched. */
export function useDeployNow() {
  const t = useTranslations("deployment");
  const router = useRouter();
  const sentence = useProblemSentence();
  const request = useRequestDeployment();
  const run = (service: string, options: Omit<NewDeployment, "service"> = {}) =>
    request.mutate(
      { service, ...options },
      {
        onSuccess: (view) => {
          toast.succeeded(t("redeployed", { service, number: view.number }));
          router.push(`/deployments/${view.id}`);
        },
        onError: (error) => toast.failed(sentence(error)),
      },
    );
  return { run, busy: request.isPending, error: request.error };
}
