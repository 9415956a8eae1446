"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { TimeAgo } from "@/components/ui/time-ago";
import { toast } from "@/components/ui/toast";
import type { UnlinkedAccountView, UserView } from "@/lib/contracts/user";
import { useLinkAccount, userQueries } from "./queries";

/** Sign-ins that a provider vouched for and that belong to no user: absent while there are none. */
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
