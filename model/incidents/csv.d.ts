/** A recorded log, imported as text: `import log from "./log.csv" with { type: "text" }`. */
declare module "*.csv" {
  const text: string;
  export default text;
}
