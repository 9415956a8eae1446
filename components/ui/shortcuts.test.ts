import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bind, press } from "./shortcuts";

class Field extends EventTarget {
  isContentEditable = false;
  constructor(readonly isField: boolean) {
    super();
  }
  closest(): Field | null {
    return this.isField ? this : null;
  }
}

const window = new EventTarget();
let pressed: string[];
let release: (() => void)[];

function type(key: string, change: Partial<KeyboardEvent> = {}): void {
  const event = Object.assign(new Event("keydown", { cancelable: true }), {
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
  });
  for (const [name, value] of Object.entries(change)) Object.defineProperty(event, name, { value });
  window.dispatchEvent(event);
}

beforeEach(() => {
  vi.stubGlobal("window", window);
  vi.stubGlobal("HTMLElement", Field);
  pressed = [];
  release = ["f", "g d", "g s"].map((keys) => bind(keys, () => pressed.push(keys)));
});

afterEach(() => {
  for (const unbind of release) unbind();
  vi.unstubAllGlobals();
});

test("a key and a sequence do what they are bound to", () => {
  type("f");
  type("g");
  type("d");
  type("d");
  expect(pressed).toEqual(["f", "g d"]);
});

test("a sequence that takes too long is two keys", () => {
  type("g", { timeStamp: 1_000 });
  type("s", { timeStamp: 3_000 });
  expect(pressed).toEqual([]);
});

test("keys belong to whoever types, and combinations to the browser", () => {
  type("f", { target: new Field(true) });
  type("f", { ctrlKey: true });
  type("f", { target: new Field(false) });
  expect(pressed).toEqual(["f"]);
});

test("the newest binding wins, and leaves the older one when it goes", () => {
  const unbind = bind("f", () => pressed.push("newer"));
  type("f");
  unbind();
  press("f");
  expect(pressed).toEqual(["newer", "f"]);
});
