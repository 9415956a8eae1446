import * as z from "zod";
import { ProblemBody } from "@/lib/web/http/problem";
import type { AgentTool } from "./tools";

export interface ToolAnswer {
  [more: string]: unknown;
  content: { type: "text"; text: string }[];
  isError?: true;
}

/** Which part of a list was asked for. */
interface Window extends Pick<AgentTool, "pages"> {
  offset: number;
  limit: number;
}

/** About 5,000 tokens. */
const MOST_CHARACTERS = 20_000;

/** An answer of the API in a size that fits into a conversation; what is left out is said, and how to get it. */
export async function smallAnswer(response: Response, window: Window): Promise<ToolAnswer> {
  if (!response.headers.get("content-type")?.includes("json"))
    return toAnswer(lastLines(await response.text()) || "Done.");
  const body: unknown = await response.json();
  if (window.pages && has(body, "items")) return toAnswer(JSON.stringify(onePage(body, window)));
  return toAnswer(JSON.stringify(has(body, "lines") ? lastOf(body) : shortened(body)));
}

function has<Name extends string>(
  body: unknown,
  name: Name,
): body is Record<string, unknown> & Record<Name, unknown[]> {
  return typeof body === "object" && body !== null && Array.isArray((body as Record<string, unknown>)[name]);
}

/** A problem as an answer: its code, its sentence and every wrong field. */
export async function toRefusal(response: Response): Promise<ToolAnswer> {
  const { code, detail, fields, cause, requestId } = ProblemBody.parse(await response.json());
  const lines = [
    `${code}: ${detail}`,
    ...fields.map((field) => `- ${nameOf(field.path)}: ${field.code}: ${field.message}`),
    ...(cause ? [`Cause: ${cut(cause, LONG.characters)}`] : []),
    `Request: ${requestId}`,
  ];
  return { ...toAnswer(lines.join("\n")), isError: true };
}

function nameOf(path: ProblemBody["fields"][number]["path"]): string {
  return path.length === 1 && path[0] === "after" ? "cursor" : path.join(".");
}

/** Twice the size is the end of it, whatever the value is made of. */
function toAnswer(text: string): ToolAnswer {
  return { content: [{ type: "text", text: cut(text, 2 * MOST_CHARACTERS) }] };
}

interface Items {
  items: readonly unknown[];
  next?: unknown;
}

function onePage({ items, next, ...more }: Items, { pages, offset, limit }: Window) {
  const asked = pages === "by-offset" ? items.slice(offset, offset + limit) : items;
  const kept = firstThatFit(asked.map(shortened));
  const isLast = (pages === "by-offset" ? offset : 0) + kept.length >= items.length;
  return { ...more, items: kept, nextCursor: isLast ? (next ?? null) : cursorAfter(kept, { pages, offset }) };
}

/** A list by key goes on after the id of the last item, as the API's own pages do. */
function cursorAfter(kept: readonly unknown[], { pages, offset }: Pick<Window, "pages" | "offset">): string | null {
  if (pages === "by-offset") return String(offset + kept.length);
  return z.object({ id: z.string() }).safeParse(kept.at(-1)).data?.id ?? null;
}

/** The newest lines say why something ended. */
function lastOf({ lines, ...more }: { lines: readonly unknown[] }) {
  const kept = firstThatFit(lines.map(shortened).reverse()).reverse();
  return { ...more, earlierLeftOut: lines.length - kept.length, lines: kept };
}

function lastLines(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const lines = text.split("\n").map((line) => cut(line, LONG.characters));
  const kept = firstThatFit(lines.reverse()).reverse();
  return [`(${lines.length - kept.length} earlier lines are left out)`, ...kept].join("\n");
}

/** At least one, so that no page is empty and every list comes to its end. */
function firstThatFit<Item>(items: readonly Item[]): Item[] {
  let characters = 0;
  const tooMany = items.findIndex((item, index) => {
    characters += JSON.stringify(item).length + 1;
    return characters > MOST_CHARACTERS && index > 0;
  });
  return items.slice(0, tooMany === -1 ? items.length : tooMany);
}

/** Long texts and lists inside a value are cut, but only when the value as a whole is too large. */
function shortened(value: unknown): unknown {
  if (fits(value)) return value;
  const once = abridged(value, LONG);
  return fits(once) ? once : abridged(value, LONGEST_AT_ALL);
}

function fits(value: unknown): boolean {
  return JSON.stringify(value).length <= MOST_CHARACTERS;
}

const LONG = { characters: 1_000, items: 20 };
const LONGEST_AT_ALL = { characters: 100, items: 2 };

function abridged(value: unknown, most: typeof LONG): unknown {
  if (typeof value === "string") return cut(value, most.characters);
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, abridged(inner, most)]));
  const kept = value.slice(0, most.items).map((inner) => abridged(inner, most));
  return value.length > most.items ? [...kept, `… ${value.length - most.items} more`] : kept;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}… (${text.length - most} more characters)` : text;
}
