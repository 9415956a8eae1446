import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useRequestDeployment } from "@/components/deployments/queries";
import { toast } from "@/components/ui/toast";
import { useCreateService } from "./queries";
import { bodyOf, type ServiceDraft } from "./service-draft";
import { environmentOf, secretsAmong, type Variable } from "./variables";

/** Creates the service, deploys it when asked to, and goes where it can be seen. */
export function useNewService() {
  const t = useTranslations("serviceForm");
  const router = useRouter();
  const sentence = useProblemSentence();
  const service = useCreateService();
  const deployment = useRequestDeployment();

  const deploy = (name: string) =>
    deployment.mutate(
      { service: name },
      {
        onSuccess: ({ id }) => router.push(`/deployments/${id}`),
        onError: (error) => {
          toast.failed(t("createdNotDeployed", { name, problem: sentence(error) }));
          router.push(`/services/${name}`);
        },
      },
    );
  const created = (name: string) => {
    toast.succeeded(t("created", { name }));
    router.push(`/services/${name}`);
  };
  const create = (draft: ServiceDraft, variables: readonly Variable[], andDeploy: boolean) => {
    const place = draft.target ? { target: draft.target } : {};
    const body = {
      name: draft.name.trim() || undefined,
      ...place,
      ...bodyOf(draft),
      environment: environmentOf(variables),
      secret: secretsAmong(variables),
    };
    service.mutate(body, { onSuccess: ({ name }) => (andDeploy ? deploy(name) : created(name)) });
  };
  // Created is created: until the page has changed, a second press must not try again.
  return { create, busy: service.isPending || service.isSuccess, error: service.error };
}
