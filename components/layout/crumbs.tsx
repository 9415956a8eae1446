"use client";

import { ChevronRight } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { createContext, Fragment, type ReactNode, useContext, useEffect, useState } from "react";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { isCurrent, NAVIGATION } from "./navigation";

interface Crumb {
  label: string;
  href?: string;
}

const CrumbsContext = createContext<{ trail: Crumb[]; setTrail: (trail: Crumb[]) => void }>({
  trail: [],
  setTrail: () => {},
});

export function CrumbsProvider({ children }: { children: ReactNode }) {
  const [trail, setTrail] = useState<Crumb[]>([]);
  return <CrumbsContext value={{ trail, setTrail }}>{children}</CrumbsContext>;
}

/** A page's part of the breadcrumb, after its section; drawn in the top bar. */
export function Crumbs({ trail }: { trail: Crumb[] }) {
  const { setTrail } = useContext(CrumbsContext);
  const key = JSON.stringify(trail);
  useEffect(() => {
    setTrail(JSON.parse(key) as Crumb[]);
    return () => setTrail([]);
  }, [key, setTrail]);
  return null;
}

export function Breadcrumb() {
  const t = useTranslations();
  const pathname = usePathname();
  const { trail } = useContext(CrumbsContext);
  const section = NAVIGATION.find(({ href }) => isCurrent(href, pathname));
  const crumbs: Crumb[] = [
    ...(isCurrent("/account", pathname) ? [{ label: t("frame.account"), href: "/account" }] : []),
    ...(section ? [{ label: t(`navigation.${section.key}`), href: section.href }] : []),
    ...trail,
  ];
  return (
    <nav aria-label={t("frame.breadcrumb")} className="min-w-0 flex-1">
      <ol className="flex items-center gap-1.5">
        {crumbs.map(({ label, href }, index) => {
          const isLast = index === crumbs.length - 1;
          return (
            <Fragment key={`${href} ${label}`}>
              {index > 0 && (
                <ChevronRight
                  aria-hidden
                  className={cn(
                    "size-3.5 shrink-0 text-faint rtl:-scale-x-100",
                    index < crumbs.length - 1 && "max-sm:hidden",
                  )}
                />
              )}
              <li
                className={cn(
                  "min-w-0 truncate",
                  isLast ? "font-medium" : "text-muted",
                  index < crumbs.length - 2 && "max-sm:hidden",
                )}
              >
                {isLast || !href ? (
                  <bdi aria-current="page">{label}</bdi>
                ) : (
                  <Link href={href} className="hover:text-foreground">
                    {label}
                  </Link>
                )}
              </li>
            </Fragment>
          );
        })}
      </ol>
    </nav>
  );
}
