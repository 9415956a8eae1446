"use client";

import { useQuery } from "@tanstack/react-query";
import { Bell, Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/dropdown-menu";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
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
  const [dialog, setDialog] = useState<"edit" | "remove">();
  const opened = (name: typeof dialog) => ({
    open: dialog === name,
    onOpenChange: (open: boolean) => setDialog(open ? name : undefined),
  });
  const { name } = channel;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={t("actionsFor", { name })}>
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => setDialog("edit")}>
            <Pencil aria-hidden />
            {t("edit")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={() => setDialog("remove")}>
            <Trash2 aria-hidden />
            {t("remove")}
          </MenuItem>
        </MenuContent>
      </Menu>
      {dialog === "edit" && (
        <Dialog wide {...opened("edit")} title={t("editTitle", { name })} description={t("editText")}>
          <ChannelForm channel={channel} onDone={() => setDialog(undefined)} />
        </Dialog>
      )}
      {dialog === "remove" && <RemoveChannel channel={channel} {...opened("remove")} />}
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
  const sentence = useProblemSentence();
  const remove = useRemoveChannel();
  const onSuccess = () => {
    onOpenChange(false);
    toast.succeeded(t("wasRemoved", { name }));
  };
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("removeTitle", { name })}
      description={t("removeText")}
      action={t("remove")}
      busy={remove.isPending}
      error={remove.error ? sentence(remove.error) : undefined}
      onConfirm={() => remove.mutate(id, { onSuccess })}
    />
  );
}
