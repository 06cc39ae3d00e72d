/** The real broker, watched: what it decides and what it answers is told to an observer, and nothing is changed. */
import { type Admission, Broker, type BrokerPorts, type BrokerSettings } from "../../src/broker/index.ts";
import type { ClientId, SelectorEvent, State, Step } from "../../src/slots/index.ts";

export interface Observer {
  /** A decision is about to become the state. */
  decided(event: SelectorEvent, before: State, taken: Step): void;
  /** A client is told its outcome. */
  answered(client: ClientId, admission: Admission): void;
}

export class Subject extends Broker {
  /** The ports, for mutants. */
  protected readonly outside: BrokerPorts;
  readonly #observer: Observer;

  constructor(ports: BrokerPorts, settings: BrokerSettings, observer: Observer) {
    super(ports, settings);
    this.outside = ports;
    this.#observer = observer;
  }

  /** What a mutant keeps across its awaits; it goes into the key of a state. */
  hidden(): unknown {
    return null;
  }

  protected override commit(event: SelectorEvent, taken: Step): void {
    this.#observer.decided(event, this.state, taken);
    super.commit(event, taken);
  }

  protected override answer(client: ClientId, admission: Admission): void {
    this.#observer.answered(client, admission);
    super.answer(client, admission);
  }
}

export type SubjectClass = typeof Subject;
