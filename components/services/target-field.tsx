import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { useController, useWatch } from "react-hook-form";
import { useCurrentForm, useWrong } from "@/components/forms/use-contract-form";
import { useViewer } from "@/components/layout/viewer";
import { targetQueries } from "@/components/targets/queries";
import { Field as Frame } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import type { GrantsView } from "@/lib/contracts/grants";
import type { TargetView } from "@/lib/contracts/target";
import type { SettingField } from "@/lib/drivers/catalogue";
import type { ServiceValues } from "./service-values";
import { unfitnessOf } from "./target-fit";

/** Where a new service runs. Targets that its driver cannot use are shown with the reason. */
export function TargetField() {
  const t = useTranslations("serviceForm");
  const drivers = useTranslations("drivers");
  const { control } = useCurrentForm<ServiceValues>();
  const { field } = useController({ control, name: "target" });
  const driver = useWatch({ control, name: "driver" });
  const isAdmin = useViewer().role === "admin";
  const { targets, chosen } = useChosenTarget(isAdmin);
  const isAnywhere = targets === undefined || chosen !== "" || isAdmin;
  const words = ({ name, ...target }: TargetView) => {
    const unfit = unfitnessOf(target, driver);
    if (!unfit) return name;
    if (unfit.reason === "grant") return t("targetNotGranted", { name });
    if (unfit.reason === "disabled") return t("targetDisabled", { name });
    if (unfit.reason === "tool") return t("targetLacks", { name, tool: unfit.tool });
    return t("targetUnfit", { name, driver: drivers(driver) });
  };
  return (
    <>
      {!isAnywhere && <p className="rounded-md px-3 py-2.5 text-sm wash-warning">{t("noTarget")}</p>}
      <Frame label={t("target")} error={useWrong("target")}>
        <Select value={chosen} onChange={(event) => field.onChange(event.target.value)}>
          {chosen === "" && <option value="" />}
          {targets?.map((target) => (
            <option key={target.id} value={target.name} disabled={unfitnessOf(target, driver) !== undefined}>
              {words(target)}
            </option>
          ))}
        </Select>
      </Frame>
    </>
  );
}

/**
 * The form sends the target that it shows: another driver may exclude the chosen target, and a member's service begins
 * with the first target they may deploy to and its grants. An administrator's own machine is sent as no target, which
 * is the server's default.
 */
function useChosenTarget(isAdmin: boolean) {
  const { control, setValue, getValues } = useCurrentForm<ServiceValues>();
  const targets = useQuery(targetQueries.list()).data;
  const [driver, target, kind] = useWatch({ control, name: ["driver", "target", "source.kind"] });
  const fitting = targets?.filter((one) => !unfitnessOf(one, driver)) ?? [];
  const standard = fitting.find((one) => one.kind === "local") ?? fitting[0];
  const open = targets?.filter((one) => one.mayDeploy && one.disabledAt === null && one.kind !== "dokploy") ?? [];
  const first = standard ?? (isAdmin ? undefined : (open.find((one) => one.kind === "local") ?? open[0]));
  const isKept = fitting.some(({ name }) => name === target);
  const chosen = isKept ? target : (first?.name ?? "");
  const sent = isAdmin && !isKept && first?.kind === "local" ? "" : chosen;
  const granted = useGranted(chosen);
  const isWithheld = granted !== null && kind === "folder" && granted.sourceRoots.length === 0;
  const grantedDriver = granted && !granted.drivers.includes(driver) ? granted.drivers[0] : undefined;
  useEffect(() => {
    if (targets && sent !== target) setValue("target", sent);
    if (grantedDriver) setValue("driver", grantedDriver);
    if (isWithheld) setValue("source", { ...getValues("source"), kind: "archive" });
  }, [targets, sent, target, grantedDriver, isWithheld, setValue, getValues]);
  return { targets, chosen };
}

/** The target's grants for members; null for an administrator, who needs no grant, and for an unknown target. */
export function useGranted(targetName: string): GrantsView | null {
  const { role } = useViewer();
  const targets = useQuery(targetQueries.list()).data;
  if (role === "admin") return null;
  return targets?.find(({ name }) => name === targetName)?.grants ?? null;
}

/** The values that a setting may have besides none; null where any value is allowed. */
export function grantedValues(granted: GrantsView | null, driver: string, field: SettingField): string[] | null {
  if (!granted) return null;
  if (field.name === "network") return granted.networks;
  return field.name === "user" && driver !== "docker" ? granted.users : null;
}
