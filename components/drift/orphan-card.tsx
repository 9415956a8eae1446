"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, SearchCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import type { Orphans } from "@/lib/contracts/drift";
import { OrphanList } from "./orphan-list";
import { driftQueries } from "./queries";

/** Looked for only when somebody asks: it takes a look at everything of ours on the host. */
export function OrphanCard({ target }: { target: string }) {
  const t = useTranslations("orphans");
  const [isWanted, setWanted] = useState(false);
  const query = useQuery({ ...driftQueries.orphans(target), enabled: isWanted });
  const look = () => (isWanted ? void query.refetch() : setWanted(true));
  const actions = (
    <Button busy={query.isFetching} onClick={look}>
      <SearchCheck aria-hidden />
      {t(isWanted ? "lookAgain" : "look")}
    </Button>
  );
  return (
    <Card flush title={t("title")} description={t("description")} actions={actions} className="overflow-hidden">
      {isWanted && (
        <div aria-live="polite">
          {query.data && <Incomplete problems={query.data.problems} />}
          <ListPanel
            query={query}
            items={query.data?.items}
            empty={<EmptyState icon={CircleCheck} title={t("none")} />}
          >
            {(orphans) => <OrphanList target={target} orphans={orphans} />}
          </ListPanel>
        </div>
      )}
    </Card>
  );
}

function Incomplete({ problems }: Pick<Orphans, "problems">) {
  const t = useTranslations("orphans");
  const sentence = useProblemSentence();
  if (problems.length === 0) return null;
  return (
    <div role="alert" className="border-b px-4 py-2.5 text-sm wash-warning">
      <p className="font-medium text-warning">{t("incomplete")}</p>
      {problems.map((problem) => (
        <p key={problem.code + (problem.detail ?? "")} className="break-words">
          {sentence(problem)} {problem.detail && <code className="figures text-muted">{problem.detail}</code>}
        </p>
      ))}
    </div>
  );
}
