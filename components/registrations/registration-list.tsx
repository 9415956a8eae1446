"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleX, Clock, Radio } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Page, PageHeader } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { ExternalLink } from "@/components/ui/external-link";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import type { RegistrationView } from "@/lib/contracts/registration";
import { registrationQueries } from "./queries";

export function RegistrationList() {
  const t = useTranslations("registrations");
  const query = useInfiniteQuery(registrationQueries.list());
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <Card flush className="overflow-hidden">
        <ListPanel
          query={query}
          items={allItems(query.data)}
          empty={<EmptyState icon={Radio} title={t("emptyTitle")} text={t("emptyText")} />}
        >
          {(registrations) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("name")}</TableHead>
                  <TableHead>{t("state")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("endpoint")}</TableHead>
                  <TableHead className="@max-4xl/page:hidden">{t("registry")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("announced")}</TableHead>
                </tr>
              </thead>
              <tbody>
                {registrations.map((registration) => (
                  <RegistrationRow key={registration.id} registration={registration} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}

function RegistrationRow({ registration }: { registration: RegistrationView }) {
  const t = useTranslations("registrations");
  const { name, service, dropletId, endpoint, registry, lastAnnouncedAt, registeredAt } = registration;
  return (
    <TableRow>
      <TableCell className="align-top">
        {service ? (
          <Link
            href={`/services/${encodeURIComponent(service.name)}`}
            className="font-medium underline-offset-4 hover:underline"
          >
            <bdi>{name}</bdi>
          </Link>
        ) : (
          <bdi className="font-medium">{name}</bdi>
        )}
        {dropletId !== null && (
          <span className="figures block text-faint text-sm">{t("droplet", { id: dropletId })}</span>
        )}
        <span className="block max-w-56 @3xl/page:hidden">
          <Endpoint address={endpoint} />
        </span>
      </TableCell>
      <TableCell className="align-top">
        <Standing registration={registration} />
      </TableCell>
      <TableCell className="max-w-64 align-top @max-3xl/page:hidden">
        <Endpoint address={endpoint} />
      </TableCell>
      <TableCell className="max-w-56 truncate align-top text-muted @max-4xl/page:hidden">
        {registry === "builtin" ? t("builtIn") : <bdi title={registry}>{registry}</bdi>}
      </TableCell>
      <TableCell className="align-top text-muted @max-lg/page:hidden">
        {lastAnnouncedAt || registeredAt ? <TimeAgo at={lastAnnouncedAt ?? registeredAt} /> : t("never")}
      </TableCell>
    </TableRow>
  );
}

/** The Registry's status; while an announcement is pending, since when and why. */
function Standing({ registration: { status, pendingSince, problem } }: { registration: RegistrationView }) {
  const t = useTranslations("registrations");
  const sentence = useProblemSentence();
  if (pendingSince) {
    return (
      <span className="block min-w-44">
        <span className="inline-flex items-center gap-1.5 font-medium text-sm text-warning">
          <Clock aria-hidden className="size-4 shrink-0" />
          <span>{t.rich("pendingSince", { when: () => <TimeAgo at={pendingSince} /> })}</span>
        </span>
        {problem && <span className="mt-0.5 block max-w-80 text-pretty text-muted text-sm">{sentence(problem)}</span>}
      </span>
    );
  }
  const known = status === "active" || status === "inactive" || status === "error" ? status : null;
  const Icon = known === "active" ? CircleCheck : known === "error" ? CircleX : CircleDashed;
  const colour = known === "active" ? "text-succeeded" : known === "error" ? "text-failed" : "text-faint";
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap align-middle font-medium text-sm", colour)}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {known ? t(`states.${known}`) : status}
    </span>
  );
}

/** Only an address that a browser can open is a link. */
function Endpoint({ address }: { address: string }) {
  if (/^https?:\/\//.test(address)) return <ExternalLink href={address} className="max-w-full" />;
  return (
    <span dir="ltr" className="figures block truncate text-[0.92em] text-muted">
      {address}
    </span>
  );
}
