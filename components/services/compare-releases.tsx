"use client";

import { useQuery } from "@tanstack/react-query";
import { FileDiff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { RollbackDifference } from "@/components/deployments/rollback-dialog";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Dialog } from "@/components/ui/dialog";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { FileDifference, ReleaseSummary } from "@/lib/contracts/release";
import { releaseQueries } from "./queries";

/** Any two releases, and the lines of a chosen file. Begins with the two newest. */
export function CompareReleases({ name, releases }: { name: string; releases: readonly ReleaseSummary[] }) {
  const t = useTranslations("releases");
  const [isOpen, setOpen] = useState(false);
  const [from, setFrom] = useState<string>();
  const [to, setTo] = useState<string>();
  const pair = { from: from ?? releases[1]?.id ?? "", to: to ?? releases[0]?.id ?? "" };
  const comparison = useQuery({ ...releaseQueries.comparison(name, pair), enabled: isOpen && pair.from !== "" });
  if (releases.length < 2) return null;
  const trigger = (
    <Button size="sm">
      <FileDiff aria-hidden />
      {t("compare")}
    </Button>
  );
  const choices = releases.map(({ id, number, version }) => (
    <option key={id} value={id}>
      {version ? `${t("number", { number })} · ${version}` : t("number", { number })}
    </option>
  ));
  return (
    <Dialog wide open={isOpen} onOpenChange={setOpen} trigger={trigger} title={t("compareTitle")}>
      <div className="flex flex-col gap-4">
        <div className="grid gap-3 @sm/page:grid-cols-2">
          <Field label={t("compareFrom")}>
            <Select value={pair.from} onChange={(event) => setFrom(event.target.value)}>
              {choices}
            </Select>
          </Field>
          <Field label={t("compareTo")}>
            <Select value={pair.to} onChange={(event) => setTo(event.target.value)}>
              {choices}
            </Select>
          </Field>
        </div>
        {comparison.error ? (
          <ErrorPanel error={comparison.error} retry={comparison.refetch} />
        ) : comparison.data ? (
          <>
            <RollbackDifference preview={comparison.data} />
            <Lines name={name} pair={pair} paths={comparison.data.files.changes.map((change) => change.name)} />
          </>
        ) : (
          <Skeleton className="h-40" />
        )}
      </div>
    </Dialog>
  );
}

/** One file at a time: most comparisons concern few files. */
function Lines({ name, pair, paths }: { name: string; pair: { from: string; to: string }; paths: readonly string[] }) {
  const t = useTranslations("releases");
  const [chosen, setChosen] = useState<string>();
  const path = paths.find((one) => one === chosen) ?? paths[0];
  const file = useQuery({ ...releaseQueries.file(name, { ...pair, path: path ?? "" }), enabled: path !== undefined });
  if (path === undefined) return null;
  return (
    <section className="flex flex-col gap-2">
      <Field label={t("compareFile")}>
        <Select dir="ltr" value={path} onChange={(event) => setChosen(event.target.value)}>
          {paths.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      </Field>
      {file.error ? <ErrorPanel error={file.error} retry={file.refetch} /> : file.data && <Hunks file={file.data} />}
    </section>
  );
}

const TONES = { "+": "bg-succeeded/10 text-succeeded", "-": "bg-failed/10 text-failed", " ": "text-muted" } as const;

function Hunks({ file }: { file: FileDifference }) {
  const t = useTranslations("releases");
  if (file.kind !== "text") return <p className="text-muted text-sm">{t(`compareKinds.${file.kind}`)}</p>;
  return (
    <>
      <pre
        dir="ltr"
        className="max-h-96 overflow-auto rounded-md border bg-background py-1.5 text-start font-mono text-xs leading-5"
      >
        {file.hunks.map(({ fromLine, toLine, lines }) => (
          <code key={`${fromLine}-${toLine}`} className="block w-max min-w-full">
            <span className="block px-2.5 text-faint">{`@@ -${fromLine} +${toLine} @@`}</span>
            {lines.map(([sign, text], index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one difference never change places
              <span key={index} className={cn("block whitespace-pre px-2.5", TONES[sign])}>
                {sign} {text}
              </span>
            ))}
          </code>
        ))}
      </pre>
      {file.isCut && <p className="text-faint text-sm">{t("compareCut")}</p>}
    </>
  );
}
