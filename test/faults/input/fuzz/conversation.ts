/** One connection: bytes are sent as they stand, our side is closed, and what comes back is taken apart. */
import { connect } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of several the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** All of the body has come that its length announced. */
  readonly isWhole: boolean;
}

export interface Heard {
  /** What was sent, one character a byte, shortened. */
  readonly sent: string;
  readonly answers: readonly HttpAnswer[];
  /** The connection was ended by the other side, or what came has no end, before the deadline. */
  readonly isOver: boolean;
}

const KEPT_BYTES = 64 * 1024;
/** Answers that go on for as long as somebody listens. */
const ENDLESS = /^content-type: (?:video\/mp2t|text\/event-stream)/im;

export function conversation(url: string, bytes: Buffer, deadlineMs: number): Promise<Heard> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const parts: Buffer[] = [];
    let kept = 0;
    const over = (isOver: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(parts).toString("latin1");
      resolve({ sent: bytes.subarray(0, 2_000).toString("latin1"), answers: answersIn(text), isOver });
    };
    const timer = setTimeout(over, deadlineMs, false);
    socket.on("data", (part: Buffer) => {
      if (kept >= KEPT_BYTES) return;
      parts.push(part);
      kept += part.length;
      if (ENDLESS.test(part.toString("latin1")) || kept >= KEPT_BYTES) over(true);
    });
    for (const event of ["end", "error", "close"] as const) socket.on(event, () => over(true));
    socket.end(bytes);
  });
}

/** The answers that follow each other; one with a length is followed by the next. */
function answersIn(text: string): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  let rest = text;
  for (;;) {
    const head =
      /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n([\s\S]*?)\r\n\r\n|^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n\r\n/.exec(
        rest,
      );
    if (head === null) return answers;
    const headers = new Map(
      (head[2] ?? "").split("\r\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const behind = rest.slice(head[0].length);
    const next = behind.search(/HTTP\/1\.[01] \d{3} /);
    const announced = Number(headers.get("content-length") ?? Number.NaN);
    // To a HEAD the length is told and the body is not sent.
    const length = Number.isNaN(announced)
      ? behind.length
      : next === 0
        ? 0
        : Math.min(announced, behind.length);
    const body = behind.slice(0, length);
    const isWhole =
      body.length === announced || (Number.isNaN(announced) && !headers.has("transfer-encoding"));
    answers.push({ status: Number(head[1] ?? head[3]), headers, body, isWhole });
    rest = behind.slice(length);
  }
}
