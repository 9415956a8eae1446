import { useTranslations } from "next-intl";
import { useController, useWatch } from "react-hook-form";
import { useCurrentForm, useWrong } from "@/components/forms/use-contract-form";
import { SOURCE_KINDS, SourceKinds } from "@/components/sources/kinds";
import type { Upload } from "@/components/sources/upload";
import { type DroppedFile, useFileDrop } from "@/components/sources/use-file-drop";
import { isUnder } from "@/lib/contracts/grants";
import type { SourceKind } from "@/lib/drivers/catalogue";
import { type ServiceValues, withSourceKind } from "./service-values";
import { useGranted } from "./target-field";

/** The folders that may contain sources, those that exist, and the size limit of an archive. */
export interface SourceChoice {
  roots: readonly string[];
  folders: readonly string[];
  uploadLimitBytes: number;
}

type Props = SourceChoice & { upload: Upload; isReadOnly?: boolean; service?: string };

/** Which kind of source, and its own field. What was given for the other kinds is kept. */
export function SourceField({ upload, roots, folders, uploadLimitBytes, isReadOnly, service }: Props) {
  const t = useTranslations("sources");
  const noFolders = useTranslations("serviceForm")("noFolders");
  const { control, setValue } = useCurrentForm<ServiceValues>();
  const { field } = useController({ control, name: "source" });
  const source = field.value;
  const [driver, target] = useWatch({ control, name: ["driver", "target"] });
  const wrong = useWrong("source");
  const granted = useGranted(target);
  const isFolderWithheld = granted !== null && granted.sourceRoots.length === 0;
  const choose = (chosen: SourceKind) => {
    const next = withSourceKind({ driver }, chosen);
    field.onChange({ ...source, kind: next.kind });
    setValue("driver", next.driver);
  };
  const pick = ({ file, isFolder }: DroppedFile) => {
    choose("archive");
    const limit = Math.floor(uploadLimitBytes / 1_000_000);
    if (isFolder) upload.refuse(file.name, { code: "folder-dropped", params: {} });
    else if (file.size > uploadLimitBytes) upload.refuse(file.name, { code: "upload-too-large", params: { limit } });
    else void upload.send(file);
  };
  const isOver = useFileDrop(pick, isReadOnly);
  const { Part } = SOURCE_KINDS[source.kind];
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-col gap-1.5">
        <span aria-hidden className="font-medium text-sm">
          {t("label")}
        </span>
        <SourceKinds value={source.kind} disabled={isFolderWithheld ? ["folder"] : []} onChange={choose} />
        {isFolderWithheld && <p className="text-faint text-sm">{noFolders}</p>}
      </div>
      <Part
        source={source}
        onChange={(value) => field.onChange({ ...source, ...value })}
        error={wrong}
        roots={granted ? granted.sourceRoots : roots}
        folders={granted ? folders.filter((folder) => isUnder(folder, granted.sourceRoots)) : folders}
        upload={upload}
        isOver={isOver}
        limitBytes={uploadLimitBytes}
        onPick={(file) => pick({ file, isFolder: false })}
        service={service}
      />
    </div>
  );
}
