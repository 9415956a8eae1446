"use client";

import { useInfiniteQuery, useIsFetching } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Boxes, CornerDownLeft, Keyboard, Languages, type LucideIcon, Rocket, SunMoon, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { Dialog as RadixDialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { allItems } from "@/components/api/paged";
import { deploymentQueries } from "@/components/deployments/queries";
import { RollbackDialog } from "@/components/deployments/rollback-dialog";
import { useDeployNow } from "@/components/deployments/use-deploy-now";
import { serviceQueries } from "@/components/services/queries";
import { LastOutcome, LiveBadge } from "@/components/services/service-status";
import { dialogStyle, overlayStyle } from "@/components/ui/dialog";
import { press } from "@/components/ui/shortcuts";
import { StateBadge } from "@/components/ui/state-badge";
import { TimeAgo } from "@/components/ui/time";
import { useSettled } from "@/components/ui/use-settled";
import type { DeploymentCall } from "@/lib/contracts/deployment";
import { LOCALE_KEYS, LOCALES } from "@/lib/contracts/locales";
import { useGo } from "./connection-notice";
import { navigationOf } from "./navigation";
import { useLocaleSwitch } from "./preferences";
import { useCan, useViewer } from "./viewer";

const THEMES = { system: "themeSystem", light: "themeLight", dark: "themeDark" } as const;
const RECENT = 5;
const TYPING_MS = 150;

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** ⌘K: go to a page, a service or a deployment; deploy, roll back; change language or theme. */
export function CommandPalette({ open, onOpenChange }: Props) {
  const t = useTranslations();
  const [rollingBack, setRollingBack] = useState<string>();
  const [typed, setTyped] = useState("");
  const settled = useSettled(typed, TYPING_MS);
  // Until the server has answered, an empty result says nothing.
  const isSearching = useIsFetching() > 0 || typed !== settled;
  const close = () => onOpenChange(false);
  return (
    <>
      <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
        <RadixDialog.Portal>
          <RadixDialog.Overlay className={overlayStyle} />
          <RadixDialog.Content className={`${dialogStyle} overflow-hidden sm:max-w-xl`} aria-describedby={undefined}>
            <RadixDialog.Title className="sr-only">{t("palette.title")}</RadixDialog.Title>
            <Command loop label={t("palette.title")} className="flex min-h-0 flex-col">
              <Command.Input
                value={typed}
                onValueChange={setTyped}
                placeholder={t("palette.placeholder")}
                className="h-12 w-full shrink-0 border-b bg-transparent px-4 text-lg outline-none placeholder:text-faint"
              />
              <Command.List className="max-h-96 min-h-0 overflow-y-auto p-1.5">
                {!isSearching && (
                  <Command.Empty className="py-10 text-center text-muted">{t("palette.nothing")}</Command.Empty>
                )}
                <Pages onDone={close} />
                <Services search={nameIn(settled)} onDone={close} onRollBack={setRollingBack} />
                <Deployments call={callIn(typed)} asked={callIn(settled)} onDone={close} />
                <Preferences onDone={close} />
              </Command.List>
            </Command>
          </RadixDialog.Content>
        </RadixDialog.Portal>
      </RadixDialog.Root>
      {rollingBack && <RollbackDialog open serviceName={rollingBack} onOpenChange={() => setRollingBack(undefined)} />}
    </>
  );
}

function Pages({ onDone }: { onDone: () => void }) {
  const t = useTranslations();
  const go = useGo();
  return (
    <PaletteGroup heading={t("palette.pages")}>
      {navigationOf(useViewer()).map(({ key, href, icon }) => (
        <PaletteItem key={key} icon={icon} onSelect={() => [onDone(), go(href)]}>
          {t(`navigation.${key}`)}
        </PaletteItem>
      ))}
    </PaletteGroup>
  );
}

interface ServicesProps {
  search: string;
  onDone: () => void;
  onRollBack: (service: string) => void;
}

/** The server searches, because it knows all services. Both facts of a service's status follow its name. */
function Services({ search, onDone, onRollBack }: ServicesProps) {
  const t = useTranslations("palette");
  const go = useGo();
  const mayDeploy = useCan()("deployment:create");
  const deployNow = useDeployNow();
  const services = allItems(useInfiniteQuery(serviceQueries.list({ search: search || undefined }, "name")).data) ?? [];
  return (
    <>
      <PaletteGroup heading={t("services")}>
        {services.map((service) => (
          <PaletteItem
            key={service.name}
            icon={Boxes}
            value={service.name}
            onSelect={() => [onDone(), go(`/services/${service.name}`)]}
          >
            <bdi className="min-w-0 flex-1 truncate">{service.name}</bdi>
            <LastOutcome facts={service} />
            <LiveBadge live={service.live} />
          </PaletteItem>
        ))}
      </PaletteGroup>
      {mayDeploy && (
        <PaletteGroup heading={t("actions")}>
          {services.map(({ name }) => (
            <PaletteItem key={`deploy ${name}`} icon={Rocket} onSelect={() => [onDone(), deployNow.run(name)]}>
              {t("deploy", { service: name })}
            </PaletteItem>
          ))}
          {services
            .filter(({ currentRelease }) => currentRelease !== null && currentRelease.number > 1)
            .map(({ name }) => (
              <PaletteItem key={`back ${name}`} icon={Undo2} onSelect={() => [onDone(), onRollBack(name)]}>
                {t("rollBack", { service: name })}
              </PaletteItem>
            ))}
        </PaletteGroup>
      )}
    </>
  );
}

interface DeploymentsProps {
  /** `call` is the typed text, `asked` the server's last query. */
  call: DeploymentCall | undefined;
  asked: DeploymentCall | undefined;
  onDone: () => void;
}

/** The newest deployments, or those with the typed number: every service may have one with it. */
function Deployments({ call, asked, onDone }: DeploymentsProps) {
  const t = useTranslations("palette");
  const go = useGo();
  const query = useInfiniteQuery(asked ? deploymentQueries.called(asked) : deploymentQueries.list());
  // Until the answer has arrived, Enter must not open #412, which also matches the typed #42.
  const found = (allItems(query.data) ?? []).filter(({ number }) => !call || number === call.number).slice(0, RECENT);
  return (
    <PaletteGroup heading={t(call ? "numbered" : "deployments")}>
      {found.map(({ id, number, service, state, queuedAt }) => (
        <PaletteItem
          key={id}
          // A removed service and the one after it may have the same name and number.
          value={`${service.name} #${number}${call ? ` ${queuedAt}` : ""}`}
          onSelect={() => [onDone(), go(`/deployments/${id}`)]}
        >
          <bdi className="min-w-0 flex-1 truncate">{`${service.name} #${number}`}</bdi>
          {call && <TimeAgo at={queuedAt} className="whitespace-nowrap text-muted text-sm" />}
          <StateBadge plain state={state} />
        </PaletteItem>
      ))}
    </PaletteGroup>
  );
}

function Preferences({ onDone }: { onDone: () => void }) {
  const t = useTranslations();
  const { locale, setLocale } = useLocaleSwitch();
  const { theme, setTheme } = useTheme();
  return (
    <PaletteGroup heading={t("palette.preferences")}>
      {LOCALE_KEYS.filter((key) => key !== locale).map((key) => (
        <PaletteItem key={key} icon={Languages} onSelect={() => [onDone(), setLocale(key)]}>
          {t("palette.language", { name: LOCALES[key].name })}
        </PaletteItem>
      ))}
      {(["system", "light", "dark"] as const)
        .filter((name) => name !== theme)
        .map((name) => (
          <PaletteItem key={name} icon={SunMoon} onSelect={() => [onDone(), setTheme(name)]}>
            {t("palette.theme", { name: t(`frame.${THEMES[name]}`) })}
          </PaletteItem>
        ))}
      <PaletteItem icon={Keyboard} onSelect={() => [onDone(), press("?")]}>
        {t("palette.shortcuts")}
      </PaletteItem>
    </PaletteGroup>
  );
}

/** The typed text may be an action and a name ("deploy shop"): the name is its last word. */
function nameIn(typed: string): string {
  return typed.trim().split(/\s+/).at(-1) ?? "";
}

/** "#42", "42" or "shop #42". */
function callIn(typed: string): DeploymentCall | undefined {
  const [, search, number] = /^(?:(\S{1,63})\s+)?#?(\d{1,9})$/.exec(typed.trim()) ?? [];
  return Number(number) > 0 ? { number: Number(number), search } : undefined;
}

function PaletteGroup({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs"
    >
      {children}
    </Command.Group>
  );
}

function PaletteItem({
  icon: Icon = CornerDownLeft,
  value,
  onSelect,
  children,
}: {
  icon?: LucideIcon;
  /** The text that the search matches, where the label contains more than the name. */
  value?: string;
  onSelect: () => unknown;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={() => onSelect()}
      className="flex h-9 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-subtle"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-faint rtl:-scale-x-100" />
      {children}
    </Command.Item>
  );
}
