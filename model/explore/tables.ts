/** Tables of small integers that grow: what millions of states are kept in. */

/** A list of 32-bit integers. */
export class Ints {
  #items: Int32Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#items = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): number {
    if (this.#length === this.#items.length) {
      const larger = new Int32Array(this.#items.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.#length] = value;
    return this.#length++;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  set(index: number, value: number): void {
    this.#items[index] = value;
  }
}

/**
 * Numbers pairs of 32-bit integers, from 0, in the order in which they are first asked for. Keys are compared
 * whole, so that no two pairs are ever taken for one.
 */
export class Pairs {
  readonly #first = new Ints();
  readonly #second = new Ints();
  /** Open addressing: the pair's number + 1; 0: empty. */
  #slots = new Int32Array(4096);
  #mask = 4095;

  get count(): number {
    return this.#first.length;
  }

  first(index: number): number {
    return this.#first.at(index);
  }

  second(index: number): number {
    return this.#second.at(index);
  }

  /** The pair's number; -1: not known. */
  find(a: number, b: number): number {
    return (this.#slots[this.#slotOf(a, b)] as number) - 1;
  }

  /** The pair's number, a new one if it was not known: then it is `count - 1`. */
  number(a: number, b: number): number {
    const slot = this.#slotOf(a, b);
    const known = this.#slots[slot] as number;
    if (known !== 0) return known - 1;
    const index = this.#first.push(a);
    this.#second.push(b);
    this.#slots[slot] = index + 1;
    if (index * 2 > this.#mask) this.#grow();
    return index;
  }

  #slotOf(a: number, b: number): number {
    let slot = hash(a, b) & this.#mask;
    for (;;) {
      const known = this.#slots[slot] as number;
      if (known === 0 || (this.#first.at(known - 1) === a && this.#second.at(known - 1) === b)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array(this.#mask + 1);
    for (let index = 0; index < this.#first.length; index++) {
      let slot = hash(this.#first.at(index), this.#second.at(index)) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index + 1;
    }
  }
}

function hash(a: number, b: number): number {
  let mixed = Math.imul(a ^ (b << 15) ^ (b >>> 17), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ b, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

/** Numbers texts and keeps a value for each. */
export class Interned<T> {
  readonly #numbers = new Map<string, number>();
  readonly values: T[] = [];

  /** The text's number; a new one makes its value. */
  number(key: string, value: () => T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.values.length;
    this.#numbers.set(key, number);
    this.values.push(value());
    return number;
  }

  get count(): number {
    return this.values.length;
  }

  at(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new RangeError(`nothing has the number ${number}`);
    return value;
  }
}
