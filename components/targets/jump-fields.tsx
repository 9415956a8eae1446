import { useTranslations } from "next-intl";
import { ApiProblem } from "@/components/api/api";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Field } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import type { SshKeyFacts } from "@/lib/contracts/ssh";
import { AddressFields } from "./address-fields";
import { HostKeyField } from "./host-key-field";
import { KeyFields } from "./key-fields";
import { emptyJump, type JumpDraft, jumpKeyRequestOf } from "./server-draft";
import type { ServerProps } from "./server-props";

interface Props extends ServerProps {
  hasAgent: boolean;
  kept?: SshKeyFacts | undefined;
  onError: (error: unknown) => void;
}

/** A server that has to be gone through, with a host key and a way to sign in of its own. */
export function JumpFields({ draft, set, error, hasAgent, kept, onError }: Props) {
  const t = useTranslations("serverForm");
  const { jump } = draft;
  return (
    <>
      <Field inline label={t("useJump")} hint={t("useJumpHint")}>
        <Switch checked={jump !== null} onCheckedChange={(on) => set({ jump: on ? emptyJump : null, hostKey: null })} />
      </Field>
      {jump && (
        <fieldset className="flex min-w-0 flex-col gap-4 rounded-md border p-4">
          <legend className="px-1 font-medium text-sm">{t("jump")}</legend>
          <Jump jump={jump} {...{ set, error, hasAgent, kept, onError }} />
        </fieldset>
      )}
    </>
  );
}

function Jump({ jump, set, error, hasAgent, kept, onError }: Omit<Props, "draft"> & { jump: JumpDraft }) {
  const change = (changed: Partial<JumpDraft>) => set({ jump: { ...jump, ...changed } });
  return (
    <>
      <AddressFields
        value={jump}
        error={error}
        path={["jump"]}
        onChange={(address) => change("user" in address ? address : { ...address, hostKey: null })}
      />
      <HostKeyField
        isMinor
        key={`${jump.host} ${jump.port}`}
        host={jump.host}
        request={() => jumpKeyRequestOf(jump)}
        value={jump.hostKey}
        onConfirm={(hostKey) => change({ hostKey })}
        onError={(refused) => onError(inJump(refused))}
        error={fieldSentence(error, "jump", "hostKey")}
      />
      <KeyFields
        mayBeSame
        value={jump.key}
        onChange={(key) => change({ key })}
        error={error}
        path={["jump", "key"]}
        hasAgent={hasAgent}
        kept={kept}
      />
    </>
  );
}

/** It was asked for on its own, so its fields say nothing of a jump host. */
function inJump(error: unknown): unknown {
  if (!(error instanceof ApiProblem)) return error;
  const { code, status, sentence, fields } = error;
  return new ApiProblem(code, status, {
    sentence,
    fields: fields.map((field) => ({ ...field, path: ["jump", ...field.path] })),
    cause: error,
  });
}
