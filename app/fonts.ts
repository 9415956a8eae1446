import localFont from "next/font/local";

export { GeistMono } from "geist/font/mono";
export { GeistSans } from "geist/font/sans";

/** Only Arabic letters come from this font: its Latin ones are in other files, and Geist provides those. */
export const NotoSansArabic = localFont({
  src: "../node_modules/@fontsource-variable/noto-sans-arabic/files/noto-sans-arabic-arabic-wght-normal.woff2",
  variable: "--font-arabic",
  weight: "100 900",
  display: "swap",
  preload: false,
  declarations: [
    { prop: "unicode-range", value: "U+0600-06FF, U+0750-077F, U+0870-08FF, U+200C-200E, U+FB50-FDFF, U+FE70-FEFC" },
  ],
});
