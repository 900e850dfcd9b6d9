// The texts of a language: those that come first, and those that come with a page.
declare module "*.json?early" {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}

declare module "*.json?late" {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
