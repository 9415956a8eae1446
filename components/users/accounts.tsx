"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { FormProblem } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { UnlinkedAccountView, UserView } from "@/lib/contracts/user";
import { useLinkAccount, userQueries, useUnlinkAccount } from "./queries";

interface Props {
  user: UserView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function LinkedAccounts({ user, open, onOpenChange }: Props) {
  const t = useTranslations("users");
  const unlink = useUnlinkAccount(user.id);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("linkedTitle", { name: user.name })}
      description={t("linkedText")}
    >
      {user.accounts.length === 0 && <p className="text-muted">{t("linkedNone")}</p>}
      <ul className="divide-y rounded-md border empty:hidden">
        {user.accounts.map(({ id, provider }) => (
          <li key={id} className="flex items-center gap-3 px-3 py-2">
            <bdi className="min-w-0 flex-1 font-medium">{provider}</bdi>
            <Button
              size="sm"
              busy={unlink.isPending}
              aria-label={t("unlinkNamed", { provider })}
              onClick={() => unlink.mutate(id)}
            >
              {t("unlink")}
            </Button>
          </li>
        ))}
      </ul>
      <FormProblem error={unlink.error} />
    </Dialog>
  );
}

/** Sign-ins that a provider confirmed and that belong to no user. Renders nothing while there are none. */
export function UnlinkedAccounts({ users }: { users: readonly UserView[] }) {
  const t = useTranslations("users");
  const { data = [] } = useQuery(userQueries.unlinked());
  if (data.length === 0) return null;
  return (
    <Card flush className="mt-5" title={t("unlinkedTitle")} description={t("unlinkedText")}>
      <ul className="divide-y">
        {data.map((account) => (
          <UnlinkedAccount key={account.id} account={account} users={users} />
        ))}
      </ul>
    </Card>
  );
}

function UnlinkedAccount({ account, users }: { account: UnlinkedAccountView; users: readonly UserView[] }) {
  const t = useTranslations("users");
  const sentence = useProblemSentence();
  const link = useLinkAccount();
  const [userId, setUserId] = useState("");
  const { id, provider, name, email, lastTriedAt } = account;
  const confirm = () =>
    link.mutate(
      { userId, unlinkedAccountId: id },
      {
        onSuccess: (user) => toast.succeeded(t("wasLinked", { name: user.name })),
        onError: (error) => toast.failed(sentence(error)),
      },
    );
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <div className="min-w-48 flex-1">
        <p className="font-medium">
          <bdi>{name ?? t("noName")}</bdi> <span className="font-normal text-muted">{provider}</span>
        </p>
        <p className="flex flex-wrap gap-x-1.5 text-faint text-sm">
          {email && <bdi>{email}</bdi>}
          <TimeAgo at={lastTriedAt} />
        </p>
      </div>
      <Select
        compact
        value={userId}
        aria-label={t("linkTo", { account: name ?? email ?? provider })}
        onChange={({ target }) => setUserId(target.value)}
      >
        <option value="">{t("chooseUser")}</option>
        {users.map((user) => (
          <option key={user.id} value={user.id}>
            {user.name}
          </option>
        ))}
      </Select>
      <Button disabled={userId === ""} busy={link.isPending} onClick={() => void confirm()}>
        {t("link")}
      </Button>
    </li>
  );
}
