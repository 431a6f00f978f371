/** Lets in so many at a time, in the order in which they came. */
export function turnstile(places: number): { enter: () => Promise<void>; leave: () => void } {
  const waiting: (() => void)[] = [];
  let free = places;
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((turn) => waiting.push(turn));
    },
    leave() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}
