import { getTranslations } from "next-intl/server";
import { Fragment } from "react";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { byTag, type DocumentView, type Entry, type OperationView, schemaText, shortType } from "./openapi-view";

/** The OpenAPI document as a page. Its text is English, so it runs from left to right in every language. */
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

/** A schema that is collapsed until it is opened. */
function SchemaBlock({ name, schema }: { name: string; schema: unknown }) {
  return (
    <details id={`schema-${name}`} className="border-t first:border-t-0">
      <summary className="flex min-h-(--row-height) cursor-pointer items-center px-4 font-mono text-sm hover:bg-subtle">
        {name}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard */}
      <pre tabIndex={0} className="overflow-x-auto px-4 pb-4 text-sm">
        {schemaText(schema)}
      </pre>
    </details>
  );
}

function ApiOperation({ entry: { method, path, operation } }: { entry: Entry }) {
  return (
    <details id={operation.operationId} className="border-t first:border-t-0">
      <summary className="flex min-h-(--row-height) cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 hover:bg-subtle">
        <Badge tone={method === "GET" ? "neutral" : "running"} className="w-16 justify-center font-mono">
          {method}
        </Badge>
        <code className="break-all text-sm">{path}</code>
        <span className="text-muted">{operation.summary}</span>
      </summary>
      <div className="flex flex-col gap-4 px-4 pt-1 pb-4">
        {operation.description && <p className="max-w-180 text-pretty">{operation.description}</p>}
        <Parameters operation={operation} />
        <Answers operation={operation} />
      </div>
    </details>
  );
}

async function Parameters({ operation: { parameters, requestBody } }: { operation: OperationView }) {
  const t = await getTranslations("apiDocs");
  const body = requestBody?.content["application/json"];
  const fields = parameters.map((field) => ({ ...field, type: shortType(field.schema) }));
  const rows = body
    ? [
        ...fields,
        { name: "", in: "body", required: requestBody.required, type: shortType(body.schema), description: "" },
      ]
    : fields;
  if (rows.length === 0) return null;
  return (
    <Table label={t("parameters")}>
      <thead>
        <tr>
          <TableHead>{t("parameters")}</TableHead>
          <TableHead>{t("type")}</TableHead>
          <TableHead>{t("meaning")}</TableHead>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <TableRow key={`${row.in} ${row.name}`}>
            <TableCell className="whitespace-nowrap font-mono text-sm">
              {row.name} <span className="text-faint">{row.in}</span> {row.required && <Badge>{t("required")}</Badge>}
            </TableCell>
            <TableCell className="font-mono text-sm">{row.type}</TableCell>
            <TableCell className="text-muted">{row.description}</TableCell>
          </TableRow>
        ))}
      </tbody>
    </Table>
  );
}

async function Answers({ operation: { responses } }: { operation: OperationView }) {
  const t = await getTranslations("apiDocs");
  return (
    <div>
      <h3 className="mb-1 font-medium text-faint text-xs">{t("answers")}</h3>
      <dl className="grid grid-cols-[3rem_1fr] gap-y-1 text-sm [&_dt]:font-mono">
        {Object.entries(responses).map(([status, { description, content }]) => (
          <Fragment key={status}>
            <dt>{status}</dt>
            <dd>
              <code>{answerType(content)}</code> {description.replaceAll("`", "")}
            </dd>
          </Fragment>
        ))}
      </dl>
    </div>
  );
}

/** All problems share one schema and are named by their codes; any other answer names its own schema. */
function answerType(content: OperationView["responses"][string]["content"] = {}): string {
  const [type, answer] = Object.entries(content)[0] ?? [];
  if (type === "application/json") return shortType(answer?.schema);
  return type === undefined || type === "application/problem+json" ? "" : type;
}
