import { useTranslations } from "next-intl";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/dropdown-menu";
import { Link } from "@/components/ui/link";
import { MoreButton, ON_THE_BAR } from "./menu-buttons";
import { navigationOf } from "./navigation";
import { useViewer } from "./viewer";

/** The pages that have no place on a phone's bar. Mounted open: `LazyMenu` mounts it on the first click. */
export default function MoreMenu() {
  const t = useTranslations("navigation");
  return (
    <Menu defaultOpen>
      <MenuTrigger asChild>
        <MoreButton />
      </MenuTrigger>
      <MenuContent side="top">
        {navigationOf(useViewer())
          .slice(ON_THE_BAR)
          .map(({ key, href, icon: Icon }) => (
            <MenuItem key={key} asChild>
              <Link href={href}>
                <Icon aria-hidden />
                {t(key)}
              </Link>
            </MenuItem>
          ))}
      </MenuContent>
    </Menu>
  );
}
