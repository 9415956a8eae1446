/** Links between the parts of a page, drawn as tabs; the current one has `data-state="active"`. */
export const tabsListStyle = "flex gap-5 overflow-x-auto border-b";
export const tabStyle =
  "-mb-px whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-muted transition-colors hover:text-foreground focus-visible:outline-offset-[-2px] data-[state=active]:border-foreground data-[state=active]:text-foreground";
