"use client";

import { useQuery } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page } from "@/components/layout/page";
import { useViewer } from "@/components/layout/viewer";
import { ErrorPanel } from "@/components/ui/error-panel";
import { PageHeader } from "@/components/ui/page-header";
import { SkeletonRows } from "@/components/ui/skeleton";
import { PasswordCard } from "./password-card";
import { PreferencesCard } from "./preferences-card";
import { accountQueries } from "./queries";
import { SecondFactorCard } from "./second-factor-card";
import { SessionsCard } from "./sessions-card";

export function Account() {
  const t = useTranslations("account");
  const { name, email } = useViewer();
  const { data: security, error, refetch } = useQuery(accountQueries.security());
  const isMissing = security?.secondFactorRequired && !security.totp && security.passkeys.length === 0;
  return (
    <Page className="max-w-180">
      <PageHeader title={t("title")} description={<bdi>{`${name} · ${email}`}</bdi>} />
      <div className="flex flex-col gap-5">
        {isMissing && (
          <p role="status" className="flex items-start gap-2.5 rounded-md px-4 py-3 text-warning wash-warning">
            <ShieldAlert aria-hidden className="mt-px size-4.5 shrink-0" />
            {t("required")}
          </p>
        )}
        {error && !security && <ErrorPanel error={error} retry={refetch} />}
        {!error && !security && <SkeletonRows rows={4} />}
        {security && <SecondFactorCard security={security} />}
        {security?.hasPassword && <PasswordCard />}
        <SessionsCard />
        <PreferencesCard />
      </div>
    </Page>
  );
}
