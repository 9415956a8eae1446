"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, SearchCheck, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { useQuantities } from "@/components/ui/quantities";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import type { Orphan, Orphans, OrphansRemoved } from "@/lib/contracts/drift";
import { driftQueries, useRemoveOrphans } from "./queries";

/** Orphans are searched on request only: the search reads all of Landfall's resources on the host. */
export function OrphanCard({ target }: { target: string }) {
  const t = useTranslations("orphans");
  const [isWanted, setWanted] = useState(false);
  const query = useQuery({ ...driftQueries.orphans(target), enabled: isWanted });
  const search = () => (isWanted ? void query.refetch() : setWanted(true));
  const actions = (
    <Button busy={query.isFetching} onClick={search}>
      <SearchCheck aria-hidden />
      {t(isWanted ? "lookAgain" : "look")}
    </Button>
  );
  return (
    <Card flush title={t("title")} description={t("description")} actions={actions} className="overflow-hidden">
      {isWanted && (
        <div aria-live="polite">
          {query.data && <Incomplete problems={query.data.problems} />}
          <ListPanel
            query={query}
            items={query.data?.items}
            empty={<EmptyState icon={CircleCheck} title={t("none")} />}
          >
            {(orphans) => <OrphanList target={target} orphans={orphans} />}
          </ListPanel>
        </div>
      )}
    </Card>
  );
}

function Incomplete({ problems }: Pick<Orphans, "problems">) {
  const t = useTranslations("orphans");
  const sentence = useProblemSentence();
  if (problems.length === 0) return null;
  return (
    <div role="alert" className="border-b px-4 py-2.5 text-sm wash-warning">
      <p className="font-medium text-warning">{t("incomplete")}</p>
      {problems.map((problem) => (
        <p key={problem.code + (problem.detail ?? "")} className="break-words">
          {sentence(problem)} {problem.detail && <code className="figures text-muted">{problem.detail}</code>}
        </p>
      ))}
    </div>
  );
}

/** The orphans that may be removed; those with data are in a separate list. */
function OrphanList({ target, orphans }: { target: string; orphans: readonly Orphan[] }) {
  const t = useTranslations("orphans");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const selected = orphans.filter(({ id }) => chosen.has(id));
  const choose = (ids: readonly string[], isChosen: boolean) =>
    setChosen((before) => {
      const next = new Set(before);
      for (const id of ids)
        if (isChosen) next.add(id);
        else next.delete(id);
      return next;
    });
  const data = orphans.filter(({ isData }) => isData);
  const things = orphans.filter(({ isData }) => !isData);
  return (
    <>
      {things.length > 0 && <Part label={t("things")} orphans={things} chosen={chosen} choose={choose} />}
      {data.length > 0 && (
        <Part
          label={t("data")}
          heading={
            <div className="border-t px-4 pt-3">
              <h3 className="font-medium text-warning">{t("data")}</h3>
              <p className="text-muted text-sm">{t("dataText")}</p>
            </div>
          }
          orphans={data}
          chosen={chosen}
          choose={choose}
        />
      )}
      <div className="border-t px-4 py-3">
        <RemoveOrphans target={target} selected={selected} />
      </div>
    </>
  );
}

interface PartProps {
  label: string;
  heading?: ReactNode;
  orphans: readonly Orphan[];
  chosen: ReadonlySet<string>;
  choose: (ids: readonly string[], isChosen: boolean) => void;
}

function Part({ label, heading, orphans, chosen, choose }: PartProps) {
  const t = useTranslations("orphans");
  const count = orphans.filter(({ id }) => chosen.has(id)).length;
  const all = count === orphans.length || (count > 0 && ("indeterminate" as const));
  return (
    <>
      {heading}
      <Table label={label}>
        <thead>
          <tr>
            <TableHead className="w-8 pe-0">
              <Checkbox
                checked={all}
                onCheckedChange={(isChosen) =>
                  choose(
                    orphans.map(({ id }) => id),
                    isChosen === true,
                  )
                }
                aria-label={t("selectAll")}
              />
            </TableHead>
            <TableHead>{t("name")}</TableHead>
            <TableHead className="@max-lg/page:hidden">{t("kind")}</TableHead>
            <TableHead className="@max-3xl/page:hidden">{t("service")}</TableHead>
            <TableHead className="text-end">{t("size")}</TableHead>
          </tr>
        </thead>
        <tbody>
          {orphans.map((orphan) => (
            <Row
              key={orphan.id}
              orphan={orphan}
              isChosen={chosen.has(orphan.id)}
              choose={(isChosen) => choose([orphan.id], isChosen)}
            />
          ))}
        </tbody>
      </Table>
    </>
  );
}

interface RowProps {
  orphan: Orphan;
  isChosen: boolean;
  choose: (isChosen: boolean) => void;
}

function Row({ orphan: { kind, name, service, bytes }, isChosen, choose }: RowProps) {
  const t = useTranslations("orphans");
  const quantities = useQuantities();
  return (
    <TableRow>
      <TableCell className="w-8 pe-0">
        <Checkbox
          checked={isChosen}
          onCheckedChange={(value) => choose(value === true)}
          aria-label={t("selectNamed", { name })}
        />
      </TableCell>
      <TableCell className="max-w-96">
        <span dir="ltr" className="figures block break-all text-start text-[0.92em] rtl:text-end">
          {name}
        </span>
        <span className="text-muted text-sm @lg/page:hidden">{t(`kinds.${kind}`)}</span>
      </TableCell>
      <TableCell className="whitespace-nowrap text-muted @max-lg/page:hidden">{t(`kinds.${kind}`)}</TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">{service ? <bdi>{service}</bdi> : t("shared")}</TableCell>
      <TableCell className="figures whitespace-nowrap text-end text-[0.92em] text-muted">
        {bytes === null ? "–" : quantities.bytes(bytes)}
      </TableCell>
    </TableRow>
  );
}

function RemoveOrphans({ target, selected }: { target: string; selected: readonly Orphan[] }) {
  const t = useTranslations("orphans");
  const sentence = useProblemSentence();
  const [open, setOpen] = useState(false);
  const remove = useRemoveOrphans(target);
  const dataCount = selected.filter(({ isData }) => isData).length;
  const tell = ({ removed, kept }: OrphansRemoved) => {
    setOpen(false);
    if (removed.length > 0) toast.succeeded(t("removed", { count: removed.length }));
    const reasons = [...new Set(kept.map(({ problem }) => problem.detail ?? sentence(problem)))];
    if (kept.length > 0) toast.failed(`${t("kept", { count: kept.length })} ${reasons.join(" ")}`);
  };
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button disabled={selected.length === 0}>
          <Trash2 aria-hidden />
          {t("remove")}
        </Button>
      }
      title={t("removeTitle", { count: selected.length, target })}
      description={t("removeText")}
      action={t("remove")}
      busy={remove.isPending}
      error={remove.error ? sentence(remove.error) : undefined}
      onConfirm={() => remove.mutate({ ids: selected.map(({ id }) => id) }, { onSuccess: tell })}
    >
      {dataCount > 0 && <p className="font-medium text-failed">{t("removeDataText", { count: dataCount })}</p>}
    </ConfirmDialog>
  );
}
