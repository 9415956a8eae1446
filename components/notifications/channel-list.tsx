"use client";

import { useQuery } from "@tanstack/react-query";
import { Bell, Pencil, Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { MenuItem, MenuSeparator } from "@/components/ui/dropdown-menu";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { RowMenu, useRowDialog } from "@/components/ui/row-menu";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { ChannelView } from "@/lib/contracts/notification";
import { ChannelForm } from "./channel-form";
import { notificationQueries, useRemoveChannel } from "./queries";

/** Where messages are sent: one's own channels and the shared ones. */
export function ChannelList() {
  const t = useTranslations("notifications.channels");
  const query = useQuery(notificationQueries.channels());
  const add = useCan()("notification:write") && <NewChannel />;
  return (
    <Card flush title={t("title")} description={t("text")} actions={add}>
      <ListPanel
        query={query}
        items={query.data}
        empty={<EmptyState icon={Bell} title={t("emptyTitle")} text={t("emptyText")} />}
      >
        {(channels) => (
          <ul className="divide-y">
            {channels.map((channel) => (
              <Channel key={channel.id} channel={channel} />
            ))}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}

function Channel({ channel }: { channel: ChannelView }) {
  const t = useTranslations("notifications");
  const sentence = useProblemSentence();
  const { id } = useViewer();
  const { name, kind, owner, mayChange, failingSince, problem, lastSentAt } = channel;
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <bdi className="break-words font-medium">{name}</bdi>
          <span className="text-muted text-sm">{t(`kinds.${kind}`)}</span>
          {owner === null && <Badge tone="outline">{t("channels.shared")}</Badge>}
          {owner && owner.id !== id && <bdi className="text-muted text-sm">{owner.name}</bdi>}
        </p>
        {failingSince ? (
          <p className="text-pretty text-sm text-warning">
            {t("channels.failing")} <TimeAgo at={failingSince} />
            {problem && <>: {sentence(problem)}</>}
          </p>
        ) : (
          <p className="text-muted text-sm">
            {lastSentAt ? (
              <>
                {t("channels.sent")} <TimeAgo at={lastSentAt} />
              </>
            ) : (
              t("channels.unused")
            )}
          </p>
        )}
      </div>
      {mayChange && <ChannelMenu channel={channel} />}
    </li>
  );
}

function NewChannel() {
  const t = useTranslations("notifications.channels");
  const [open, setOpen] = useState(false);
  const trigger = (
    <Button variant="primary">
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Dialog wide open={open} onOpenChange={setOpen} trigger={trigger} title={t("newTitle")} description={t("newText")}>
      <ChannelForm onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function ChannelMenu({ channel }: { channel: ChannelView }) {
  const t = useTranslations("notifications.channels");
  const { shown, show, opened } = useRowDialog<"edit" | "remove">();
  const { name } = channel;
  return (
    <>
      <RowMenu label={t("actionsFor", { name })}>
        <MenuItem onSelect={() => show("edit")}>
          <Pencil aria-hidden />
          {t("edit")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger onSelect={() => show("remove")}>
          <Trash2 aria-hidden />
          {t("remove")}
        </MenuItem>
      </RowMenu>
      {shown === "edit" && (
        <Dialog wide {...opened("edit")} title={t("editTitle", { name })} description={t("editText")}>
          <ChannelForm channel={channel} onDone={() => show(undefined)} />
        </Dialog>
      )}
      {shown === "remove" && <RemoveChannel channel={channel} {...opened("remove")} />}
    </>
  );
}

interface RemoveProps {
  channel: ChannelView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function RemoveChannel({ channel: { id, name }, open, onOpenChange }: RemoveProps) {
  const t = useTranslations("notifications.channels");
  const remove = useRemoveChannel();
  return (
    <ConfirmChange
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("removeTitle", { name })}
      description={t("removeText")}
      action={t("remove")}
      change={remove}
      input={id}
      onDone={() => toast.succeeded(t("wasRemoved", { name }))}
    />
  );
}
