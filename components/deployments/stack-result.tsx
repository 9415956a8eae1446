import { ArrowUpRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Link } from "@/components/ui/link";
import type { DeploymentView } from "@/lib/contracts/deployment";

/** The link, large: what all of this was for. */
export function StackResult({ view: { kind, url } }: { view: DeploymentView }) {
  const t = useTranslations("stackProgress");
  const all = (
    <Button asChild variant="ghost" size="lg">
      <Link href="/stacks">{t("all")}</Link>
    </Button>
  );
  if (kind === "removal" || !url) return <div className="mt-4 -ms-1">{all}</div>;
  return (
    <>
      <p className="mt-5 flex min-w-0 items-center gap-1.5">
        <a
          href={url}
          target="_blank"
          rel="noreferrer"
          dir="ltr"
          className="wrap-anywhere font-semibold text-accent-text text-xl underline-offset-4 hover:underline @lg/page:text-2xl"
        >
          {url.replace(/^https?:\/\//, "")}
        </a>
        <CopyButton text={url} label={t("copyAddress")} />
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button asChild variant="primary" size="lg">
          <a href={url} target="_blank" rel="noreferrer">
            {t("open")}
            <ArrowUpRight aria-hidden className="rtl:-scale-x-100" />
          </a>
        </Button>
        {all}
      </div>
    </>
  );
}
