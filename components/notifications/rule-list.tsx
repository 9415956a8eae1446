"use client";

import { useQuery } from "@tanstack/react-query";
import { ListChecks, Plus } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { toast } from "@/components/ui/toast";
import type { RuleView } from "@/lib/contracts/notification";
import { notificationQueries, useRemoveRule } from "./queries";
import { RuleForm } from "./rule-form";

export function RuleList() {
  const t = useTranslations("notifications.rules");
  const query = useQuery(notificationQueries.rules());
  const channels = useQuery(notificationQueries.channels()).data ?? [];
  const add = useCan()("notification:write") && channels.length > 0 && <RuleDialog />;
  return (
    <Card flush title={t("title")} description={t("text")} actions={add}>
      <ListPanel
        query={query}
        items={query.data}
        empty={
          <EmptyState
            icon={ListChecks}
            title={t("emptyTitle")}
            text={channels.length > 0 ? t("emptyText") : t("needChannel")}
          />
        }
      >
        {(rules) => (
          <ul className="divide-y">
            {rules.map((rule) => (
              <Rule key={rule.id} rule={rule} />
            ))}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}

function Rule({ rule }: { rule: RuleView }) {
  const t = useTranslations("notifications");
  const format = useFormatter();
  const can = useCan();
  const viewer = useViewer();
  const { channel, service, events, owner } = rule;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2">
          <bdi className="break-words font-medium">{channel.name}</bdi>
          <span className="text-muted text-sm">
            {service ? <bdi>{service.name}</bdi> : t("rules.everything")}
            {owner.id !== viewer.id && <> · {t("rules.of", { owner: owner.name })}</>}
          </span>
        </p>
        <p className="text-pretty text-muted text-sm">{format.list(events.map((kind) => t(`events.${kind}`)))}</p>
      </div>
      {can("notification:write", { ownerId: owner.id }) && (
        <span className="flex gap-2">
          <RuleDialog rule={rule} />
          <RemoveRule rule={rule} />
        </span>
      )}
    </li>
  );
}

/** Adds a rule, or changes the given one. */
function RuleDialog({ rule }: { rule?: RuleView }) {
  const t = useTranslations("notifications.rules");
  const channels = useQuery(notificationQueries.channels()).data ?? [];
  const [open, setOpen] = useState(false);
  const trigger = rule ? (
    <Button size="sm">{t("edit")}</Button>
  ) : (
    <Button variant="primary">
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Dialog
      wide
      open={open}
      onOpenChange={setOpen}
      trigger={trigger}
      title={t(rule ? "editTitle" : "newTitle")}
      description={t("formText")}
    >
      <RuleForm {...(rule && { rule })} channels={channels} onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function RemoveRule({ rule }: { rule: RuleView }) {
  const t = useTranslations("notifications.rules");
  const remove = useRemoveRule();
  return (
    <ConfirmChange
      danger
      trigger={<Button size="sm">{t("remove")}</Button>}
      title={t("removeTitle")}
      description={t("removeText")}
      action={t("remove")}
      change={remove}
      input={rule.id}
      onDone={() => toast.succeeded(t("wasRemoved"))}
    />
  );
}
