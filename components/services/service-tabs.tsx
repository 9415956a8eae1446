import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { Link } from "@/components/ui/link";
import { tabStyle, tabsListStyle } from "@/components/ui/tabs";
import type { ServiceDetail } from "@/lib/contracts/service";

const PARTS = ["", "releases", "environment", "log", "settings"] as const;

/** Each part has its own address, so that it can be shared and gone back to. */
export function ServiceTabs({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service.tabs");
  const pathname = decodeURIComponent(usePathname());
  const home = `/services/${service.name}`;
  return (
    <nav aria-label={t("label")} className="mt-4">
      <ul className={tabsListStyle}>
        {PARTS.map((part) => {
          const href = part ? `${home}/${part}` : home;
          const current = pathname === href;
          return (
            <li key={part} className="flex">
              <Link
                href={href}
                aria-current={current ? "page" : undefined}
                data-state={current ? "active" : undefined}
                className={tabStyle}
              >
                {t(part || "overview")}
                {part === "environment" && service.environment.length > 0 && (
                  <span className="ms-1.5 text-faint text-sm tabular-nums">{service.environment.length}</span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
