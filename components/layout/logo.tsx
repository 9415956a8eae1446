/** A line of land and an object that descends on it. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden className={className}>
      <rect width="24" height="24" rx="6" className="fill-foreground" />
      <path
        d="M12 5v8m0 0 3.5-3.5M12 13 8.5 9.5"
        className="stroke-background"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M5.5 18h13" className="stroke-background" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
