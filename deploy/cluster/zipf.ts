/** Contents as people ask for them: the n-th favourite 1/n as often as the first (Zipf's law, exponent 1). */

/** A random number of at least 0 and less than 1 becomes the number of a content, 0 the favourite. */
export function zipf(contents: number): (random: number) => number {
  const sums: number[] = [];
  let sum = 0;
  for (let n = 1; n <= contents; n++) {
    sum += 1 / n;
    sums.push(sum);
  }
  return (random) => {
    let low = 0;
    let high = contents - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? sum) > random * sum) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
