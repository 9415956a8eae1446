import { getTranslations } from "next-intl/server";
import { Card } from "@/components/ui/card";
import { ApiOperation } from "./api-operation";

import { byTag, type DocumentView } from "./openapi-view";
import { SchemaBlock } from "./schema-block";

/** The OpenAPI document for reading. It is written in English, so it runs from left to right in every language. */
export async function ApiReference({ document }: { document: DocumentView }) {
  const t = await getTranslations("apiDocs");
  const groups = byTag(document);
  return (
    <div className="flex flex-col gap-6">
      <nav aria-label={t("contents")} dir="ltr" className="flex flex-wrap gap-x-4 gap-y-1 font-mono text-sm">
        {groups.map(([tag]) => (
          <a
            key={tag}
            href={`#${tag}`}
            className="inline-flex min-h-6 min-w-6 items-center justify-center text-muted hover:text-text"
          >
            {tag}
          </a>
        ))}
        <a href="#schemas" className="text-muted hover:text-text">
          {t("schemas")}
        </a>
      </nav>
      {groups.map(([tag, entries]) => (
        <section key={tag} id={tag} aria-label={tag} dir="ltr" className="scroll-mt-16">
          <h2 className="mb-2 font-mono font-semibold text-base">{tag}</h2>
          <Card flush>
            {entries.map((entry) => (
              <ApiOperation key={entry.operation.operationId} entry={entry} />
            ))}
          </Card>
        </section>
      ))}
      <section id="schemas" dir="ltr" className="scroll-mt-16">
        <h2 className="mb-2 font-semibold text-base">{t("schemas")}</h2>
        <Card flush>
          {Object.entries(document.components.schemas).map(([name, schema]) => (
            <SchemaBlock key={name} name={name} schema={schema} />
          ))}
        </Card>
      </section>
    </div>
  );
}
