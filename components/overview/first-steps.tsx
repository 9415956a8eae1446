import { useQuery } from "@tanstack/react-query";
import { Boxes, Layers, Plus, Rocket, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { stackQueries } from "@/components/stacks/queries";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";

const STEPS = [
  { name: "describe", icon: Boxes },
  { name: "deploy", icon: Rocket },
  { name: "goBack", icon: Undo2 },
] as const;

/** For somebody who has nothing yet: three steps, one button, no empty chart. */
export function FirstSteps() {
  const t = useTranslations("overview.first");
  const mayCreate = useCan()("service:create");
  return (
    <Page className="max-w-3xl pt-[8dvh]">
      <h1 className="font-semibold text-xl tracking-tight">{t("title")}</h1>
      <p className="mt-1 text-pretty text-muted">{t(mayCreate ? "text" : "textViewer")}</p>
      <ol className="mt-6 divide-y rounded-lg border bg-surface">
        {STEPS.map(({ name, icon: Icon }, index) => (
          <li key={name} className="flex items-start gap-4 px-5 py-4">
            <span className="grid size-9 shrink-0 place-items-center rounded-lg border bg-background text-accent-text">
              <Icon aria-hidden className="size-4.5 rtl:-scale-x-100" />
            </span>
            <div>
              <h2 className="font-medium">
                <span className="me-1.5 text-faint tabular-nums">{index + 1}.</span>
                {t(`${name}.title`)}
              </h2>
              <p className="mt-0.5 text-pretty text-muted">{t(`${name}.text`)}</p>
            </div>
          </li>
        ))}
      </ol>
      {mayCreate && (
        <div className="mt-6 flex flex-wrap gap-2">
          <Button asChild variant="primary" size="lg">
            <Link href="/services/new">
              <Plus aria-hidden />
              {t("action")}
            </Link>
          </Button>
          <StackButton />
        </div>
      )}
    </Page>
  );
}

/** The shorter way, where there is one: a name instead of code. */
function StackButton() {
  const t = useTranslations("stacks");
  const offers = useQuery(stackQueries.offers()).data ?? [];
  if (offers.length === 0) return null;
  return (
    <Button asChild size="lg">
      <Link href="/stacks/new">
        <Layers aria-hidden />
        {t("first")}
      </Link>
    </Button>
  );
}
