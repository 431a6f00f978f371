/** A pair of records, by their numbers, and its score in bits. */
export interface Edge {
  a: number;
  b: number;
  score: number;
}
export interface ClusterInput {
  size: number;
  /** Pairs that may join their records. */
  edges: Edge[];
  /** Scores a pair that blocking left out. */
  score(a: number, b: number): number;
  /** Mean score, in bits, above which two groups become one. */
  threshold: number;
  /** Two records that must not come together, whatever joins them: somebody said so, or their files do. */
  apart?(a: number, b: number): boolean;
}

/** Records of a component that are looked at together; a larger one is what a shared mailbox makes, and keeps only its strongest edges. */
const LARGEST_COMPONENT = 400;

/**
 * Groups records by average link (Sokal & Michener 1958) with cannot-links, inside each component of the given edges: two groups become
 * one while the mean score over all their pairs is above the threshold, the strongest first. Ties go to the lowest records, so the groups depend
 * on the pairs alone. Answers, for every record, the lowest record of its group.
 */
export function cluster({ size, edges, score, threshold, apart = () => false }: ClusterInput): Int32Array {
  const groups = Int32Array.from({ length: size }, (_, at) => at);
  for (const component of componentsOf(size, edges)) agglomerate(component, { score, apart, threshold, groups });
  return groups;
}

interface Component {
  records: number[];
  edges: Edge[];
}

function componentsOf(size: number, edges: Edge[]): Component[] {
  const { root } = unionOf(size, edges);
  const byRoot = new Map<number, Component>();
  for (const edge of edges) {
    const component = byRoot.get(root(edge.a));
    if (component) component.edges.push(edge);
    else byRoot.set(root(edge.a), { records: [], edges: [edge] });
  }
  for (let at = 0; at < size; at++) byRoot.get(root(at))?.records.push(at);
  return [...byRoot.values()].flatMap((component) => (component.records.length > LARGEST_COMPONENT ? split(component, size) : [component]));
}

/** Drops the weakest edges of a component until its parts are small enough. */
function split({ edges }: Component, size: number): Component[] {
  const strongest = [...edges].sort((x, y) => y.score - x.score || x.a - y.a || x.b - y.b);
  return componentsOf(size, strongest.slice(0, Math.floor(strongest.length * 0.9)));
}

function unionOf(size: number, edges: Edge[]): { root(at: number): number } {
  const parent = Int32Array.from({ length: size }, (_, at) => at);
  const root = (at: number): number => {
    let top = at;
    while (parent[top] !== top) top = parent[top] = parent[parent[top]];
    return top;
  };
  for (const { a, b } of edges) {
    const [x, y] = [root(a), root(b)];
    if (x !== y) parent[Math.max(x, y)] = Math.min(x, y);
  }
  return { root };
}

interface Linkage {
  score(a: number, b: number): number;
  apart(a: number, b: number): boolean;
  threshold: number;
  groups: Int32Array;
}

function agglomerate({ records, edges }: Component, { score, apart, threshold, groups }: Linkage): void {
  const place = new Map(records.map((record, at) => [record, at]));
  const n = records.length;
  // Sums of scores between groups; a cannot-link is minus infinity, and stays so under every sum.
  const sums = Array.from({ length: n }, () => new Float64Array(n).fill(Number.NaN));
  const link = (i: number, j: number, value: number) => (sums[i][j] = sums[j][i] = value);
  for (const edge of edges) link(place.get(edge.a) as number, place.get(edge.b) as number, edge.score);
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      if (apart(records[i], records[j])) link(i, j, -Infinity);
      else if (Number.isNaN(sums[i][j])) link(i, j, score(records[i], records[j]));
  const sizes = new Int32Array(n).fill(1);
  const live = records.map((_, at) => at);
  const next = () => strongest(live, { sums, sizes, threshold });
  for (let best = next(); best; best = next()) {
    const [into, from] = best;
    for (const k of live) if (k !== into && k !== from) link(into, k, sums[into][k] + sums[from][k]);
    sizes[into] += sizes[from];
    live.splice(live.indexOf(from), 1);
    for (const [i, record] of records.entries()) if (groups[record] === records[from]) groups[records[i]] = records[into];
  }
}

interface Groups {
  sums: Float64Array[];
  sizes: Int32Array;
  threshold: number;
}

function strongest(live: number[], { sums, sizes, threshold }: Groups): [number, number] | undefined {
  let most = threshold;
  let found: [number, number] | undefined;
  for (let x = 0; x < live.length; x++)
    for (let y = x + 1; y < live.length; y++) {
      const mean = sums[live[x]][live[y]] / (sizes[live[x]] * sizes[live[y]]);
      if (mean > most) {
        most = mean;
        found = [live[x], live[y]];
      }
    }
  return found;
}
