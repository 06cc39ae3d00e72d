/** Reads Prometheus' text format strictly: what a lenient reader would forgive is an error here. */

export interface Family {
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly samples: readonly {
    /** The family's, except in a histogram, where it ends with what is told. */
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/y;
const ESCAPED: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** Each family stands in one piece: HELP, TYPE, then its samples, none of them twice. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, Family>();
  let open: { name: string; family: Family & { samples: Family["samples"][number][] } } | null = null;
  let help: { name: string; text: string } | null = null;
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, helpName, helpText] = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line) ?? [];
    if (helpName !== undefined && helpText !== undefined) {
      help = { name: helpName, text: helpText };
      continue;
    }
    const [, typeName, type] = new RegExp(`^# TYPE (${NAME}) (gauge|counter|histogram)$`).exec(line) ?? [];
    if (typeName !== undefined) {
      if (help?.name !== typeName) throw new Error(`${typeName} has no HELP right before its TYPE`);
      if (families.has(typeName)) throw new Error(`${typeName} comes twice`);
      open = {
        name: typeName,
        family: { type: type as Family["type"], help: help.text, samples: [] },
      };
      families.set(typeName, open.family);
      continue;
    }
    const [, name, , labels = "", value = ""] =
      new RegExp(`^(${NAME})(\\{(.*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`).exec(line) ?? [];
    if (name === undefined) throw new Error(`not a line of the format: ${line}`);
    if (open === null || !belongs(name, open.name, open.family.type))
      throw new Error(`${name} stands outside its family`);
    const series = line.slice(0, line.lastIndexOf(" "));
    if (seen.has(series)) throw new Error(`${series} comes twice`);
    seen.add(series);
    open.family.samples.push({ name, labels: readLabels(labels), value: Number(value) });
  }
  for (const [name, family] of families) if (family.type === "histogram") checkBuckets(name, family);
  return families;
}

const belongs = (name: string, family: string, type: Family["type"]): boolean =>
  type === "histogram"
    ? [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name)
    : name === family;

/** In each series buckets rise, the last one is "+Inf", and it is the count. */
function checkBuckets(name: string, { samples }: Family): void {
  const series = new Map<string, { below: number; bound: number; count: number | null; sum: boolean }>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    const seen = series.get(key) ?? { below: 0, bound: -Infinity, count: null, sum: false };
    series.set(key, seen);
    if (sample.name === `${name}_sum`) seen.sum = true;
    else if (sample.name === `${name}_count`) seen.count = sample.value;
    else {
      const bound = le === "+Inf" ? Infinity : Number(le);
      if (!(bound > seen.bound)) throw new Error(`${name}: the bound ${le} does not rise`);
      if (sample.value < seen.below) throw new Error(`${name}: a bucket holds less than the one below`);
      seen.bound = bound;
      seen.below = sample.value;
    }
  }
  for (const [key, { below, bound, count, sum }] of series)
    if (bound !== Infinity || count !== below || !sum) throw new Error(`${name}${key} is not whole`);
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; at = LABEL.lastIndex + 1) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    const [, name = "", value = ""] = match ?? [];
    if (match === null) throw new Error(`not labels: ${text}`);
    if (Object.hasOwn(labels, name)) throw new Error(`the label ${name} comes twice`);
    const next = text[LABEL.lastIndex];
    if (next !== undefined && next !== ",") throw new Error(`no comma between labels: ${text}`);
    labels[name] = value.replace(/\\[\\"n]/g, (pair) => ESCAPED[pair] ?? pair);
  }
  return labels;
}

/** The value of one series; `labels` must be all of its labels. `part`: of a histogram, such as `<name>_count`. */
export function sampleOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  part = name,
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return families
    .get(name)
    ?.samples.find(
      (sample) => sample.name === part && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
    )?.value;
}
