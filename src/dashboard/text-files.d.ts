/** Files that are taken in as they are: `import text from "./file.css" with { type: "text" }`. */
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.js" {
  const text: string;
  export default text;
}
declare module "*.mjs" {
  const text: string;
  export default text;
}
declare module "*.svg" {
  const text: string;
  export default text;
}
