/** `bun main.ts PROGRAM ARGS…`: the stand-in for a program that the pages name. See each file for what it does. */
import { aceslot } from "./aceslot.ts";
import { curl } from "./curl.ts";
import { example, ffmpeg, play, redisCli } from "./players.ts";
import { refuse } from "./refuse.ts";
import { aptGet, git, journalctl, make, pidof, ssh, sudo, systemctl } from "./system.ts";

const [program = "", ...args] = process.argv.slice(2);

async function answer(): Promise<number> {
  switch (program) {
    case "aceslot":
      return aceslot(args);
    case "docker":
      return (await import("./containers.ts")).docker(args);
    case "kubectl":
      return (await import("./containers.ts")).kubectl(args);
    case "curl":
      return curl(args);
    case "ffmpeg":
      return ffmpeg(args);
    case "redis-cli":
      return redisCli(args);
    case "pidof":
      return pidof(args);
    case "ssh":
      return ssh(args);
    case "bun":
    case "deno":
      return example(program, args);
    case "vlc":
    case "cvlc":
    case "mpv":
    case "ffplay":
      return play(program, args);
    case "systemctl":
      return systemctl(args);
    case "journalctl":
      return journalctl(args);
    case "sudo":
      return sudo(args);
    case "make":
      return make(args, process.env.DOCS_ROOT ?? ".");
    case "git":
      return git(args);
    case "apt-get":
      return aptGet(args);
    default:
      return refuse(`${program} is not known here`);
  }
}

process.exit(await answer());
