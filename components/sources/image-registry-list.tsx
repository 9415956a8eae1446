"use client";

import { useQuery } from "@tanstack/react-query";
import { Container, LogOut, Pencil, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { MenuItem, MenuSeparator } from "@/components/ui/dropdown-menu";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { RowMenu, useRowDialog } from "@/components/ui/row-menu";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { ImageRegistryView } from "@/lib/contracts/image-registry";
import { ImageRegistryForm } from "./image-registry-form";
import { imageRegistryQueries, useRemoveImageRegistry } from "./queries";

export function ImageRegistryList() {
  const t = useTranslations("imageRegistries");
  const query = useQuery(imageRegistryQueries.list());
  const mayChange = useCan()("image-registry:write");
  const add = mayChange && <NewImageRegistry />;
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={add} />
      <Card flush>
        <ListPanel
          query={query}
          items={query.data}
          empty={<EmptyState icon={Container} title={t("emptyTitle")} text={t("emptyText")} action={add} />}
        >
          {(registries) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("host")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("username")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("changed")}</TableHead>
                  {mayChange && (
                    <TableHead>
                      <span className="sr-only">{t("actions")}</span>
                    </TableHead>
                  )}
                </tr>
              </thead>
              <tbody>
                {registries.map((registry) => (
                  <ImageRegistryRow key={registry.id} registry={registry} mayChange={mayChange} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}

function ImageRegistryRow({ registry, mayChange }: { registry: ImageRegistryView; mayChange: boolean }) {
  const { host, username, updatedAt } = registry;
  return (
    <TableRow>
      <TableCell>
        <bdi className="figures font-medium">{host}</bdi>
        <span className="block text-muted text-sm @lg/page:hidden">
          <bdi>{username}</bdi>
        </span>
      </TableCell>
      <TableCell className="@max-lg/page:hidden">
        <bdi>{username}</bdi>
      </TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">
        <TimeAgo at={updatedAt} />
      </TableCell>
      {mayChange && (
        <TableCell className="text-end">
          <ImageRegistryMenu registry={registry} />
        </TableCell>
      )}
    </TableRow>
  );
}

function NewImageRegistry() {
  const t = useTranslations("imageRegistries");
  const [open, setOpen] = useState(false);
  const trigger = (
    <Button variant="primary">
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Dialog open={open} onOpenChange={setOpen} trigger={trigger} title={t("newTitle")} description={t("newText")}>
      <ImageRegistryForm onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function ImageRegistryMenu({ registry }: { registry: ImageRegistryView }) {
  const t = useTranslations("imageRegistries");
  const { shown, show, opened } = useRowDialog<"edit" | "remove">();
  const { host } = registry;
  return (
    <>
      <RowMenu label={t("actionsFor", { host })}>
        <MenuItem onSelect={() => show("edit")}>
          <Pencil aria-hidden />
          {t("edit")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger onSelect={() => show("remove")}>
          <LogOut aria-hidden />
          {t("remove")}
        </MenuItem>
      </RowMenu>
      {shown === "edit" && (
        <Dialog {...opened("edit")} title={t("editTitle", { host })} description={t("editText")}>
          <ImageRegistryForm registry={registry} onDone={() => show(undefined)} />
        </Dialog>
      )}
      {shown === "remove" && <RemoveImageRegistry registry={registry} {...opened("remove")} />}
    </>
  );
}

interface RemoveProps {
  registry: ImageRegistryView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function RemoveImageRegistry({ registry: { id, host }, open, onOpenChange }: RemoveProps) {
  const t = useTranslations("imageRegistries");
  const remove = useRemoveImageRegistry();
  return (
    <ConfirmChange
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("removeTitle", { host })}
      description={t("removeText")}
      action={t("remove")}
      change={remove}
      input={id}
      onDone={() => toast.succeeded(t("wasRemoved", { host }))}
    />
  );
}
