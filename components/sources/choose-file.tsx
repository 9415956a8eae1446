import { type ComponentProps, type ReactNode, useRef } from "react";
import { Button } from "@/components/ui/button";

interface Props extends Pick<ComponentProps<typeof Button>, "variant" | "size"> {
  onPick: (file: File) => void;
  isWrong: boolean;
  describedBy: string | undefined;
  children: ReactNode;
}

const ACCEPTED = ".tar.gz,.tgz,.zip,application/gzip,application/zip";

/** A button and not the browser's own file input, which looks different everywhere and cannot say what is wrong. */
export function ChooseFile({ onPick, isWrong, describedBy, children, ...look }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        {...look}
        aria-invalid={isWrong || undefined}
        aria-describedby={describedBy}
        onClick={() => input.current?.click()}
      >
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        hidden
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) onPick(file);
          target.value = ""; // the same file again is a new try
        }}
      />
    </>
  );
}
