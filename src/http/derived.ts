/** What follows from a setting, made anew only when a reload has put another value in its place. */
export function derived<Value, Made>(read: () => Value, make: (value: Value) => Made): () => Made {
  let from = read();
  let made = make(from);
  return () => {
    const value = read();
    if (value !== from) {
      from = value;
      made = make(value);
    }
    return made;
  };
}
