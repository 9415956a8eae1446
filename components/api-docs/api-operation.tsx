import { getTranslations } from "next-intl/server";
import { Fragment } from "react";
import { Badge } from "@/components/ui/badge";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { type Entry, type OperationView, shortType } from "./openapi-view";

export function ApiOperation({ entry: { method, path, operation } }: { entry: Entry }) {
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

/** Problems are all of one kind and named by their codes; anything else says what it is. */
function answerType(content: OperationView["responses"][string]["content"] = {}): string {
  const [type, answer] = Object.entries(content)[0] ?? [];
  if (type === "application/json") return shortType(answer?.schema);
  return type === undefined || type === "application/problem+json" ? "" : type;
}
