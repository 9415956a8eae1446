import { useTranslations } from "next-intl";
import { useWatch } from "react-hook-form";
import { isDuration, typedOf } from "@/components/forms/contract-values";
import { Field } from "@/components/forms/field";
import { useCurrentForm, useWrongs } from "@/components/forms/use-contract-form";
import { Fold } from "@/components/ui/fold";
import { HealthCheck } from "@/lib/contracts/health-check";
import { USUAL_HEALTH_PATH } from "@/lib/contracts/service";
import { isPlatformDriver } from "@/lib/contracts/target-kind";
import { HEALTH_FIELDS, type ServiceValues } from "./service-values";
import { VolumeRows } from "./volume-rows";

/** The public port, and the health path that a new release must answer. */
export function ReachFields() {
  const t = useTranslations("serviceForm");
  const common = useTranslations("common");
  return (
    <div className="grid gap-4 @lg/page:grid-cols-2">
      <Field name="port" as="integer" label={t("port")} hint={t("portHint")} placeholder="8080" />
      <Field
        name="healthPath"
        label={t("healthPath")}
        optional={common("optional")}
        hint={t("healthPathHint")}
        placeholder={USUAL_HEALTH_PATH}
      />
    </div>
  );
}

const STANDARD = typedOf(HealthCheck.parse({})) as Record<keyof HealthCheck, string>;

/** How a new release is checked in detail. Opens by itself when a field in it is invalid. */
export function HealthFields() {
  const t = useTranslations("serviceForm");
  return (
    <Fold title={t("more")} isWrong={useWrongs("health").length > 0}>
      <div className="grid gap-4 @lg/page:grid-cols-2">
        {HEALTH_FIELDS.map((name) => (
          <Field
            key={name}
            name={`health.${name}`}
            as="decimal"
            label={t(`healthFields.${name}`)}
            optional={isDuration(name) ? t("seconds") : undefined}
            placeholder={STANDARD[name]}
          />
        ))}
      </div>
    </Fold>
  );
}

export function RegistryFields() {
  const t = useTranslations();
  const { control } = useCurrentForm<ServiceValues>();
  const isRegistered = useWatch({ control, name: "autoRegister" });
  const isWrong = useWrongs().some(({ name }) => /^(domain|dropletId|autoRegister)$/.test(name));
  return (
    <Fold title={t("serviceForm.domainOptions")} isWrong={isWrong}>
      <Field
        name="domain"
        label={t("serviceForm.domain")}
        optional={t("common.optional")}
        hint={t("serviceForm.domainHint")}
        placeholder="app.example.com"
      />
      <Field name="autoRegister" as="switch" label={t("serviceForm.autoRegister")} />
      {isRegistered && (
        <Field
          name="dropletId"
          as="integer"
          label={t("serviceForm.dropletId")}
          optional={t("common.optional")}
          hint={t("serviceForm.dropletIdHint")}
          className="@lg/page:max-w-60"
        />
      )}
    </Fold>
  );
}

/** Folders that outlive releases. Opens by itself when there are some, or when a field in it is invalid. */
export function VolumeFields() {
  const t = useTranslations("serviceForm");
  const { control } = useCurrentForm<ServiceValues>();
  const [driver, volumes] = useWatch({ control, name: ["driver", "volumes"] });
  const isWrong = useWrongs("volumes").length > 0;
  if (isPlatformDriver(driver)) return null;
  return (
    <Fold title={t("volumes")} isWrong={isWrong} defaultOpen={volumes.length > 0}>
      <div className="flex flex-col gap-3">
        <p className="text-pretty text-muted text-sm">
          {t("volumesText")} {driver === "process" && t("volumesProcess")}
        </p>
        <VolumeRows placeholders={["data", "/data"]} />
      </div>
    </Fold>
  );
}
