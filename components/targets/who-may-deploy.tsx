"use client";

import { KeyRound, ShieldCheck, Users } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useCan, useViewer } from "@/lib/client/viewer";
import type { Audience } from "@/lib/contracts/grants";
import type { TargetView } from "@/lib/contracts/target";
import { Fact } from "./fact";
import { GrantsForm } from "./grants-form";
import { TARGET_KINDS } from "./kinds";

/** Who may deploy to a target and what members may choose there; an administrator changes it in place. */
export function WhoMayDeploy({ target }: { target: TargetView }) {
  const t = useTranslations("targets.grants");
  const may = useCan();
  const [isEdited, setEdited] = useState(false);
  const change = may("target:write") && !isEdited && (
    <Button size="sm" onClick={() => setEdited(true)}>
      {t("change")}
    </Button>
  );
  return (
    <Card title={t("title")} actions={change}>
      {isEdited ? <GrantsForm target={target} onDone={() => setEdited(false)} /> : <Granted target={target} />}
    </Card>
  );
}

const ICONS = { administrators: ShieldCheck, people: KeyRound, everyone: Users } as const satisfies Record<
  Audience,
  unknown
>;

function Granted({ target }: { target: TargetView }) {
  const t = useTranslations("targets.grants");
  const viewer = useViewer();
  const may = useCan();
  const { audience, people } = target.grants;
  const Icon = ICONS[audience];
  const isMember = viewer.role === "member";
  return (
    <div className="flex flex-col gap-4">
      <p className="flex items-start gap-2">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span className="text-pretty">
          {isMember ? t(target.mayDeploy ? "youMay" : "youMayNot") : t(`${audience}.text`)}
        </span>
      </p>
      {audience === "people" && may("user:read") && (
        <ul className="flex flex-wrap gap-1.5">
          {people.map(({ id, name }) => (
            <li key={id} className="rounded-full border bg-subtle px-2.5 py-0.5 text-sm">
              <bdi>{name}</bdi>
            </li>
          ))}
          {people.length === 0 && <li className="text-muted text-sm">{t("nobody")}</li>}
        </ul>
      )}
      {audience !== "administrators" && (target.mayDeploy || !isMember) && <Choices target={target} />}
    </div>
  );
}

/** What a member's service may use there. */
function Choices({ target: { kind, grants } }: { target: TargetView }) {
  const t = useTranslations("targets.grants");
  if (!TARGET_KINDS[kind].isHost) return <p className="text-muted text-sm">{t("templatesOnly")}</p>;
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,14rem),1fr))] gap-x-6 gap-y-3">
      <Fact label={t("drivers")}>
        {listed(
          grants.drivers.filter((driver) => driver !== "dokploy"),
          t("none"),
        )}
      </Fact>
      <Fact label={t("networks")}>{listed(grants.networks, t("ownNetwork"))}</Fact>
      <Fact label={t("users")}>{listed(grants.users, t("ownUser"))}</Fact>
      <Fact label={t("registries")}>{listed(grants.registries, t("none"))}</Fact>
      <Fact label={t("ports")}>{listed(grants.ports, t("none"))}</Fact>
      <Fact label={t("sourceRoots")}>{listed(grants.sourceRoots, t("none"))}</Fact>
    </dl>
  );
}

function listed(values: readonly (string | number)[], none: string): ReactNode {
  return values.length === 0 ? none : <span className="break-words font-mono text-sm">{values.join(", ")}</span>;
}
