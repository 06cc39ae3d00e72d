/** Numbers records of a fixed count of 32-bit integers: exact keys in one long array. */
export class Records {
  readonly #width: number;
  #items: Int32Array;
  #count = 0;
  /** Open addressing: the record's number + 1; 0: empty. */
  #slots = new Int32Array(1 << 14);
  #mask = (1 << 14) - 1;

  constructor(width: number) {
    this.#width = width;
    this.#items = new Int32Array(width << 12);
  }

  get count(): number {
    return this.#count;
  }

  at(number: number, index: number): number {
    return this.#items[number * this.#width + index] as number;
  }

  /** The record's number; a new one if it was not known: then it is `count - 1`. */
  number(record: Int32Array): number {
    const width = this.#width;
    const items = this.#items;
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash(record, 0, width) & mask;
    for (;;) {
      const known = slots[slot] as number;
      if (known === 0) break;
      const base = (known - 1) * width;
      let index = 0;
      while (index < width && items[base + index] === record[index]) index++;
      if (index === width) return known - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.#count++;
    slots[slot] = number + 1;
    if (this.#count * width > items.length) {
      const larger = new Int32Array(Math.ceil((items.length * 1.7) / width) * width);
      larger.set(items);
      this.#items = larger;
    }
    this.#items.set(record, number * width);
    if (this.#count * 10 > mask * 7) this.#grow();
    return number;
  }

  #grow(): void {
    this.#mask = this.#mask * 2 + 1;
    const slots = new Int32Array(this.#mask + 1);
    const mask = this.#mask;
    for (let number = 0; number < this.#count; number++) {
      let slot = hash(this.#items, number * this.#width, this.#width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function hash(items: Int32Array, from: number, width: number): number {
  let mixed = 0x9e3779b9 | 0;
  for (let index = from; index < from + width; index++) {
    mixed = Math.imul(mixed ^ (items[index] as number), 0x85ebca6b);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 13);
}
