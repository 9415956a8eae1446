"use client";

import { CircleCheck, CircleX, GitCommitVertical, PlugZap } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { FormProblem } from "@/components/ui/field";
import { shortCommit } from "@/lib/contracts/commit";
import type { GitTestResult } from "@/lib/contracts/git-access";
import { useTestGitSource } from "./queries";

interface Props {
  /** As it is typed now. */
  source: { url: string; ref: string; folder: string };
  /** A service that exists: what its repository is read with is used. */
  service?: string | undefined;
}

/** Reads the repository as a deployment would, and says how far that came. */
export function TestGitSource({ source: { url, ref, folder }, service }: Props) {
  const t = useTranslations("git");
  const test = useTestGitSource();
  const run = () => {
    const source = { kind: "git", url, ...(ref.trim() && { ref }), ...(folder.trim() && { path: folder }) };
    test.mutate({ source, service });
  };
  return (
    <div className="flex flex-col items-start gap-3">
      <Button busy={test.isPending} disabled={url.trim() === ""} onClick={run}>
        <PlugZap aria-hidden />
        {t("test")}
      </Button>
      <FormProblem error={test.error} />
      <div aria-live="polite" className="w-full empty:hidden">
        {test.data && <Found result={test.data} />}
      </div>
    </div>
  );
}

function Found({ result }: { result: GitTestResult }) {
  const t = useTranslations("git");
  const sentence = useProblemSentence();
  const { reachable, readable, ref, commit, detected, hasDockerfile, problem } = result;
  return (
    <ul className="flex flex-col gap-1.5 rounded-md border bg-background px-3 py-2.5 text-sm">
      {reachable && <Line>{t("reachable")}</Line>}
      {readable && <Line>{t("readable")}</Line>}
      {commit && ref && (
        <li className="flex items-start gap-2">
          <GitCommitVertical aria-hidden className="mt-px size-4 shrink-0 text-succeeded" />
          <span className="min-w-0 break-words">
            {t.rich("found", {
              ref: () => <bdi className="figures">{ref}</bdi>,
              commit: () => <bdi className="figures">{shortCommit(commit.id)}</bdi>,
              message: () => <bdi>{commit.message}</bdi>,
            })}
          </span>
        </li>
      )}
      {detected?.reasons.map(({ tool, file }) => (
        <Line key={file}>
          {t.rich("chosen", {
            tool: () => <bdi className="figures">{tool}</bdi>,
            file: () => <bdi className="figures">{file}</bdi>,
          })}
        </Line>
      ))}
      {detected && (
        <Line>
          {t.rich("starts", {
            command: () => (
              <bdi dir="ltr" className="figures">
                {detected.start}
              </bdi>
            ),
          })}
        </Line>
      )}
      {hasDockerfile && <Line>{t("dockerfile")}</Line>}
      {problem && (
        <li className="flex items-start gap-2 text-failed">
          <CircleX aria-hidden className="mt-px size-4 shrink-0" />
          <span className="min-w-0 break-words">{sentence(problem)}</span>
        </li>
      )}
    </ul>
  );
}

function Line({ children }: { children: ReactNode }) {
  return (
    <li className="flex items-start gap-2">
      <CircleCheck aria-hidden className="mt-px size-4 shrink-0 text-succeeded" />
      <span className="min-w-0 break-words">{children}</span>
    </li>
  );
}
