import {
  Archive,
  Bell,
  Boxes,
  Braces,
  Container,
  Gauge,
  KeyRound,
  Layers,
  LayoutTemplate,
  type LucideIcon,
  Radio,
  Rocket,
  ScrollText,
  Server,
  Users,
} from "lucide-react";
import { type Action, can } from "@/lib/contracts/permission";
import type { Role } from "@/lib/contracts/user";

interface Entry {
  key:
    | "overview"
    | "services"
    | "stacks"
    | "deployments"
    | "targets"
    | "templates"
    | "registrations"
    | "imageRegistries"
    | "tokens"
    | "users"
    | "audit"
    | "backups"
    | "notifications"
    | "api";
  href: string;
  icon: LucideIcon;
  /** The entry is hidden from people who may not do this. */
  action?: Action;
}

/** A page is its folder in app/(console) and its line here. The first four are on a phone's bottom bar. */
export const NAVIGATION: readonly Entry[] = [
  { key: "overview", href: "/", icon: Gauge },
  { key: "services", href: "/services", icon: Boxes, action: "service:read" },
  { key: "stacks", href: "/stacks", icon: Layers, action: "service:read" },
  { key: "deployments", href: "/deployments", icon: Rocket, action: "deployment:read" },
  { key: "targets", href: "/targets", icon: Server, action: "target:read" },
  { key: "templates", href: "/templates", icon: LayoutTemplate, action: "template:write" },
  { key: "registrations", href: "/registrations", icon: Radio, action: "registration:read" },
  { key: "imageRegistries", href: "/image-registries", icon: Container, action: "image-registry:read" },
  { key: "notifications", href: "/notifications", icon: Bell, action: "notification:read" },
  { key: "tokens", href: "/tokens", icon: KeyRound, action: "token:read" },
  { key: "users", href: "/users", icon: Users, action: "user:read" },
  { key: "audit", href: "/audit", icon: ScrollText, action: "audit:read" },
  { key: "backups", href: "/backups", icon: Archive, action: "backup:read" },
  { key: "api", href: "/api-docs", icon: Braces },
];

/** The entries that the viewer may use. Stacks come first for people who do not operate the machines. */
export function navigationOf(viewer: { id: string | null; role: Role; mustProve?: true }): readonly Entry[] {
  if (viewer.mustProve) return [];
  const entries = NAVIGATION.filter(({ action }) => action === undefined || can(viewer, action));
  if (can(viewer, "target:write")) return entries;
  return [...entries.filter(isForEveryone), ...entries.filter((entry) => !isForEveryone(entry))];
}

function isForEveryone({ key }: Entry): boolean {
  return key === "overview" || key === "stacks";
}

export function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
