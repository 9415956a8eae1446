"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { useQuantities } from "@/components/ui/use-quantities";
import type { Orphan } from "@/lib/contracts/drift";
import { RemoveOrphans } from "./remove-orphans";

/** What may go, and data apart from it. */
export function OrphanList({ target, orphans }: { target: string; orphans: readonly Orphan[] }) {
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
