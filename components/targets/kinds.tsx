"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Boxes, Layers } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import type { ComponentType } from "react";
import { allItems } from "@/components/api/paged";
import { TargetDrift } from "@/components/drift/target-drift";
import { useCan } from "@/components/layout/viewer";
import { serviceQueries } from "@/components/services/queries";
import { ServiceTable } from "@/components/services/service-table";
import { stackQueries } from "@/components/stacks/queries";
import { StackRows } from "@/components/stacks/stack-row";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import type { TargetKind, TargetView } from "@/lib/contracts/target";
import { DokployBody } from "./dokploy-body";
import { HostBody } from "./host-body";
import { sshAddress } from "./host-facts";
import { PreflightCard } from "./preflight";

interface OfTarget {
  target: TargetView;
}

interface KindOfTarget {
  /** Null for a kind that always exists. Loaded only where a target is added or changed. */
  Form: ComponentType<{ target?: TargetView; hasAgent: boolean }> | null;
  /** Its address in one line, or the name of its kind. */
  Address: ComponentType<OfTarget>;
  /** The findings of its last check. `isWhole`: on its own page, which shows the rest as well. */
  Body: ComponentType<OfTarget & { isWhole?: boolean }>;
  /** The services of the target, and checks that only this kind has. */
  Contents: ComponentType<OfTarget>;
  /** A host runs drivers and can be checked by a command; a platform runs stacks and has a pre-flight. */
  isHost: boolean;
}

const HOST = { Body: HostBody, Contents: HostContents, isHost: true };

/** Every kind of target: a new one is a line here, and its messages under `targets.kinds` and `dokploy.kinds`. */
export const TARGET_KINDS: Record<TargetKind, KindOfTarget> = {
  local: { ...HOST, Form: null, Address: KindName },
  ssh: { ...HOST, Form: dynamic(() => import("./server-form").then((file) => file.ServerForm)), Address: SshAddress },
  dokploy: {
    Form: dynamic(() => import("./dokploy-form").then((file) => file.DokployForm)),
    Address: DokployAddress,
    Body: DokployBody,
    Contents: PlatformContents,
    isHost: false,
  },
};

function KindName({ target: { kind } }: OfTarget) {
  return useTranslations("targets.kinds")(kind);
}

function SshAddress({ target }: OfTarget) {
  if (!target.ssh) return <KindName target={target} />;
  return <span className="figures break-all text-[0.96em]">{sshAddress(target.ssh)}</span>;
}

function DokployAddress({ target }: OfTarget) {
  return (
    <>
      <KindName target={target} />
      {" · "}
      <span dir="ltr" className="figures break-all text-[0.96em]">
        {target.dokploy?.url.replace(/^https?:\/\//, "")}
      </span>
    </>
  );
}

function HostContents({ target }: OfTarget) {
  return (
    <>
      <TargetDrift target={target} />
      <ServicesHere name={target.name} />
    </>
  );
}

function PlatformContents({ target }: OfTarget) {
  return (
    <>
      <PreflightCard target={target} />
      <TargetDrift target={target} />
      <StacksHere target={target.name} />
    </>
  );
}

function ServicesHere({ name }: { name: string }) {
  const t = useTranslations("targets");
  const query = useInfiniteQuery(serviceQueries.list({ target: name }));
  const empty = <EmptyState icon={Boxes} title={t("noServicesTitle")} text={t("noServicesText")} />;
  return (
    <Card flush title={t("servicesHere")} className="overflow-hidden">
      <ListPanel query={query} items={allItems(query.data)} empty={empty}>
        {(services) => <ServiceTable services={services} />}
      </ListPanel>
    </Card>
  );
}

/** The stacks of one server that the viewer may see. */
function StacksHere({ target }: { target: string }) {
  const t = useTranslations("dokploy");
  const seesAll = useCan()("service:read", { ownerId: null });
  const query = useInfiniteQuery(stackQueries.list(seesAll ? { all: "true" } : {}));
  const here = allItems(query.data)?.filter((stack) => stack.target.name === target);
  return (
    <Card flush title={t("stacksHere")} className="overflow-hidden">
      <ListPanel
        query={query}
        items={here}
        empty={<EmptyState icon={Layers} title={t("noStacksTitle")} text={t("noStacksText")} />}
      >
        {(stacks) => <StackRows plain stacks={stacks} showOwner={seesAll} />}
      </ListPanel>
    </Card>
  );
}
