import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { ArchiveField } from "@/components/sources/archive-field";
import { FolderField } from "@/components/sources/folder-field";
import { GitField } from "@/components/sources/git-field";
import { ImageField } from "@/components/sources/image-field";
import { SourceKinds } from "@/components/sources/source-kinds";
import type { Upload } from "@/components/sources/upload";
import { type DroppedFile, useFileDrop } from "@/components/sources/use-file-drop";
import { isUnder } from "@/lib/contracts/grants";
import type { DraftProps } from "./draft-props";
import { withSourceKind } from "./service-draft";
import { useGranted } from "./use-granted";

/** Where folders may lie, the ones there are, and how large an archive may be. */
export interface SourceChoice {
  roots: readonly string[];
  folders: readonly string[];
  uploadLimitBytes: number;
}

type Props = DraftProps & SourceChoice & { upload: Upload; isReadOnly?: boolean };

/** A folder, an archive, a repository or an image. What was typed or uploaded for one of them is still there after looking at another. */
export function SourceField({ draft, set, error, upload, roots, folders, uploadLimitBytes, isReadOnly }: Props) {
  const t = useTranslations("sources");
  const noFolders = useTranslations("serviceForm")("noFolders");
  const granted = useGranted(draft.target);
  const isFolderWithheld = granted !== null && granted.sourceRoots.length === 0;
  const pick = ({ file, isFolder }: DroppedFile) => {
    set(withSourceKind(draft, "archive"));
    const limit = Math.floor(uploadLimitBytes / 1_000_000);
    if (isFolder) upload.refuse(file.name, { code: "folder-dropped", params: {} });
    else if (file.size > uploadLimitBytes) upload.refuse(file.name, { code: "upload-too-large", params: { limit } });
    else void upload.send(file);
  };
  const isOver = useFileDrop(pick, isReadOnly);
  const wrong = (field: string) => fieldSentence(error, "source", field);
  const wrongKind = wrong("kind") ?? fieldSentence(error, "source");
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-col gap-1.5">
        <span aria-hidden className="font-medium text-sm">
          {t("label")}
        </span>
        <SourceKinds
          value={draft.sourceKind}
          disabled={isFolderWithheld ? ["folder"] : []}
          onChange={(kind) => set(withSourceKind(draft, kind))}
        />
        {isFolderWithheld && <p className="text-faint text-sm">{noFolders}</p>}
      </div>
      {draft.sourceKind === "folder" && (
        <FolderField
          value={draft.path}
          onChange={(path) => set({ path })}
          error={wrong("path") ?? wrongKind}
          roots={granted ? granted.sourceRoots : roots}
          folders={granted ? folders.filter((folder) => isUnder(folder, granted.sourceRoots)) : folders}
        />
      )}
      {draft.sourceKind === "archive" && (
        <ArchiveField
          uploadId={draft.uploadId}
          upload={upload}
          isOver={isOver}
          limitBytes={uploadLimitBytes}
          onPick={(file) => pick({ file, isFolder: false })}
          error={wrong("uploadId") ?? wrongKind}
        />
      )}
      {draft.sourceKind === "git" && (
        <GitField
          draft={draft}
          set={set}
          wrong={(field) => wrong(field) ?? (field === "url" ? wrongKind : undefined)}
        />
      )}
      {draft.sourceKind === "image" && (
        <ImageField value={draft.image} onChange={(image) => set({ image })} error={wrong("image") ?? wrongKind} />
      )}
    </div>
  );
}
