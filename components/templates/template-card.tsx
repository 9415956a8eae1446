import { Pencil } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Fact } from "@/components/targets/fact";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time";
import type { TemplateView } from "@/lib/contracts/template";

export function TemplateCard({ template }: { template: TemplateView }) {
  const t = useTranslations("templates");
  const { name, description, readOnly, updatedAt } = template;
  const mayChange = useCan()("template:write") && !readOnly;
  return (
    <article className="overflow-hidden rounded-lg border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-3">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 font-medium text-base">
            <bdi>{name}</bdi>
            {readOnly && <Badge>{t("readOnly")}</Badge>}
          </h2>
          <p className="text-pretty text-muted text-sm">
            {description && (
              <>
                <bdi>{description}</bdi>
                {" · "}
              </>
            )}
            {t.rich("changedWhen", { when: () => <TimeAgo at={updatedAt} /> })}
          </p>
        </div>
        {mayChange && (
          <Button asChild>
            <Link href={`/templates/${encodeURIComponent(name)}`} aria-label={t("editNamed", { name })}>
              <Pencil aria-hidden />
              {t("edit")}
            </Link>
          </Button>
        )}
      </header>
      <TemplateFacts template={template} />
      {readOnly && <p className="border-t px-4 py-2.5 text-pretty text-muted text-sm">{t("readOnlyText")}</p>}
    </article>
  );
}

function TemplateFacts({ template }: { template: TemplateView }) {
  const t = useTranslations("templates");
  const { image, domainSuffix, https, target, stacks } = template;
  return (
    <dl className="grid gap-x-6 gap-y-3 p-4 @lg/page:grid-cols-2 @4xl/page:grid-cols-[2fr_2fr_1fr_auto]">
      <Fact label={t("image")}>
        <span dir="ltr" className="figures break-all text-[0.92em]">
          {image}
        </span>
      </Fact>
      <Fact label={t("address")}>
        <span dir="ltr" className="figures break-all text-[0.92em]">
          {`${https ? "https" : "http"}://`}
          <span className="text-accent-text">{"{name}"}</span>
          {`.${domainSuffix}`}
        </span>
      </Fact>
      <Fact label={t("target")}>{target ? <bdi>{target}</bdi> : t("firstTarget")}</Fact>
      <Fact label={t("stacks")}>{t("stackCount", { count: stacks })}</Fact>
    </dl>
  );
}
