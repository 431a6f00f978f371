import { pairKey, partition, type Node, type PairDecision, type Partition } from './partition.js';
import { personKeys, type PersonKey } from './person-keys.js';
import type { Denied } from './people-rules.js';
import { PeopleScorer, type Identifier, type PeopleMatcher, type Person, type PersonEdge } from './score-people.js';

export interface Everybody extends PeopleMatcher {
  people: readonly (Person & Node)[];
  decisions: readonly PairDecision[];
}
export interface Matched extends Partition {
  edges: PersonEdge[];
}
/** Hashes stay in this process, so any secret does. */
const NO_SECRET = Buffer.alloc(32);

/** Who is who among all records at once: what record by record comes to as well, whatever the order. */
export function matchEverybody({ people, decisions, ...matcher }: Everybody): Matched {
  const live = people.filter((person) => person.live);
  const crowded: Identifier[] = [];
  const blocks: number[][] = [];
  for (const { key, holders } of blocksOf(live, matcher.denied)) {
    if (holders.length <= key.most) blocks.push(holders);
    else if (key.identifier) crowded.push(key.identifier);
  }
  const scorer = new PeopleScorer(people, { ...matcher, crowded });
  const edges = new Map<string, PersonEdge>();
  const seen = new Set<number>();
  for (const holders of blocks)
    holders.forEach((a, at) => {
      for (const b of holders.slice(at + 1)) {
        const pair = a * live.length + b;
        if (seen.has(pair)) continue;
        seen.add(pair);
        const edge = scorer.edge(live[a].recordId, live[b].recordId);
        if (edge) edges.set(pairKey(edge.a, edge.b), edge);
      }
    });
  const links = [...edges.values()].map(({ a, b, band, score }) => ({ a, b, score, auto: band === 'auto' }));
  const found = partition({ nodes: people, links, decisions, score: (a, b) => scorer.score(a, b) });
  return { ...found, edges: [...edges.values()] };
}

function blocksOf(people: readonly Person[], denied?: Denied): { key: PersonKey; holders: number[] }[] {
  const blocks = new Map<string, { key: PersonKey; holders: number[] }>();
  personKeys(
    people.map(({ values }) => values),
    { secret: NO_SECRET, denied },
  ).forEach((keys, at) => {
    for (const key of keys) {
      const name = `${key.kind}:${key.hash}`;
      const block = blocks.get(name);
      if (block === undefined) blocks.set(name, { key, holders: [at] });
      else if (block.holders[block.holders.length - 1] !== at) block.holders.push(at);
    }
  });
  return [...blocks.values()].filter(({ holders }) => holders.length > 1);
}
