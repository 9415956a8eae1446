import type * as z from "zod";
import { verbatim } from "@/lib/contracts/verbatim";

/**
 * Converts between typed text and a contract's values, for every form. Controls contain texts and switches in the shape
 * of the contract; its schema says which text becomes a number. A value that the schema refuses is sent as it was
 * typed, so that the answer names the field.
 */
type Schema = z.core.$ZodType;

/** The values of the controls as the contract expects them. Keys that the contract does not know are omitted. */
export function bodyOf(schema: Schema, typed: unknown, name = ""): unknown {
  const { shape, isNullable } = unwrap(schema);
  const empty = isNullable ? null : undefined;
  // The form has no control for it.
  if (typed === undefined) return undefined;
  if (typed === null) return empty;
  const { def } = shape._zod;
  switch (def.type) {
    case "number":
      return numberOf(typed, name) ?? empty;
    case "boolean":
      return flagOf(typed) ?? empty;
    case "object":
      return objectOf(def.shape, typed);
    case "array":
      return Array.isArray(typed) ? typed.filter(isFilled).map((entry) => bodyOf(def.element, entry)) : typed;
    case "union":
      return unionOf(def, typed) ?? empty;
    case "string":
      return textOf(typed, verbatim.has(shape)) ?? empty;
    default:
      return textOf(typed) ?? empty;
  }
}

/** A value as the controls show it: texts for numbers, nothing for null; durations in seconds. */
export function typedOf(value: unknown, name = ""): unknown {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(isDuration(name) ? value / 1_000 : value);
  if (Array.isArray(value)) return value.map((entry) => typedOf(entry));
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, typedOf(entry, key)]));
}

/** Contracts count durations in milliseconds and name them accordingly; people type seconds. */
export function isDuration(name: string): boolean {
  return name.endsWith("Ms");
}

export type Control = "text" | "integer" | "decimal" | "switch" | "select";

/** The control for a path of the contract, and the options of a choice. */
export function controlAt(schema: Schema, path: readonly string[]): { control: Control; options: readonly string[] } {
  const found = path.reduce<Schema | undefined>((at, part) => at && partOf(at, part), schema);
  const def = found && unwrap(found).shape._zod.def;
  switch (def?.type) {
    case "number":
      return { control: "format" in def && !isDuration(path.at(-1) ?? "") ? "integer" : "decimal", options: [] };
    case "boolean":
      return { control: "switch", options: [] };
    case "enum":
      return { control: "select", options: Object.values(def.entries).map(String) };
    default:
      return { control: "text", options: [] };
  }
}

function partOf(schema: Schema, part: string): Schema | undefined {
  const { def } = unwrap(schema).shape._zod;
  if (def.type === "object") return def.shape[part];
  if (def.type === "array") return def.element;
  return def.type === "union" ? def.options.map((option) => partOf(option, part)).find(Boolean) : undefined;
}

/** The type inside of optional, nullable and similar wrappers. */
function unwrap(schema: Schema, isNullable = false): { shape: z.core.$ZodTypes; isNullable: boolean } {
  const shape = schema as z.core.$ZodTypes;
  const { def } = shape._zod;
  switch (def.type) {
    case "nullable":
      return unwrap(def.innerType, true);
    case "optional":
    case "default":
    case "prefault":
    case "readonly":
    case "catch":
      return unwrap(def.innerType, isNullable);
    case "pipe":
      return unwrap(def.in, isNullable);
    default:
      return { shape, isNullable };
  }
}

function objectOf(shape: Readonly<Record<string, Schema>>, typed: unknown): unknown {
  if (typeof typed !== "object") return textOf(typed);
  const entries = Object.entries(shape).map(([key, part]) => [key, bodyOf(part, Reflect.get(typed ?? {}, key), key)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The option of a discriminated union that the values select. */
function unionOf(def: z.core.$ZodUnionDef, typed: unknown): unknown {
  if (!("discriminator" in def) || typeof typed !== "object" || typed === null) return textOf(typed);
  const key = String(def.discriminator);
  const value: unknown = Reflect.get(typed, key);
  const option = def.options.find(({ _zod }) => _zod.propValues?.[key]?.has(value as z.core.util.Primitive));
  return option ? bodyOf(option, typed) : typed;
}

function numberOf(typed: unknown, name: string): unknown {
  const text = textOf(typed);
  const value = typeof text === "string" ? Number(text) : text;
  if (typeof value !== "number" || !Number.isFinite(value)) return text;
  return isDuration(name) ? Math.round(value * 1_000) : value;
}

/** A flag that is chosen from a list arrives as text. */
function flagOf(typed: unknown): unknown {
  const text = textOf(typed);
  return text === "true" || text === "false" ? text === "true" : text;
}

/** Undefined for an empty text. */
function textOf(typed: unknown, isVerbatim = false): unknown {
  if (typeof typed !== "string") return typed;
  return (isVerbatim ? typed : typed.trim()) || undefined;
}

/** A row of a list counts as soon as one of its texts is not empty. */
export function isFilled(row: unknown): boolean {
  if (typeof row === "string") return row.trim() !== "";
  if (typeof row !== "object" || row === null) return row !== undefined;
  const texts = Object.values(row).filter((value) => typeof value === "string");
  return texts.length === 0 || texts.some((text) => text.trim() !== "");
}
