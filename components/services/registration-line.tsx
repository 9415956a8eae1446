import { Radio, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import type { ServiceDetail } from "@/lib/contracts/service";

/** What the Registry knows of it; silent for a service that is not announced. */
export function RegistrationLine({ service: { registration, autoRegister } }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const sentence = useProblemSentence();
  if (!registration) {
    return autoRegister ? null : <p className="mt-4 border-t pt-3 text-faint text-sm">{t("notAnnounced")}</p>;
  }
  const Icon = registration.problem ? TriangleAlert : Radio;
  return (
    <p className="mt-4 flex items-start gap-2 border-t pt-3 text-muted text-sm">
      <Icon
        aria-hidden
        className={registration.problem ? "mt-px size-4 shrink-0 text-warning" : "mt-px size-4 shrink-0 text-faint"}
      />
      <span className="min-w-0 break-words">
        {registration.problem
          ? sentence(registration.problem)
          : t.rich("announcedAs", {
              endpoint: () => <span className="figures text-[0.92em]">{registration.endpoint}</span>,
            })}
      </span>
    </p>
  );
}
