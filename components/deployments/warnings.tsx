import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import type { DeploymentView } from "@/lib/contracts/deployment";

export function Warnings({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const sentence = useProblemSentence();
  if (view.warnings.length === 0) return null;
  const title = t(view.state === "succeeded" ? "warnings" : "warningsSoFar", { count: view.warnings.length });
  return (
    <section className="flex items-start gap-3 rounded-lg border border-s-3 border-s-warning bg-surface px-4 py-3">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="min-w-0">
        <h2 className="font-semibold">{title}</h2>
        <ul>
          {view.warnings.map((warning) => (
            <li key={JSON.stringify(warning)}>
              {sentence(warning)}
              {warning.detail && <bdi className="figures ms-1 break-all text-muted text-xs">{warning.detail}</bdi>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
